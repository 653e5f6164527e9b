/** Giving up all appointments to come of a doctor, and how far a rebooking has come. */
import { z } from '@hono/zod-openapi';
import { AFFECTED_ACTIONS } from '../../../../domain/scheduling/affected.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { type AffectedSummary, preview } from '../../../app/scheduling/affected.ts';
import {
  type RebookingProgress,
  readRebooking,
  transferAppointments,
  transferCommand,
} from '../../../app/scheduling/rebookings.ts';
import { knownActor } from '../../actor.ts';
import { answer } from '../../answer.ts';
import { earlier } from '../../example.ts';
import { linkTo, pathTo } from '../../links.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { instant, links, targetId } from '../../schemas.ts';
import { shownId, shownInstant } from '../../shown.ts';
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

const rebookingSchema = z
  .object({
    id: shownId,
    doctorId: shownId,
    action: z.enum(AFFECTED_ACTIONS),
    toDoctorId: shownId
      .nullable()
      .openapi({ description: 'Whose free times are offered; null: those of the same doctor' }),
    createdAt: shownInstant,
    pending: z.int().openapi({ description: 'Not settled yet' }),
    cancelled: z.int().openapi({ description: 'Cancelled, and the patient told' }),
    offered: z.int().openapi({ description: 'Cancelled, and another time offered; the answers are in the waitlist' }),
    waiting: z.int().openapi({ description: 'Cancelled, and put on the waitlist because no time is free' }),
    unchanged: z.int().openapi({ description: 'Left alone: cancelled or begun meanwhile' }),
    _links: links,
  })
  .openapi('Rebooking', { description: 'What becomes of appointments that lost their time' });

function presentRebooking({ rebooking, counts }: RebookingProgress) {
  const { id, doctorId, action, toDoctorId, createdAt } = rebooking;
  const of = (state: 'pending' | 'cancelled' | 'offered' | 'waiting' | 'unchanged') => counts.get(state) ?? 0;
  return {
    id: id as string,
    doctorId: doctorId as string,
    action,
    toDoctorId: toDoctorId as string | null,
    createdAt: formatInstant(createdAt),
    pending: of('pending'),
    cancelled: of('cancelled'),
    offered: of('offered'),
    waiting: of('waiting'),
    unchanged: of('unchanged'),
    _links: {
      self: linkTo('getRebooking', { id }),
      doctor: linkTo('getDoctor', { id: doctorId }),
      waitlist: { href: `${pathTo('listWaitlistEntries')}?doctorId=${toDoctorId ?? doctorId}` },
    },
  };
}

const transferSchema = affectedSchema.extend({ _links: links }).openapi('Transfer');

function presentTransfer(summary: AffectedSummary) {
  const [id] = summary.rebookingIds;
  return { ...presentSummary(summary), _links: id === undefined ? {} : { rebooking: linkTo('getRebooking', { id }) } };
}

export const rebookingRoutes: Routes = [
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

  route(
    {
      operationId: 'getRebooking',
      method: 'get',
      path: '/api/v1/rebookings/{id}',
      summary: 'Get how far a rebooking has come',
      tag: 'Absences',
      access: 'manage:availability',
      description: 'For the clinic; doctors see those of their own appointments.',
      example: {
        as: 'admin',
        path: { id: earlier('transferAppointments', '/rebookingIds/0') },
        after: ['transferAppointments'],
      },
      request: { params: z.object({ id: targetId('rebooking', 'The rebooking') }) },
      responses: { 200: json(rebookingSchema, 'The appointments by what became of them') },
      refusals: ['rebooking_not_found'],
    },
    async (c) => {
      const progress = unwrap(await readRebooking(c.get('deps'), knownActor(c), c.req.valid('param').id));
      return c.json(presentRebooking(progress), 200);
    },
  ),
];
