/** Giving up all appointments to come of a doctor. */
import { z } from '@hono/zod-openapi';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { type AffectedSummary, preview } from '../../../app/scheduling/affected.ts';
import { transferAppointments, transferCommand } from '../../../app/scheduling/rebookings.ts';
import { knownActor } from '../../actor.ts';
import { answer } from '../../answer.ts';
import { linkTo } from '../../links.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { instant, links } from '../../schemas.ts';
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
import { doctorParams } from './present.ts';
import { detailsOf } from './refusals.ts';

const transferSchema = affectedSchema.extend({ _links: links }).openapi('Transfer');

function presentTransfer(summary: AffectedSummary) {
  const [id] = summary.rebookingIds;
  return { ...presentSummary(summary), _links: id === undefined ? {} : { rebooking: linkTo('getRebooking', { id }) } };
}

export const transferRoutes: Routes = [
  route(
    {
      operationId: 'transferAppointments',
      method: 'post',
      path: '/api/v1/doctors/{id}/transfer',
      summary: 'Give up the appointments to come of a doctor',
      tag: 'Absences',
      access: 'manage:availability',
      description:
        'All open appointments that start later, or from `from` on: `move` with `doctorId` offers their patients the next free times of another doctor, from the former time on; `cancel` tells them. A job settles them, 25 at a time. Hours and the waitlist of the doctor stay as they are; end the hours first, so that nobody books meanwhile.',
      example: {
        as: 'admin',
        path: { id: DEMO.okafor },
        body: { from: '2031-01-01T08:00:00Z', affected: { action: 'cancel', message: 'Dr Okafor leaves the clinic.' } },
      },
      request: {
        params: doctorParams,
        query: dryRunQuery,
        body: jsonBody(z.strictObject({ from: instant.optional(), affected: affectedBody })),
      },
      responses: {
        200: PREVIEWED,
        202: json(transferSchema, 'Begun'),
      },
      refusals: ['doctor_not_found', 'invalid_fields'],
    },
    async (c) => {
      const [deps, context, actor] = [c.get('deps'), c.get('context'), knownActor(c)];
      const { id } = c.req.valid('param');
      const { from, affected } = c.req.valid('json');
      const input = { ...affectedInput(affected), from: from ?? null };
      const command = transferCommand(deps, context, actor, id, input);
      if (isDryRun(c.req.valid('query'))) {
        return c.json(presentEffect(c, actor, unwrap(await preview(deps, context, actor, command), detailsOf)), 200);
      }
      const begun = unwrap(
        await transferAppointments(deps, context, command, (summary) => ({
          status: 202,
          body: presentTransfer(summary),
        })),
        detailsOf,
      );
      return c.json(answer<ReturnType<typeof presentTransfer>>(c, begun), 202);
    },
  ),
];
