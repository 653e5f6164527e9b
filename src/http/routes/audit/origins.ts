/** The state of the audit log, and new origins after history was lost. */
import { z } from '@hono/zod-openapi';
import type { LogStatus } from '../../../../domain/audit/ports.ts';
import { requireStepUp } from '../../../../domain/identity/step-up.ts';
import { claimOf } from '../../../app/audit/checkpoint-files.ts';
import { beginNewOrigin } from '../../../app/audit/new-origin.ts';
import { knownActor } from '../../actor.ts';
import { json, type Routes, route, unwrap } from '../../router.ts';
import { shownInstant, shownNote, shownToken } from '../../shown.ts';

const size = z.int();
const statusSchema = z
  .object({
    origin: shownToken('portal.example/audit').nullable().openapi({ description: 'Null before the first seal' }),
    size: size.openapi({ description: 'Leaves in the log' }),
    publishedSize: size.openapi({ description: 'Leaves that the newest published checkpoint signs' }),
    waitingEvents: z.int().openapi({ description: 'Events that are not sealed yet' }),
    sealing: z.enum(['running', 'stopped']),
    stopped: z
      .object({
        since: shownInstant,
        source: z.enum(['file_storage', 'witness', 'restore']),
        publishedSize: size.nullable().openapi({ description: 'Leaves that the checkpoint signs' }),
        checkpoint: shownNote,
      })
      .nullable()
      .openapi({
        description:
          'Why sealing has stopped: a published checkpoint that this log contradicts, and where it was found; or `restore`, with the newest checkpoint that was restored',
      }),
    formerOrigins: z.array(
      z.object({
        origin: shownToken('portal.example/audit'),
        checkpoint: shownNote.openapi({ description: 'Its newest known checkpoint' }),
        commonSize: size.openapi({ description: 'Leaves that the following origin shares with it' }),
        endedAt: shownInstant,
      }),
    ),
  })
  .openapi('AuditLogStatus');

const originSchema = z
  .object({
    origin: shownToken('portal.example/audit'),
    formerOrigin: shownToken('portal.example/audit'),
    formerSize: size.openapi({ description: 'Leaves that the newest known checkpoint of the former origin signs' }),
    commonSize: size.openapi({ description: 'Leaves that both origins have in common' }),
  })
  .openapi('NewAuditOrigin');

function statusView({ publication, waitingEvents, origins }: LogStatus): z.infer<typeof statusSchema> {
  const { origin, size: leaves, last, stopped } = publication;
  return {
    origin,
    size: leaves,
    publishedSize: last?.size ?? 0,
    waitingEvents,
    sealing: stopped === null ? 'running' : 'stopped',
    stopped:
      stopped === null
        ? null
        : {
            since: new Date(stopped.since).toISOString(),
            source: stopped.source,
            publishedSize: claimOf(stopped.note)?.size ?? null,
            checkpoint: stopped.note,
          },
    formerOrigins: origins.map((each) => ({
      origin: each.formerOrigin,
      checkpoint: each.formerCheckpoint,
      commonSize: each.beganAtSize,
      endedAt: new Date(each.beganAt).toISOString(),
    })),
  };
}

export const auditOriginRoutes: Routes = [
  route(
    {
      operationId: 'getAuditStatus',
      method: 'get',
      path: '/api/v1/audit/status',
      summary: 'Get the state of the audit log',
      description: 'How far it is sealed and published, and why sealing has stopped, if it has.',
      tag: 'Audit verification',
      access: 'read:audit',
      example: { as: 'admin' },
      responses: { 200: json(statusSchema, 'The state') },
    },
    async (c) => {
      const { database, loads } = c.get('deps');
      const [status] = await database.load(loads.audit.status());
      return c.json(statusView(status), 200);
    },
  ),
  route(
    {
      operationId: 'createAuditOrigin',
      method: 'post',
      path: '/api/v1/audit/origins',
      summary: 'Create a new origin of the audit log',
      description:
        'For a log whose sealing has stopped because published checkpoints were lost or may be lost, as after a restore. The log continues under a new name, and its first checkpoint covers an event that holds the newest known checkpoint of the former origin. A session needs a recent proof of identity: see /auth/step-up.',
      tag: 'Audit verification',
      access: 'manage:audit',
      inSteps: true,
      priority: 'bulk',
      example: { none: 'Refused while nothing contradicts the audit log, as in the demo clinic' },
      responses: { 201: json(originSchema, 'The origin under which the log continues') },
      refusals: ['step_up_required', 'origin_not_needed'],
    },
    async (c) => {
      const actor = knownActor(c);
      const context = c.get('context');
      if (actor.kind === 'user') unwrap(requireStepUp(actor, context.now));
      return c.json({ ...unwrap(await beginNewOrigin(c.get('deps'), context)) }, 201);
    },
  ),
];
