/** Verifications of the audit log as jobs. */

import { z } from '@hono/zod-openapi';
import type { Verification } from '../../../../domain/audit/ports.ts';
import { progressOf } from '../../../../domain/audit/verification.ts';
import { requestVerification } from '../../../app/audit/verifications.ts';
import { answer } from '../../answer.ts';
import { earlier } from '../../example.ts';
import { linkTo, pathTo } from '../../links.ts';
import { decodeCursor, idInCursor, instantInCursor, paged } from '../../page.ts';
import { Problem } from '../../problems.ts';
import { json, type Routes, route, unwrap } from '../../router.ts';
import { links, pageOf, pageQuery, targetId } from '../../schemas.ts';
import { shownFault, shownId, shownInstant } from '../../shown.ts';

const verificationSchema = z
  .object({
    id: shownId,
    status: z.enum(['running', 'sound', 'unsound']),
    scheduled: z.boolean().openapi({ description: 'Whether the daily schedule started it' }),
    progress: z.number().openapi({ description: 'From 0 to 1', example: 0.62 }),
    checked: z.int().openapi({ description: 'Events verified so far' }),
    proven: z.int().openapi({ description: 'Leaves that a signed checkpoint proves so far' }),
    problems: z.array(shownFault),
    requestedAt: shownInstant,
    finishedAt: shownInstant.nullable(),
    _links: links,
  })
  .openapi('AuditVerification', { description: 'The first 100 faults that were found' });

function view({ id, status, isScheduled, state, requestedAt, finishedAt }: Verification) {
  return {
    id: id as string,
    status,
    scheduled: isScheduled,
    progress: progressOf(state),
    checked: state.checked,
    proven: state.proven,
    problems: state.problems.map((problem) => ({ ...problem })),
    requestedAt: new Date(requestedAt).toISOString(),
    finishedAt: finishedAt === null ? null : new Date(finishedAt).toISOString(),
    _links: { self: linkTo('getVerification', { id }) },
  } satisfies z.infer<typeof verificationSchema>;
}

export const auditVerificationRoutes: Routes = [
  route(
    {
      operationId: 'startVerification',
      method: 'post',
      path: '/api/v1/audit/verifications',
      summary: 'Start a verification of the audit log',
      description:
        'Verifies every chain, leaf, tile, signature and copy of a checkpoint in the background. It continues after a restart. While one runs, another request returns that one.',
      tag: 'Audit verification',
      access: 'manage:audit',
      located: true,
      example: { as: 'admin' },
      responses: { 202: json(verificationSchema, 'The verification, which is running') },
    },
    async (c) => {
      const requested = await requestVerification(c.get('deps'), c.get('context'), (found) => ({
        status: 202,
        body: view(found),
        location: pathTo('getVerification', { id: found.id }),
      }));
      return c.json(answer<z.infer<typeof verificationSchema>>(c, unwrap(requested)), 202);
    },
  ),
  route(
    {
      operationId: 'listVerifications',
      method: 'get',
      path: '/api/v1/audit/verifications',
      summary: 'List verifications of the audit log',
      description: 'Newest first.',
      tag: 'Audit verification',
      access: 'read:audit',
      example: { as: 'admin' },
      request: { query: pageQuery },
      responses: { 200: json(pageOf(verificationSchema), 'Verifications') },
    },
    async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const place = decodeCursor(cursor);
      const after = place === undefined ? null : { at: instantInCursor(place[0]), id: idInCursor(place[1]) };
      const { database, loads } = c.get('deps');
      const [found] = await database.load(loads.audit.verifications(after, limit + 1));
      return c.json(
        paged(c, found, limit, view, ({ requestedAt, id }) => [requestedAt, id]),
        200,
      );
    },
  ),
  route(
    {
      operationId: 'getVerification',
      method: 'get',
      path: '/api/v1/audit/verifications/{id}',
      summary: 'Get a verification of the audit log',
      tag: 'Audit verification',
      access: 'read:audit',
      example: { as: 'admin', path: { id: earlier('startVerification') }, after: ['startVerification'] },
      request: { params: z.object({ id: targetId('audit_verification', 'The verification') }) },
      responses: { 200: json(verificationSchema, 'Its progress and result') },
      refusals: ['not_found'],
    },
    async (c) => {
      const { database, loads } = c.get('deps');
      const [found] = await database.load(loads.audit.verification(c.req.valid('param').id));
      if (found === undefined) throw new Problem({ code: 'not_found' });
      return c.json(view(found), 200);
    },
  ),
];
