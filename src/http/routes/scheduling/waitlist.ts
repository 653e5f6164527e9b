/** The waitlist. */

import { z } from '@hono/zod-openapi';
import type { EntryPlace } from '../../../../domain/scheduling/front-desk-ports.ts';
import { WAITLIST_STATES } from '../../../../domain/scheduling/waitlist.ts';
import { isAllowed, type KnownActor } from '../../../../domain/shared/actor.ts';
import type { UserId } from '../../../../domain/shared/ids.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { readClinicWaitlist } from '../../../app/scheduling/front-desk.ts';
import { addToWaitlist, leaveWaitlist, readWaitlist } from '../../../app/scheduling/waitlist.ts';
import { knownActor } from '../../actor.ts';
import { answer } from '../../answer.ts';
import { earlier, weekday } from '../../example.ts';
import { notYours, parameterProblem } from '../../faults.ts';
import { countInCursor, decodeCursor, idInCursor, instantInCursor, paged } from '../../page.ts';
import { Problem } from '../../problems.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { calendarDate, idSchema, line, localTime, pageOf, pageQuery, rangeEnd, targetId } from '../../schemas.ts';
import { bookingParty } from './present.ts';
import { entrySchema, presentClinicEntry, presentEntry, presentJoined } from './present-waitlist.ts';
import { detailsAt, detailsOf } from './refusals.ts';

/**
 * The patient whose entries are listed; `null` for all that the clinic's people may see. An API key of the clinic needs the
 * scope for patients' records.
 */
function waitingParty(actor: KnownActor, patientId: UserId | undefined): UserId | null {
  if (patientId === actor.userId || (actor.role === 'patient' && patientId === undefined)) return actor.userId;
  if (actor.role !== 'patient' && !isAllowed(actor, 'read:patient_records')) {
    throw new Problem({
      code: 'forbidden',
      detail: 'The waitlist of patients needs the permission read:patient_records.',
    });
  }
  return patientId ?? null;
}

/** The entries of one patient are few and are listed whole. */
function refuseFilters(filters: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(filters)) {
    if (value !== undefined)
      throw parameterProblem(name, 'conflict', 'is for the list of the clinic, without patientId');
  }
}

function entryPosition(cursor: string | undefined): EntryPlace | null {
  const place = decodeCursor(cursor);
  if (place === undefined) return null;
  return {
    rank: countInCursor(place[0]),
    createdAt: instantInCursor(place[1]),
    id: idInCursor<'waitlist_entry'>(place[2]),
  };
}

export const waitlistRoutes: Routes = [
  route(
    {
      operationId: 'joinWaitlist',
      method: 'post',
      path: '/api/v1/waitlist',
      summary: 'Join the waitlist',
      tag: 'Waitlist',
      access: ['manage:own_waitlist', 'book:patient_appointment'],
      description:
        'When time becomes bookable that fits, it is offered to the first entry in turn and held for a limited time: those who answer offers come before those who do not, then the higher rank, then the longest wait. A patient has one open offer at most, and is offered no time twice. Dates and times are in the doctor’s time zone.',
      example: {
        as: 'patient',
        body: { type: 'consultation', doctorId: DEMO.okafor, from: weekday(13), to: weekday(21) },
      },
      request: {
        body: jsonBody(
          z.strictObject({
            type: line(40, 1),
            doctorId: idSchema<'user'>('The doctor; left out for any').optional(),
            specialty: line(100, 1).optional(),
            from: calendarDate,
            to: calendarDate,
            dailyWindow: z.strictObject({ start: localTime, end: rangeEnd }).optional(),
            patientId: idSchema<'user'>('For whom; staff, doctors and proxies').optional(),
            rank: z
              .int()
              .min(0)
              .max(1000)
              .optional()
              .openapi({ description: 'Set by the clinic; higher ranks are served first' }),
          }),
        ),
      },
      responses: { 201: json(entrySchema, 'Waiting') },
      refusals: [
        'invalid_fields',
        'waitlist_entry_exists',
        'doctor_accepts_no_new_patients',
        'too_many_waitlist_entries',
        'doctor_not_found',
        'not_found',
      ],
    },
    async (c) => {
      const actor = knownActor(c);
      const body = c.req.valid('json');
      if (actor.role === 'patient' && body.rank !== undefined) throw notYours('/rank');
      const input = {
        typeCode: body.type,
        patientId: bookingParty(actor, { patientId: body.patientId }),
        rank: body.rank ?? 0,
        doctorId: body.doctorId ?? null,
        specialty: body.specialty ?? null,
        from: body.from,
        to: body.to,
        dailyWindow: body.dailyWindow ?? null,
      };
      const joined = unwrap(
        await addToWaitlist(c.get('deps'), c.get('context'), actor, input, (made) => ({
          status: 201,
          body: presentJoined(actor, made),
        })),
        detailsAt('/type'),
      );
      return c.json(answer<ReturnType<typeof presentJoined>>(c, joined), 201);
    },
  ),

  route(
    {
      operationId: 'listWaitlistEntries',
      method: 'get',
      path: '/api/v1/waitlist',
      summary: 'List waitlist entries',
      tag: 'Waitlist',
      access: 'read:own_appointments',
      description:
        'Patients see their own, in the order of joining. Staff and administrators see the clinic’s list, doctors the entries of own patients, with the patients: highest rank first, then the longest wait; ' +
        '`patientId` lists those of one patient in the order of joining, in any state. The filters are for the clinic’s list. The reading is recorded.',
      example: { as: 'patient' },
      request: {
        query: pageQuery.extend({
          patientId: idSchema<'user'>('Whose; staff, doctors and proxies').optional(),
          doctorId: idSchema<'user'>('Entries that name this doctor').optional(),
          type: line(40, 1).optional(),
          state: z.enum(WAITLIST_STATES).optional().openapi({ description: 'Default: `waiting` and `offered`' }),
        }),
      },
      responses: { 200: json(pageOf(entrySchema), 'Entries') },
      refusals: ['not_found'],
    },
    async (c) => {
      const actor = knownActor(c);
      const { limit, cursor, patientId, doctorId, type, state } = c.req.valid('query');
      const whose = waitingParty(actor, patientId);
      const [deps, context] = [c.get('deps'), c.get('context')];
      if (whose === null) {
        const filter = { doctorId: doctorId ?? null, typeCode: type ?? null, state: state ?? null };
        const page = { after: entryPosition(cursor), limit };
        const listed = await readClinicWaitlist(deps, context, actor, filter, page);
        return c.json(
          paged(
            c,
            listed,
            limit,
            (record) => presentClinicEntry(actor, record),
            ({ entry }) => [entry.rank, entry.createdAt, entry.id],
          ),
          200,
        );
      }
      refuseFilters({ doctorId, type, state });
      const place = decodeCursor(cursor);
      const after = place === undefined ? null : idInCursor<'waitlist_entry'>(place[0]);
      const found = unwrap(await readWaitlist(deps, context, actor, whose, { after, limit }));
      return c.json(
        paged(
          c,
          found,
          limit,
          (record) => presentEntry(actor, record),
          ({ entry }) => [entry.id],
        ),
        200,
      );
    },
  ),

  route(
    {
      operationId: 'leaveWaitlist',
      method: 'delete',
      path: '/api/v1/waitlist/{id}',
      summary: 'Leave the waitlist',
      tag: 'Waitlist',
      access: ['manage:own_waitlist', 'book:patient_appointment'],
      description:
        'An open offer of the entry ends. Patients withdraw their own entries, proxies those of their patients, staff those of anybody.',
      example: { as: 'patient', path: { id: earlier('joinWaitlist') }, after: ['declineOffer'] },
      request: { params: z.object({ id: targetId('waitlist_entry', 'The entry') }) },
      responses: { 204: { description: 'Left' } },
      refusals: ['waitlist_entry_not_found', 'waitlist_entry_closed'],
    },
    async (c) => {
      unwrap(await leaveWaitlist(c.get('deps'), c.get('context'), knownActor(c), c.req.valid('param').id), detailsOf);
      return c.body(null, 204);
    },
  ),
];
