/** Doctors, their hours, free times and appointments. */
import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { APPOINTMENT_STATUSES, actions } from '../../../domain/scheduling/appointment.ts';
import type { AppointmentType } from '../../../domain/scheduling/appointment-type.ts';
import type { Availability } from '../../../domain/scheduling/availability.ts';
import type { AppointmentRecord, DirectoryEntry } from '../../../domain/scheduling/ports.ts';
import type { Slot } from '../../../domain/scheduling/slots.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import type { AppointmentId, UserId } from '../../../domain/shared/ids.ts';
import { daysBetween, formatInstant, type LocalDate, parseInstant } from '../../../domain/shared/time.ts';
import { localDateAt, localTimeAt, type ZoneId } from '../../../domain/shared/zone.ts';
import {
  bookAppointment,
  cancelAppointment,
  readAppointment,
  readAppointments,
} from '../../app/scheduling/appointments.ts';
import { replaceAvailability, shownDates } from '../../app/scheduling/availability.ts';
import { listSlots } from '../../app/scheduling/slots.ts';
import type { AppEnv } from '../env.ts';
import { etag, isUnchanged, requireMatch } from '../etag.ts';
import { decodeCursor, page } from '../page.ts';
import { Problem, type ProblemDetails } from '../problems.ts';
import { type App, define, json, jsonBody, unwrap } from '../router.ts';
import { idSchema, links, localDate, localTime, pageOf, pageQuery, rangeEnd, text, zone } from '../schemas.ts';

const MAXIMUM_DAYS = 31;

const doctorSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    specialty: z.string().nullable(),
    languages: z.array(z.string()),
    timezone: z.string(),
    acceptingPatients: z.boolean(),
    bio: z.string().nullable(),
    _links: links,
  })
  .openapi('Doctor');

function presentDoctor({ doctor, name }: DirectoryEntry) {
  const base = `/api/v1/doctors/${doctor.id}`;
  return {
    id: doctor.id as string,
    name,
    specialty: doctor.specialty,
    languages: [...doctor.languages],
    timezone: doctor.timezone as string,
    acceptingPatients: doctor.acceptingPatients,
    bio: doctor.bio,
    _links: {
      self: { href: base },
      availability: { href: `${base}/availability` },
      slots: { href: `/api/v1/appointments/available-slots?doctorId=${doctor.id}` },
    },
  };
}

const typeSchema = z
  .object({
    id: z.string(),
    code: z.string(),
    name: z.string(),
    durationMinutes: z.int(),
    bufferBeforeMinutes: z.int(),
    bufferAfterMinutes: z.int(),
    minimumNoticeMinutes: z.int(),
    horizonDays: z.int(),
    slotIntervalMinutes: z.int(),
    dailyLimit: z.int().nullable(),
    active: z.boolean(),
    version: z.int(),
    _links: links,
  })
  .openapi('AppointmentType');

function presentType(type: AppointmentType) {
  return { ...type, id: type.id as string, _links: { self: { href: `/api/v1/appointment-types/${type.id}` } } };
}

const weeklyRule = z.object({
  weekday: z.int().min(1).max(7).openapi({ description: 'ISO 8601: 1 is Monday' }),
  start: localTime,
  end: rangeEnd.openapi({ description: 'Not after start: on the next day. 24:00 is allowed' }),
  appointmentTypes: z
    .array(z.string().max(40))
    .max(50)
    .nullable()
    .optional()
    .openapi({ description: 'Codes; left out for all' }),
  validFrom: localDate.nullable().optional(),
  validUntil: localDate.nullable().optional(),
});

const availabilitySchema = z
  .object({
    doctorId: z.string(),
    timezone: z.string(),
    weekly: z.array(
      z.object({
        weekday: z.int(),
        start: z.string(),
        end: z.string(),
        appointmentTypes: z.array(z.string()).nullable(),
        validFrom: z.string().nullable(),
        validUntil: z.string().nullable(),
      }),
    ),
    version: z.int(),
    _links: links,
  })
  .openapi('Availability');

function presentAvailability(availability: Availability, types: readonly AppointmentType[]) {
  const codes = new Map(types.map(({ id, code }) => [id, code]));
  const href = `/api/v1/doctors/${availability.doctorId}/availability`;
  return {
    doctorId: availability.doctorId as string,
    timezone: availability.timezone as string,
    weekly: availability.weekly.map((rule) => ({
      weekday: rule.weekday as number,
      start: rule.start as string,
      end: rule.end as string,
      appointmentTypes: rule.appointmentTypeIds?.map((id) => codes.get(id) ?? '').filter((code) => code !== '') ?? null,
      validFrom: rule.validFrom as string | null,
      validUntil: rule.validUntil as string | null,
    })),
    version: availability.version,
    _links: { self: { href }, replace: { href, method: 'PUT' }, overrides: { href: `${href}/overrides` } },
  };
}

const slotSchema = z
  .object({
    start: z.string().openapi({ example: '2026-12-15T08:30:00Z' }),
    end: z.string(),
    date: z.string(),
    startTime: z.string(),
    endTime: z.string(),
    timezone: z.string(),
  })
  .openapi('Slot', { description: 'date, startTime and endTime are wall-clock in timezone, the doctor’s' });

function presentSlot(slot: Slot, timezone: ZoneId) {
  return {
    start: formatInstant(slot.start),
    end: formatInstant(slot.end),
    date: slot.date as string,
    startTime: localTimeAt(timezone, slot.start) as string,
    endTime: localTimeAt(timezone, slot.end) as string,
    timezone: timezone as string,
  };
}

const appointmentSchema = z
  .object({
    id: z.string(),
    patientId: z.string(),
    doctorId: z.string(),
    doctorName: z.string(),
    appointmentDate: z.string(),
    startTime: z.string(),
    endTime: z.string(),
    timezone: z.string(),
    start: z.string(),
    end: z.string(),
    durationMinutes: z.int(),
    status: z.enum(APPOINTMENT_STATUSES),
    appointmentType: z.string(),
    reason: z.string().nullable(),
    symptoms: z.string().nullable(),
    notes: z.string().nullable().optional().openapi({ description: 'The clinic’s; never shown to the patient' }),
    cancellation: z.object({ at: z.string(), by: z.string().nullable(), reason: z.string().nullable() }).nullable(),
    outsideRules: z.boolean(),
    version: z.int(),
    createdAt: z.string(),
    updatedAt: z.string(),
    _links: links,
  })
  .openapi('Appointment');

const ACTION_LINKS = {
  edit: ['', 'PUT'],
  cancel: ['/cancel', 'POST'],
  reschedule: ['/reschedule', 'POST'],
  confirm: ['/confirm', 'POST'],
  check_in: ['/check-in', 'POST'],
  complete: ['/complete', 'POST'],
  no_show: ['/no-show', 'POST'],
} as const;

/** What the caller may see of it and do with it now. */
function presentAppointment(c: HonoContext<AppEnv>, actor: KnownActor, record: AppointmentRecord) {
  const { appointment: a, doctorName, typeCode } = record;
  const self = `/api/v1/appointments/${a.id}`;
  const kind = a.patientId === actor.userId ? 'patient' : actor.role;
  const open = actions(a, kind, c.get('context').now, c.get('deps').settings.scheduling);
  return {
    id: a.id as string,
    patientId: a.patientId as string,
    doctorId: a.doctorId as string,
    doctorName,
    appointmentDate: localDateAt(a.timezone, a.start) as string,
    startTime: localTimeAt(a.timezone, a.start) as string,
    endTime: localTimeAt(a.timezone, a.end) as string,
    timezone: a.timezone as string,
    start: formatInstant(a.start),
    end: formatInstant(a.end),
    durationMinutes: (a.end - a.start) / 60_000,
    status: a.status,
    appointmentType: typeCode,
    reason: a.reason,
    symptoms: a.symptoms,
    ...(kind === 'patient' ? {} : { notes: a.notes }),
    cancellation:
      a.cancellation === null
        ? null
        : {
            at: formatInstant(a.cancellation.at),
            by: a.cancellation.by as string | null,
            reason: a.cancellation.reason,
          },
    outsideRules: a.outsideRules,
    version: a.version,
    createdAt: formatInstant(a.createdAt),
    updatedAt: formatInstant(a.updatedAt),
    _links: {
      self: { href: self },
      ...Object.fromEntries(
        open.map((action) => {
          const [path, method] = ACTION_LINKS[action];
          return [action, { href: `${self}${path}`, method }];
        }),
      ),
    },
  };
}

export function knownActor(c: HonoContext<AppEnv>): KnownActor {
  const { actor } = c.get('context');
  if (actor.kind !== 'user' && actor.kind !== 'api_key') throw new Problem({ code: 'unauthenticated' });
  return actor;
}

const doctorParams = z.object({ id: idSchema<'user'>('The doctor') });
const appointmentParams = z.object({ id: idSchema<'appointment'>('The appointment') });

export function schedulingRoutes(app: App): void {
  const tags = ['Scheduling'];

  define(
    app,
    {
      method: 'get',
      path: '/api/v1/doctors',
      summary: 'The directory',
      tags,
      request: {
        query: pageQuery.extend({
          specialty: text(100).optional(),
          q: text(100).optional().openapi({ description: 'Part of a name, specialty or language' }),
        }),
      },
      responses: { 200: json(pageOf(doctorSchema), 'Doctors') },
    },
    [],
    async (c) => {
      const { limit, cursor, specialty, q } = c.req.valid('query');
      const { database, loads } = c.get('deps');
      const after = (decodeCursor(cursor)?.[0] as UserId | undefined) ?? null;
      const filter = { specialty: specialty || null, doctorIds: null, text: q || null };
      const [found] = await database.load(loads.scheduling.doctors(filter, { after, limit }));
      const shown = found.slice(0, limit);
      const last = found.length > limit ? shown.at(-1) : undefined;
      return c.json(page(c, shown.map(presentDoctor), last === undefined ? null : [last.doctor.id]), 200);
    },
  );

  define(
    app,
    {
      method: 'get',
      path: '/api/v1/doctors/{id}',
      summary: 'One doctor',
      tags,
      request: { params: doctorParams },
      responses: { 200: json(doctorSchema, 'The doctor') },
    },
    ['doctor_not_found'],
    async (c) => {
      const { database, loads } = c.get('deps');
      const [entry] = await database.load(loads.scheduling.doctor(c.req.valid('param').id));
      if (entry === undefined) throw new Problem({ code: 'doctor_not_found' });
      return c.json(presentDoctor(entry), 200);
    },
  );

  define(
    app,
    {
      method: 'get',
      path: '/api/v1/appointment-types',
      summary: 'What can be booked',
      tags,
      responses: { 200: json(pageOf(typeSchema), 'Types, by code') },
    },
    [],
    async (c) => {
      const { database, loads } = c.get('deps');
      const [types] = await database.load(loads.scheduling.appointmentTypes());
      return c.json(page(c, types.map(presentType), null), 200);
    },
  );

  define(
    app,
    {
      method: 'get',
      path: '/api/v1/doctors/{id}/availability',
      summary: 'When a doctor works',
      tags,
      request: { params: doctorParams },
      responses: { 200: json(availabilitySchema, 'Weekly hours'), 304: { description: 'Unchanged' } },
    },
    ['doctor_not_found'],
    async (c) => {
      const { database, loads } = c.get('deps');
      const { now } = c.get('context');
      const [availability, types] = await database.load(
        loads.scheduling.availability(c.req.valid('param').id, shownDates(now)),
        loads.scheduling.appointmentTypes(),
      );
      if (availability === undefined) throw new Problem({ code: 'doctor_not_found' });
      c.header('ETag', etag(availability.version));
      if (isUnchanged(c, availability.version)) return c.body(null, 304);
      return c.json(presentAvailability(availability, types), 200);
    },
  );

  define(
    app,
    {
      method: 'put',
      path: '/api/v1/doctors/{id}/availability',
      summary: 'Replace the weekly hours',
      tags,
      description:
        'Doctors set their own hours, staff and administrators anybody’s. With If-Match, only if nobody changed them meanwhile.',
      request: {
        params: doctorParams,
        body: jsonBody(z.strictObject({ timezone: zone, weekly: z.array(weeklyRule.strict()).max(100) })),
      },
      responses: { 200: json(availabilitySchema, 'As they are now') },
    },
    ['doctor_not_found', 'invalid_fields', 'stale_version', 'precondition_failed', 'version_conflict'],
    async (c) => {
      const expected = c.req.header('if-match') === undefined ? null : requireMatch(c);
      const { id } = c.req.valid('param');
      const saved = unwrap(
        await replaceAvailability(c.get('deps'), c.get('context'), knownActor(c), id, c.req.valid('json'), expected),
        describe,
      );
      c.header('ETag', etag(saved.availability.version));
      return c.json(presentAvailability(saved.availability, saved.types), 200);
    },
  );

  define(
    app,
    {
      method: 'get',
      path: '/api/v1/appointments/available-slots',
      summary: 'Free times of a doctor',
      tags,
      description: `Every slot that starts on these dates in the doctor’s zone, ordered; ${MAXIMUM_DAYS} days at most.`,
      request: {
        query: z.object({
          doctorId: idSchema<'user'>('The doctor'),
          date: localDate.optional(),
          from: localDate.optional(),
          to: localDate.optional(),
          type: text(40, 1).default('consultation'),
        }),
      },
      responses: { 200: json(z.object({ data: z.array(slotSchema), _links: links }), 'Slots') },
    },
    ['doctor_not_found', 'appointment_type_not_found'],
    async (c) => {
      const { doctorId, type, ...dates } = c.req.valid('query');
      const { from, to } = dateRange(dates);
      const found = unwrap(await listSlots(c.get('deps'), c.get('context'), { doctorId, typeCode: type, from, to }));
      const data = found.slots.map((slot) => presentSlot(slot, found.timezone));
      return c.json({ data, _links: { self: { href: new URL(c.req.url).pathname + new URL(c.req.url).search } } }, 200);
    },
  );

  define(
    app,
    {
      method: 'post',
      path: '/api/v1/appointments',
      summary: 'Book',
      tags,
      description:
        'The server decides again from what is stored, whatever the client saw. Send an Idempotency-Key: a repeated request then books once.',
      request: {
        body: jsonBody(
          z.strictObject({
            doctorId: idSchema<'user'>('The doctor'),
            appointmentDate: localDate,
            startTime: localTime,
            endTime: rangeEnd.optional(),
            appointmentType: text(40, 1),
            reason: text(1000).optional(),
            symptoms: text(2000).optional(),
            notes: text(4000).optional().openapi({ description: 'The clinic’s' }),
            holdId: idSchema<'hold'>('A hold to use up').optional(),
            patientId: idSchema<'user'>('For whom; staff and doctors').optional(),
          }),
        ),
      },
      responses: { 201: json(appointmentSchema, 'Booked') },
    },
    [
      'slot_taken',
      'slot_unavailable',
      'hold_not_found',
      'hold_expired',
      'hold_mismatch',
      'doctor_not_found',
      'appointment_type_not_found',
      'not_found',
      'idempotency_key_reused',
      'version_conflict',
    ],
    async (c) => {
      const body = c.req.valid('json');
      const actor = knownActor(c);
      const byPatient = actor.role === 'patient';
      if (byPatient && body.patientId !== undefined && body.patientId !== actor.userId)
        throw new Problem({ code: 'forbidden', detail: 'Patients book for themselves.' });
      if (byPatient && body.notes !== undefined) throw notYours('/notes');
      if (!byPatient && body.patientId === undefined) throw required('/patientId');
      const input = {
        doctorId: body.doctorId,
        typeCode: body.appointmentType,
        date: body.appointmentDate,
        startTime: body.startTime,
        endTime: body.endTime ?? null,
        patientId: body.patientId ?? actor.userId,
        reason: body.reason || null,
        symptoms: body.symptoms || null,
        notes: body.notes || null,
        holdId: body.holdId ?? null,
      };
      const answer = unwrap(
        await bookAppointment(c.get('deps'), c.get('context'), actor, input, (record) => ({
          status: 201,
          body: presentAppointment(c, actor, record),
          location: `/api/v1/appointments/${record.appointment.id}`,
        })),
        describe,
      );
      const shown = answer.body as ReturnType<typeof presentAppointment>;
      if (answer.location !== undefined) c.header('Location', answer.location);
      c.header('ETag', etag(shown.version));
      return c.json(shown, 201);
    },
  );

  define(
    app,
    {
      method: 'get',
      path: '/api/v1/appointments/my',
      summary: 'My appointments',
      tags,
      description: 'A patient’s own; of a doctor, those with patients. By start, earliest first.',
      request: {
        query: pageQuery.extend({
          from: instantOrDate.optional(),
          to: instantOrDate.optional(),
          status: z.enum(APPOINTMENT_STATUSES).optional(),
        }),
      },
      responses: { 200: json(pageOf(appointmentSchema), 'Appointments') },
    },
    [],
    async (c) => {
      const actor = knownActor(c);
      const { limit, cursor, from, to, status } = c.req.valid('query');
      const place = decodeCursor(cursor);
      const found = await readAppointments(
        c.get('deps'),
        c.get('context'),
        actor,
        {
          patientId: actor.role === 'doctor' ? null : actor.userId,
          doctorId: actor.role === 'doctor' ? actor.userId : null,
          from: from ?? null,
          to: to ?? null,
          statuses: status === undefined ? null : [status],
        },
        {
          after: place === undefined ? null : { start: Number(place[0]), id: String(place[1]) as AppointmentId },
          limit,
        },
      );
      const shown = found.slice(0, limit);
      const last = found.length > limit ? shown.at(-1)?.appointment : undefined;
      const data = shown.map((record) => presentAppointment(c, actor, record));
      return c.json(page(c, data, last === undefined ? null : [last.start, last.id]), 200);
    },
  );

  define(
    app,
    {
      method: 'get',
      path: '/api/v1/appointments/{id}',
      summary: 'One appointment',
      tags,
      request: { params: appointmentParams },
      responses: { 200: json(appointmentSchema, 'The appointment'), 304: { description: 'Unchanged' } },
    },
    ['appointment_not_found'],
    async (c) => {
      const actor = knownActor(c);
      const record = unwrap(await readAppointment(c.get('deps'), c.get('context'), actor, c.req.valid('param').id));
      c.header('ETag', etag(record.appointment.version));
      if (isUnchanged(c, record.appointment.version)) return c.body(null, 304);
      return c.json(presentAppointment(c, actor, record), 200);
    },
  );

  const cancelRefusals = [
    'appointment_not_found',
    'invalid_transition',
    'too_late_to_cancel',
    'stale_version',
    'precondition_failed',
    'version_conflict',
  ] as const;
  define(
    app,
    {
      method: 'post',
      path: '/api/v1/appointments/{id}/cancel',
      summary: 'Cancel',
      tags,
      request: {
        params: appointmentParams,
        body: {
          required: false,
          content: { 'application/json': { schema: z.strictObject({ reason: text(1000).optional() }) } },
        },
      },
      responses: { 200: json(appointmentSchema, 'Cancelled') },
    },
    cancelRefusals,
    async (c) => {
      const actor = knownActor(c);
      const reason = (c.req.valid('json') as { reason?: string } | undefined)?.reason || null;
      const expectedVersion = c.req.header('if-match') === undefined ? null : requireMatch(c);
      const record = unwrap(
        await cancelAppointment(c.get('deps'), c.get('context'), actor, c.req.valid('param').id, {
          reason,
          expectedVersion,
        }),
        describe,
      );
      c.header('ETag', etag(record.appointment.version));
      return c.json(presentAppointment(c, actor, record), 200);
    },
  );

  define(
    app,
    {
      method: 'delete',
      path: '/api/v1/appointments/{id}',
      summary: 'Cancel',
      tags,
      description: 'The same as cancelling; the appointment stays on record.',
      request: { params: appointmentParams },
      responses: { 204: { description: 'Cancelled' } },
    },
    [...cancelRefusals, 'precondition_required'],
    async (c) => {
      const expectedVersion = requireMatch(c);
      unwrap(
        await cancelAppointment(c.get('deps'), c.get('context'), knownActor(c), c.req.valid('param').id, {
          reason: null,
          expectedVersion,
        }),
        describe,
      );
      return c.body(null, 204);
    },
  );
}

/** An instant, or a date, which stands for its midnight in UTC. */
const instantOrDate = z
  .string()
  .transform((value, context) => {
    const instant = parseInstant(/^\d{4}-\d{2}-\d{2}$/.test(value) ? `${value}T00:00:00Z` : value);
    if (instant !== undefined) return instant;
    context.addIssue({ code: 'custom', message: 'expected an instant (2026-12-15T08:30:00Z) or a date' });
    return z.NEVER;
  })
  .openapi({ type: 'string', example: '2026-12-15T00:00:00Z' });

function dateRange(query: { date?: LocalDate | undefined; from?: LocalDate | undefined; to?: LocalDate | undefined }) {
  const from = query.date ?? query.from;
  if (from === undefined) throw required(query.to === undefined ? '?date' : '?from');
  if (query.date !== undefined && (query.from !== undefined || query.to !== undefined)) {
    throw fieldProblem('?date', 'conflict', 'give either date, or from and to');
  }
  const to = query.date ?? query.to ?? from;
  const days = daysBetween(from, to) + 1;
  if (days < 1) throw fieldProblem('?to', 'end_before_start', 'must not be before from');
  if (days > MAXIMUM_DAYS) throw fieldProblem('?to', 'out_of_range', `expected ${MAXIMUM_DAYS} days at most`);
  return { from, to };
}

function fieldProblem(pointer: string, code: string, message: string): Problem {
  return new Problem({ code: 'validation_failed', errors: [{ pointer, code, message }] });
}

function required(pointer: string): Problem {
  return fieldProblem(pointer, 'required', 'is required');
}

function notYours(pointer: string): Problem {
  return fieldProblem(pointer, 'not_permitted', 'is for the clinic to set');
}

/** Everything a scheduling refusal can tell beside its code. */
export function describe(error: object): Omit<ProblemDetails, 'code'> {
  const {
    code: _code,
    errors,
    alternatives,
    ...rest
  } = error as {
    code: string;
    errors?: ProblemDetails['errors'];
    alternatives?: readonly Slot[];
  } & Record<string, unknown>;
  const slots = alternatives?.map((slot) => ({
    doctorId: slot.doctorId,
    start: formatInstant(slot.start),
    end: formatInstant(slot.end),
    date: slot.date,
  }));
  return {
    ...(errors === undefined ? {} : { errors }),
    members: {
      ...(readable(rest) as Record<string, unknown>),
      ...(slots === undefined ? {} : { alternatives: slots }),
    },
  };
}

const INSTANTS = ['earliest', 'resumesAt', 'expiredAt', 'until', 'from'];

/** Instants inside become RFC 3339. */
function readable(value: unknown, name = ''): unknown {
  if (typeof value === 'number' && INSTANTS.includes(name)) return formatInstant(value);
  if (Array.isArray(value)) return value.map((item) => readable(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, readable(member, key)]));
}
