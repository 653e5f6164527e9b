/** The audit log. */
import { z } from '@hono/zod-openapi';
import { verifyAuditLog } from '../../app/audit/verify.ts';
import { type App, define, json } from '../router.ts';

export function auditRoutes(app: App): void {
  const verdict = z
    .object({
      ok: z.boolean(),
      checked: z.int().openapi({ description: 'Events looked at' }),
      problems: z.array(
        z.object({
          kind: z.string(),
          stream: z.string().nullable(),
          sequence: z.int().nullable(),
          eventId: z.string().nullable(),
          detail: z.string(),
        }),
      ),
    })
    .openapi('Verdict', { description: 'The first bad event first' });
  define(
    app,
    {
      method: 'get',
      path: '/api/v1/audit/verify',
      summary: 'Verify the audit log now',
      tags: ['Audit'],
      responses: { 200: json(verdict, 'What was found') },
    },
    [],
    async (c) => {
      const { ok, checked, problems } = await verifyAuditLog(c.get('deps'));
      return c.json({ ok, checked, problems: problems.map((problem) => ({ ...problem })) }, 200);
    },
  );
}
