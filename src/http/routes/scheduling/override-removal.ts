/** Giving a date its weekly hours back. */
import { z } from '@hono/zod-openapi';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { effectOf, LEAVE, preview } from '../../../app/scheduling/affected.ts';
import { dropOverrideCommand, removeOverrideOnce } from '../../../app/scheduling/availability-exceptions.ts';
import { knownActor } from '../../actor.ts';
import { answer } from '../../answer.ts';
import { earlier } from '../../example.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import {
  affectedBody,
  affectedInput,
  affectedSchema,
  dryRunQuery,
  isDryRun,
  PREVIEWED,
  presentEffect,
  presentSummary,
} from './affected.ts';
import { overrideParams } from './overrides.ts';
import { detailsOf } from './refusals.ts';

export const overrideRemovalRoutes: Routes = [
  route(
    {
      operationId: 'deleteOverride',
      method: 'delete',
      path: '/api/v1/doctors/{id}/availability/overrides/{overrideId}',
      summary: 'Remove other hours of a date',
      tag: 'Availability',
      access: 'manage:availability',
      deprecation: { since: '2026-12-01', successor: 'removeOverride' },
      example: {
        as: 'admin',
        path: { id: DEMO.okafor, overrideId: earlier('createOverride') },
        after: ['createOverride'],
      },
      description: `The weekly hours apply to the date again. Appointments that lose their time by it stay.`,
      request: { params: overrideParams, query: dryRunQuery },
      responses: { 200: PREVIEWED, 204: { description: 'Removed' } },
      refusals: ['doctor_not_found', 'override_not_found', 'invalid_fields'],
    },
    async (c) => {
      const { id, overrideId } = c.req.valid('param');
      const [deps, context, actor] = [c.get('deps'), c.get('context'), knownActor(c)];
      const command = dropOverrideCommand(deps, context, actor, id, overrideId, LEAVE);
      const dryRun = isDryRun(c.req.valid('query'));
      const effect = unwrap(await effectOf(deps, context, actor, command, dryRun), detailsOf);
      return dryRun ? c.json(presentEffect(c, actor, effect), 200) : c.body(null, 204);
    },
  ),

  route(
    {
      operationId: 'removeOverride',
      method: 'post',
      path: '/api/v1/doctors/{id}/availability/overrides/{overrideId}/remove',
      summary: 'Remove other hours of a date and settle its appointments',
      tag: 'Availability',
      access: 'manage:availability',
      description:
        'The weekly hours apply to the date again. `affected` says what becomes of the appointments that lose their time by it; a job settles them, 25 at a time.',
      example: {
        as: 'admin',
        path: { id: DEMO.okafor, overrideId: earlier('createOverride') },
        after: ['deleteOverride'],
        again: ['createOverride'],
        body: { affected: { action: 'move', message: 'Dr Okafor does not work in the evening.' } },
      },
      request: {
        params: overrideParams,
        query: dryRunQuery,
        body: jsonBody(z.strictObject({ affected: affectedBody })),
      },
      responses: { 200: json(affectedSchema, 'Removed; with dryRun: who is affected, and nothing is changed') },
      refusals: ['doctor_not_found', 'override_not_found', 'invalid_fields'],
    },
    async (c) => {
      const { id, overrideId } = c.req.valid('param');
      const [deps, context, actor] = [c.get('deps'), c.get('context'), knownActor(c)];
      const affected = affectedInput(c.req.valid('json').affected);
      const command = dropOverrideCommand(deps, context, actor, id, overrideId, affected);
      if (isDryRun(c.req.valid('query'))) {
        return c.json(presentEffect(c, actor, unwrap(await preview(deps, context, actor, command), detailsOf)), 200);
      }
      const removed = unwrap(
        await removeOverrideOnce(deps, context, command, (summary) => ({ status: 200, body: presentSummary(summary) })),
        detailsOf,
      );
      return c.json(answer<ReturnType<typeof presentSummary>>(c, removed), 200);
    },
  ),
];
