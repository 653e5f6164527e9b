/** Callbacks of the queue (R47, R48). */
import { z } from '@hono/zod-openapi';
import { recordRefusal } from '../../app/identity/denials.ts';
import { rawText } from '../bounds.ts';
import { Problem } from '../problems.ts';
import { type App, define, jsonBody } from '../router.ts';

export function callbackRoutes(app: App): void {
  define(
    app,
    {
      method: 'post',
      path: '/api/v1/callbacks/qstash/{topic}',
      summary: 'Run a job that is due',
      description: 'Called by QStash, with its signature. Delivered twice, a job has one effect.',
      tags: ['Callbacks'],
      request: {
        params: z.object({ topic: rawText(64) }),
        body: jsonBody(z.object({ id: rawText(64) })),
      },
      responses: { 204: { description: 'Done, now or before' } },
    },
    ['signature_invalid', 'unavailable'],
    async (c) => {
      const { callbacks, jobs, deps } = c.env.platform;
      const { topic } = c.req.valid('param');
      const signature = c.req.header('upstash-signature') ?? '';
      // The address the queue was told to call: the request's own may have been rewritten on the way (R8).
      const url = `${deps.settings.publicUrl}${c.req.path}`;
      const body = await c.req.text();
      if (callbacks === null || !(await callbacks.verify({ signature, body, url }))) {
        const code = 'signature_invalid';
        await recordRefusal(deps, c.get('context'), {
          type: 'callback.rejected',
          stream: 'system',
          details: { topic: /^[a-z_.]+$/.test(topic) ? topic : null },
          error: code,
        });
        throw new Problem({ code });
      }
      const outcome = await jobs.runOne(topic, c.req.valid('json').id);
      if (outcome === 'retry') throw new Problem({ code: 'unavailable', headers: { 'Retry-After': '30' } });
      return c.body(null, 204);
    },
  );
}
