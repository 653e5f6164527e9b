/** Booking appointments and reading them. */

import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { APPOINTMENT_STATUSES, type AppointmentStatus } from '../../../../domain/scheduling/appointment.ts';
import type { AppointmentFilter, AppointmentRecord } from '../../../../domain/scheduling/ports.ts';
import { VISIT_MODES } from '../../../../domain/scheduling/visit-mode.ts';
import type { KnownActor } from '../../../../domain/shared/actor.ts';
import { type Instant, type LocalDate, MILLISECONDS_PER_DAY } from '../../../../domain/shared/time.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import {
  bookAppointment,
  readAppointment,
  readAppointments,
  readPatientAppointments,
} from '../../../app/scheduling/appointments.ts';
import { knownActor } from '../../actor.ts';
import { answer, createdAs } from '../../answer.ts';
import type { AppEnv } from '../../env.ts';
import { sendVersioned } from '../../etag.ts';
import { weekday } from '../../example.ts';
import { decodeCursor, idInCursor, inOrder, instantInCursor, paged } from '../../page.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import {
  calendarDate,
  idSchema,
  instantOrDate,
  line,
  localTime,
  pageOf,
  pageQuery,
  rangeEnd,
  text,
} from '../../schemas.ts';
import { additionalDoctors, additionalDoctorsField } from './additional-doctors.ts';
import { channelField, reachedBy } from './channel.ts';
import { exceptionFields, exceptionOf } from './exception.ts';
import { GIVE_BACK_REFUSALS, giveBackField, presentBooked } from './giving-back.ts';
import { answerList } from './intake.ts';
import { appointmentParams, appointmentSchema, bookingParty, presentAppointment } from './present.ts';
import { detailsAt } from './refusals.ts';

const UPCOMING_DAYS = 7;
const listQuery = pageQuery.extend({
  from: instantOrDate.optional().openapi({
    description: 'Appointments that start then or later. A date is the local date in the time zone of the appointment',
  }),
  to: instantOrDate.optional().openapi({
    description:
      'Appointments that start before this instant. A date is included; it is the local date in the time zone of the appointment',
  }),
  status: z.enum(APPOINTMENT_STATUSES).optional(),
});

function filterOf(query: {
  readonly from?: Instant | LocalDate | undefined;
  readonly to?: Instant | LocalDate | undefined;
  readonly status?: AppointmentStatus | undefined;
}): Pick<AppointmentFilter, 'from' | 'to' | 'statuses' | 'typeCode' | 'locationId'> {
  return {
    typeCode: null,
    locationId: null,
    from: query.from ?? null,
    to: query.to ?? null,
    statuses: query.status === undefined ? null : [query.status],
  };
}

function ownedBy(actor: KnownActor): Pick<AppointmentFilter, 'patientId' | 'doctorIds'> {
  return actor.role === 'doctor'
    ? { patientId: null, doctorIds: [actor.userId] }
    : { patientId: actor.userId, doctorIds: null };
}

export function pagePosition({ cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number }) {
  const place = decodeCursor(cursor);
  const after =
    place === undefined ? null : { start: instantInCursor(place[0]), id: idInCursor<'appointment'>(place[1]) };
  return { after, limit };
}

function listed(c: HonoContext<AppEnv>, actor: KnownActor, found: readonly AppointmentRecord[], limit: number) {
  return paged(
    c,
    found,
    limit,
    (record) => presentAppointment(c, actor, record),
    ({ appointment }) => [appointment.start, appointment.id],
  );
}

export const appointmentRoutes: Routes = [
  route(
    {
      operationId: 'bookAppointment',
      method: 'post',
      path: '/api/v1/appointments',
      summary: 'Book an appointment',
      tag: 'Appointments',
      access: ['book:own_appointment', 'book:patient_appointment'],
      versioned: true,
      located: true,
      description:
        'The server checks the time against its current data. Send an Idempotency-Key, so that a retry does not book twice. ' +
        'The clinic may book outside the rules, in the recent past, or over other appointments: it names the confirmed reasons in `acknowledge`, or sets `overbook`. `giveBack` cancels a later appointment of the same type in the same commit; with the hold of an offer from the waitlist, `_links.giveBack` leads to what may be given back afterwards.',
      example: {
        as: 'patient',
        body: {
          doctorId: DEMO.okafor,
          appointmentDate: weekday(14),
          startTime: '11:00',
          appointmentType: 'consultation',
          reason: 'A cough that does not go away',
        },
      },
      request: {
        body: jsonBody(
          z.strictObject({
            doctorId: idSchema<'user'>('The doctor'),
            appointmentDate: calendarDate,
            startTime: localTime,
            endTime: rangeEnd.optional(),
            appointmentType: line(40, 1),
            reason: text(1000).optional(),
            symptoms: text(2000).optional(),
            notes: text(4000).optional().openapi({ description: 'The clinic’s' }),
            answers: answerList.optional().openapi({
              description:
                'To the questions of the type. Patients must answer the required ones; the clinic may ask later',
            }),
            holdId: idSchema<'hold'>('The hold to consume').optional(),
            ...giveBackField,
            visitMode: z.enum(VISIT_MODES).optional().openapi({ description: 'Default: the first of the type' }),
            patientId: idSchema<'user'>(
              'The patient. Required for staff, doctors and administrators; for a proxy, the patient they act for',
            ).optional(),
            ...additionalDoctorsField,
            ...exceptionFields,
            ...channelField,
          }),
        ),
      },
      responses: { 201: json(appointmentSchema, 'Booked') },
      refusals: [
        'slot_taken',
        'slot_unavailable',
        'birth_date_required',
        'invalid_fields',
        'hold_not_found',
        'hold_expired',
        'hold_mismatch',
        'doctor_not_found',
        'action_not_permitted',
        'not_found',
        ...GIVE_BACK_REFUSALS,
      ],
    },
    async (c) => {
      const body = c.req.valid('json');
      const actor = knownActor(c);
      const patientId = bookingParty(actor, body);
      const input = {
        doctorId: body.doctorId,
        typeCode: body.appointmentType,
        date: body.appointmentDate,
        startTime: body.startTime,
        endTime: body.endTime ?? null,
        patientId,
        additionalDoctorIds: additionalDoctors(actor, body),
        reason: body.reason || null,
        symptoms: body.symptoms || null,
        notes: body.notes || null,
        holdId: body.holdId ?? null,
        giveBack: body.giveBack ?? null,
        answers: body.answers ?? [],
        visitMode: body.visitMode ?? null,
        exception: exceptionOf(actor, body),
      };
      const booked = unwrap(
        await bookAppointment(
          c.get('deps'),
          reachedBy(c, body.channel),
          actor,
          input,
          createdAs((made) => presentBooked(c, actor, made)),
        ),
        detailsAt('/appointmentType'),
      );
      return c.json(answer<ReturnType<typeof presentBooked>>(c, booked), 201);
    },
  ),

  route(
    {
      operationId: 'listMyAppointments',
      method: 'get',
      path: '/api/v1/appointments/my',
      summary: 'List my appointments',
      tag: 'Appointments',
      access: 'read:own_appointments',
      description: 'A patient’s own appointments, or those of a doctor with patients. By start, earliest first.',
      example: { as: 'patient' },
      request: { query: listQuery },
      responses: { 200: json(pageOf(appointmentSchema), 'Appointments') },
    },
    async (c) => {
      const actor = knownActor(c);
      const query = inOrder(c.req.valid('query'));
      const filter = { ...filterOf(query), ...ownedBy(actor) };
      const found = await readAppointments(c.get('deps'), c.get('context'), actor, filter, pagePosition(query));
      return c.json(listed(c, actor, found, query.limit), 200);
    },
  ),

  route(
    {
      operationId: 'listUpcomingAppointments',
      method: 'get',
      path: '/api/v1/appointments/upcoming',
      summary: 'List my appointments of the next 7 days',
      tag: 'Appointments',
      access: 'read:own_appointments',
      description: 'Appointments that will take place, by start.',
      example: { as: 'patient' },
      request: { query: pageQuery },
      responses: { 200: json(pageOf(appointmentSchema), 'Appointments') },
    },
    async (c) => {
      const actor = knownActor(c);
      const { now } = c.get('context');
      const query = c.req.valid('query');
      const filter = {
        ...ownedBy(actor),
        typeCode: null,
        locationId: null,
        from: now,
        to: now + UPCOMING_DAYS * MILLISECONDS_PER_DAY,
        statuses: ['scheduled', 'confirmed'] as const,
      };
      const found = await readAppointments(c.get('deps'), c.get('context'), actor, filter, pagePosition(query));
      return c.json(listed(c, actor, found, query.limit), 200);
    },
  ),

  route(
    {
      operationId: 'listPatientAppointments',
      method: 'get',
      path: '/api/v1/appointments/user/{userId}',
      summary: 'List appointments of a patient',
      tag: 'Front desk',
      access: ['read:patient_records', 'read:own_appointments'],
      description:
        'For the clinic; doctors see those of own patients, and proxies those of the patient for whom they act, without reason and symptoms. The reading is recorded.',
      example: { as: 'doctor', path: { userId: DEMO.patient } },
      request: { params: z.object({ userId: idSchema<'user'>('The patient') }), query: listQuery },
      responses: { 200: json(pageOf(appointmentSchema), 'Appointments') },
      refusals: ['not_found'],
    },
    async (c) => {
      const actor = knownActor(c);
      const { userId } = c.req.valid('param');
      const query = inOrder(c.req.valid('query'));
      const filter = { ...filterOf(query), patientId: userId, doctorIds: null };
      const found = unwrap(
        await readPatientAppointments(c.get('deps'), c.get('context'), actor, userId, filter, pagePosition(query)),
      );
      return c.json(listed(c, actor, found, query.limit), 200);
    },
  ),

  route(
    {
      operationId: 'getAppointment',
      method: 'get',
      path: '/api/v1/appointments/{id}',
      summary: 'Get an appointment',
      tag: 'Appointments',
      access: 'read:own_appointments',
      versioned: true,
      example: { as: 'patient', path: { id: DEMO.visits[3] } },
      request: { params: appointmentParams },
      responses: { 200: json(appointmentSchema, 'The appointment') },
      refusals: ['appointment_not_found'],
    },
    async (c) => {
      const actor = knownActor(c);
      const record = unwrap(await readAppointment(c.get('deps'), c.get('context'), actor, c.req.valid('param').id));
      return sendVersioned(c, record.appointment.version, presentAppointment(c, actor, record));
    },
  ),
];
