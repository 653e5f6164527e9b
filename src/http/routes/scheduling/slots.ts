/** Free slots, and holds. */

import { z } from '@hono/zod-openapi';
import { SEARCHED_DAYS } from '../../../../domain/scheduling/earliest-search.ts';
import type { Hold } from '../../../../domain/scheduling/hold.ts';
import { isUuid, type UserId } from '../../../../domain/shared/ids.ts';
import { formatInstant, parseLocalDate } from '../../../../domain/shared/time.ts';
import { cacheReads } from '../../../app/cache/kinds.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { dropHold, holdTime } from '../../../app/scheduling/holds.ts';
import { listSlots, nextAvailable } from '../../../app/scheduling/slots.ts';
import { knownActor } from '../../actor.ts';
import { answer } from '../../answer.ts';
import { earlier, weekday, weekdayAt } from '../../example.ts';
import { linkTo } from '../../links.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { calendarDate, idSchema, instant, line, links, pageQuery, targetId } from '../../schemas.ts';
import { shownDate, shownFullName, shownId, shownInstant } from '../../shown.ts';
import { doctorIdList } from './list-query.ts';
import { bookingParty, dateRange, MAXIMUM_DAYS, presentSlot, slotSchema } from './present.ts';
import { detailsAt } from './refusals.ts';

const offeredSlotSchema = slotSchema
  .extend({ doctorId: shownId, doctorName: shownFullName('Chidi Okafor') })
  .openapi('OfferedSlot', { description: 'A free time with whose it is' });

const holdSchema = z
  .object({
    id: shownId,
    doctorId: shownId,
    start: shownInstant,
    end: shownInstant,
    expiresAt: shownInstant,
    _links: links,
  })
  .openapi('Hold');

function presentHold(hold: Hold) {
  return {
    id: hold.id as string,
    doctorId: hold.doctorId as string,
    start: formatInstant(hold.start),
    end: formatInstant(hold.end),
    expiresAt: formatInstant(hold.expiresAt),
    _links: { release: linkTo('releaseHold', { id: hold.id }), book: linkTo('bookAppointment') },
  };
}

export const slotRoutes: Routes = [
  route(
    {
      operationId: 'listAvailableSlots',
      method: 'get',
      path: '/api/v1/appointments/available-slots',
      summary: 'List free times of a doctor',
      tag: 'Doctors and times',
      access: 'read:slots',
      description: `Every slot that starts on these dates in the doctor’s zone, ordered; ${MAXIMUM_DAYS} days at most.`,
      example: { as: 'patient', query: { doctorId: DEMO.okafor, from: weekday(1), to: weekday(14) } },
      caches: (request) => {
        const {
          doctorId = '',
          type: typeCode = 'consultation',
          date,
          from = date ?? '',
          to = date ?? from,
        } = request.query();
        const [first, last] = [parseLocalDate(from), parseLocalDate(to)];
        if (!isUuid(doctorId) || first === undefined || last === undefined || typeCode.length > 40) return [];
        return [cacheReads.availability({ doctorId: doctorId as UserId, typeCode, from: first, to: last })];
      },
      request: {
        query: z.object({
          doctorId: idSchema<'user'>('The doctor'),
          date: calendarDate.optional(),
          from: calendarDate.optional(),
          to: calendarDate.optional(),
          type: line(40, 1).default('consultation'),
        }),
      },
      responses: { 200: json(z.object({ data: z.array(slotSchema), _links: links }), 'Slots') },
      refusals: ['doctor_not_found', 'appointment_type_not_found'],
    },
    async (c) => {
      const { doctorId, type, ...dates } = c.req.valid('query');
      const { from, to } = dateRange(dates);
      const found = unwrap(
        await listSlots(c.get('deps'), c.get('context'), { doctorId, typeCode: type, from, to, viewer: knownActor(c) }),
      );
      const data = found.slots.map((slot) => presentSlot(slot, found.timezone, found.locations));
      return c.json({ data, _links: { self: { href: new URL(c.req.url).pathname + new URL(c.req.url).search } } }, 200);
    },
  ),

  route(
    {
      operationId: 'listNextAvailable',
      method: 'get',
      path: '/api/v1/appointments/next-available',
      summary: 'List the earliest free times',
      tag: 'Doctors and times',
      access: 'read:slots',
      description: `Ordered by start, over the doctors who match and take patients. ${SEARCHED_DAYS} days from \`from\` (default: today) are searched; \`searchedUntil\` is the last of them.`,
      example: { as: 'patient', query: { type: 'consultation', limit: 5 } },
      request: {
        query: z.object({
          type: line(40, 1).default('consultation'),
          specialty: line(100).optional(),
          doctorIds: doctorIdList.optional(),
          from: calendarDate.optional(),
          limit: pageQuery.shape.limit,
        }),
      },
      responses: {
        200: json(z.object({ data: z.array(offeredSlotSchema), searchedUntil: shownDate, _links: links }), 'Slots'),
      },
      refusals: ['appointment_type_not_found'],
    },
    async (c) => {
      const { type, specialty, doctorIds, from, limit } = c.req.valid('query');
      const found = unwrap(
        await nextAvailable(c.get('deps'), c.get('context'), {
          typeCode: type,
          filter: { specialty: specialty || null, doctorIds: doctorIds ?? null, text: null },
          from: from ?? null,
          limit,
          viewer: knownActor(c),
        }),
      );
      const data = found.slots.map(({ slot, doctorName, timezone }) => ({
        ...presentSlot(slot, timezone, found.locations),
        doctorId: slot.doctorId as string,
        doctorName,
      }));
      const url = new URL(c.req.url);
      return c.json(
        { data, searchedUntil: found.searchedUntil as string, _links: { self: { href: url.pathname + url.search } } },
        200,
      );
    },
  ),

  route(
    {
      operationId: 'holdSlot',
      method: 'post',
      path: '/api/v1/appointments/holds',
      summary: 'Hold a time',
      tag: 'Appointments',
      access: ['book:own_appointment', 'book:patient_appointment'],
      description: 'Held for 10 minutes for the caller, who books it with its `holdId`. It expires by itself.',
      example: {
        as: 'patient',
        body: { doctorId: DEMO.okafor, start: weekdayAt(21, '10:00'), type: 'consultation' },
      },
      request: {
        body: jsonBody(
          z.strictObject({
            doctorId: idSchema<'user'>('The doctor'),
            start: instant,
            type: line(40, 1),
            patientId: idSchema<'user'>('For whom, if the clinic knows already; proxies too').optional(),
          }),
        ),
      },
      responses: { 201: json(holdSchema, 'Kept') },
      refusals: [
        'slot_taken',
        'slot_unavailable',
        'too_many_holds',
        'doctor_not_found',
        'action_not_permitted',
        'not_found',
      ],
    },
    async (c) => {
      const { doctorId, start, type, patientId } = c.req.valid('json');
      const actor = knownActor(c);
      const whose = actor.role === 'patient' ? bookingParty(actor, { patientId }) : (patientId ?? null);
      const held = unwrap(
        await holdTime(
          c.get('deps'),
          c.get('context'),
          actor,
          { doctorId, typeCode: type, start, patientId: whose },
          (hold) => ({ status: 201, body: presentHold(hold) }),
        ),
        detailsAt('/type'),
      );
      return c.json(answer<ReturnType<typeof presentHold>>(c, held), 201);
    },
  ),

  route(
    {
      operationId: 'releaseHold',
      method: 'delete',
      path: '/api/v1/appointments/holds/{id}',
      summary: 'Release a held time',
      tag: 'Appointments',
      access: ['book:own_appointment', 'book:patient_appointment'],
      description:
        'If the hold belongs to a waitlist offer, the offer is declined: the entry keeps waiting, and the time is offered to the next one.',
      example: { as: 'patient', path: { id: earlier('holdSlot') }, after: ['holdSlot'] },
      request: { params: z.object({ id: targetId('hold', 'The hold') }) },
      responses: { 204: { description: 'Free again' } },
      refusals: ['hold_not_found'],
    },
    async (c) => {
      unwrap(await dropHold(c.get('deps'), c.get('context'), knownActor(c), c.req.valid('param').id));
      return c.body(null, 204);
    },
  ),
];
