/** What became of appointments that lost their time, and who has not answered yet. */
import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { AFFECTED_ACTIONS } from '../../../../domain/scheduling/affected.ts';
import {
  REBOOKED_STATES,
  REBOOKING_STATES,
  type RebookedAppointment,
  type RebookingProgress,
} from '../../../../domain/scheduling/rebooking-ports.ts';
import type { KnownActor } from '../../../../domain/shared/actor.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { mayChange } from '../../../app/scheduling/actors.ts';
import { readRebooked, readRebooking, readRebookings } from '../../../app/scheduling/rebookings.ts';
import { knownActor } from '../../actor.ts';
import type { AppEnv } from '../../env.ts';
import { earlier } from '../../example.ts';
import { linkTo, pathTo } from '../../links.ts';
import { decodeCursor, idInCursor, paged } from '../../page.ts';
import { json, type Routes, route, unwrap } from '../../router.ts';
import { idSchema, links, pageOf, pageQuery, targetId } from '../../schemas.ts';
import { shownId, shownInstant } from '../../shown.ts';
import { sortOf, sortQuery } from '../../sort.ts';
import { pagePosition } from './appointments.ts';
import { clinicAppointmentSchema, presentClinicAppointment } from './present-desk.ts';

const count = (description: string) => z.int().openapi({ description });

const rebookingSchema = z
  .object({
    id: shownId,
    doctorId: shownId,
    action: z.enum(AFFECTED_ACTIONS),
    toDoctorId: shownId
      .nullable()
      .openapi({ description: 'Whose free times are offered; null: those of the same doctor' }),
    createdAt: shownInstant,
    pending: count('How many are not settled yet'),
    cancelled: count('How many were cancelled, and their patients told, without another time'),
    offered: count(
      'How many were cancelled with the offer of another time. This is what the rebooking did, and does not change when patients answer: `answers` tells that',
    ),
    waiting: count('How many were put on the waitlist, because no time was free when they were settled'),
    unchanged: count('How many were left alone: cancelled, moved or begun meanwhile'),
    answers: z
      .object({
        unanswered: count('How many have an offer that the patient has not answered yet'),
        waiting: count('How many wait for a time: none was free, or the patient declined or did not answer'),
        booked: count('How many have another appointment instead'),
        ended: count('How many wait no more: they left the waitlist, or its dates are over'),
      })
      .openapi({ description: 'Where those that were `offered` or `waiting` stand now' }),
    _links: links,
  })
  .openapi('Rebooking', {
    description:
      'What becomes of the appointments of one doctor that lost their time. The counts of what was done add up to all of them; with `move`, `answers` counts where those with the promise of another time stand now',
  });

function presentRebooking({ rebooking, outcomes, states }: RebookingProgress) {
  const { id, doctorId, action, toDoctorId, createdAt } = rebooking;
  const { unanswered, waiting, booked, ended } = states;
  const appointments = pathTo('listRebookedAppointments', { id });
  return {
    id: id as string,
    doctorId: doctorId as string,
    action,
    toDoctorId: toDoctorId as string | null,
    createdAt: formatInstant(createdAt),
    ...outcomes,
    answers: { unanswered, waiting, booked, ended },
    _links: {
      self: linkTo('getRebooking', { id }),
      doctor: linkTo('getDoctor', { id: doctorId }),
      appointments: { href: appointments },
      unanswered: { href: `${appointments}?state=unanswered` },
      waitlist: { href: `${pathTo('listWaitlistEntries')}?doctorId=${toDoctorId ?? doctorId}` },
    },
  };
}

const rebookedSchema = clinicAppointmentSchema
  .extend({
    rebooked: z.enum(REBOOKED_STATES).openapi({
      description:
        '`pending`: not settled yet. `cancelled`: without another time. `unchanged`: left alone. `unanswered`: another time is offered. `waiting`: on the waitlist. `booked`: has another appointment instead. `ended`: waits no more',
    }),
    offer: z
      .object({ id: shownId, doctorId: shownId, start: shownInstant, end: shownInstant, expiresAt: shownInstant })
      .nullable()
      .openapi({
        description: 'The offer that the patient has not answered yet; reception answers it for a patient who calls',
      }),
  })
  .openapi('RebookedAppointment', { description: 'An appointment that lost its time, and where it stands now' });

function presentRebooked(c: HonoContext<AppEnv>, actor: KnownActor, record: RebookedAppointment) {
  const { state, offer } = record;
  const shown = presentClinicAppointment(c, actor, record);
  const answers =
    offer === null
      ? {}
      : { accept: linkTo('acceptOffer', { id: offer.id }), decline: linkTo('declineOffer', { id: offer.id }) };
  return {
    ...shown,
    rebooked: state,
    offer:
      offer === null
        ? null
        : {
            id: offer.id as string,
            doctorId: offer.doctorId as string,
            start: formatInstant(offer.start),
            end: formatInstant(offer.end),
            expiresAt: formatInstant(offer.expiresAt),
          },
    _links: { ...shown._links, ...(offer !== null && mayChange(actor, offer) ? answers : {}) },
  };
}

const rebookingParams = z.object({ id: targetId('rebooking', 'The rebooking') });
const EXAMPLE = { id: earlier('transferAppointments', '/rebookingIds/0') };

export const rebookingRoutes: Routes = [
  route(
    {
      operationId: 'listRebookings',
      method: 'get',
      path: '/api/v1/rebookings',
      summary: 'List rebookings',
      tag: 'Absences',
      access: 'manage:availability',
      description:
        'What became of appointments that an absence, other hours, a holiday or a transfer left without their time, one for each doctor and command. For the clinic; doctors see those of their own appointments.',
      example: { as: 'admin', query: { state: 'open' }, after: ['transferAppointments'] },
      request: {
        query: pageQuery.extend({
          doctorId: idSchema<'user'>('Of the appointments of this doctor').optional(),
          state: z.enum(REBOOKING_STATES).optional().openapi({
            description:
              '`running`: some appointments are not settled yet. `open`: all are, and a patient has not answered yet or waits for a time. `done`: neither',
          }),
          sort: sortQuery('createdAt').openapi({
            description: 'Ascending; with `-` before the field, descending. Default: -createdAt',
          }),
        }),
      },
      responses: { 200: json(pageOf(rebookingSchema), 'Rebookings') },
    },
    async (c) => {
      const { limit, cursor, doctorId, state, sort } = c.req.valid('query');
      const place = decodeCursor(cursor);
      const after = place === undefined ? null : idInCursor<'rebooking'>(place[0]);
      // Ids begin with the time at which they were made.
      const { order } = sortOf(sort ?? '-createdAt');
      const filter = { doctorId: doctorId ?? null, state: state ?? null };
      const found = await readRebookings(c.get('deps'), knownActor(c), filter, { after, limit, order });
      return c.json(
        paged(c, found, limit, presentRebooking, ({ rebooking }) => [rebooking.id]),
        200,
      );
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
      example: { as: 'admin', path: EXAMPLE, after: ['transferAppointments'] },
      request: { params: rebookingParams },
      responses: { 200: json(rebookingSchema, 'The appointments by what became of them') },
      refusals: ['rebooking_not_found'],
    },
    async (c) => {
      const progress = unwrap(await readRebooking(c.get('deps'), knownActor(c), c.req.valid('param').id));
      return c.json(presentRebooking(progress), 200);
    },
  ),

  route(
    {
      operationId: 'listRebookedAppointments',
      method: 'get',
      path: '/api/v1/rebookings/{id}/appointments',
      summary: 'List the appointments of a rebooking',
      tag: 'Absences',
      access: 'read:patient_records',
      description:
        'By their former start, with the patients and where each stands now: `state=unanswered` lists whom the clinic calls. Staff and administrators see all, doctors those of their own rebookings. The reading is recorded.',
      example: { as: 'admin', path: EXAMPLE, after: ['transferAppointments'] },
      request: { params: rebookingParams, query: pageQuery.extend({ state: z.enum(REBOOKED_STATES).optional() }) },
      responses: { 200: json(pageOf(rebookedSchema), 'Appointments') },
      refusals: ['rebooking_not_found'],
    },
    async (c) => {
      const actor = knownActor(c);
      const { state, ...query } = c.req.valid('query');
      const [deps, context, { id }] = [c.get('deps'), c.get('context'), c.req.valid('param')];
      const page = pagePosition(query);
      const found = unwrap(await readRebooked(deps, context, actor, id, state ?? null, page));
      return c.json(
        paged(
          c,
          found,
          query.limit,
          (record) => presentRebooked(c, actor, record),
          ({ appointment }) => [appointment.start, appointment.id],
        ),
        200,
      );
    },
  ),
];
