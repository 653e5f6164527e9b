/** Exceptions to weekly hours: dates with other hours, time off, and clinic holidays. */

import { z } from '@hono/zod-openapi';
import type { AvailabilityOverride, TimeOff } from '../../../../domain/scheduling/availability.ts';
import type { ClinicHoliday } from '../../../../domain/scheduling/clinic-holiday.ts';
import type { UserId } from '../../../../domain/shared/ids.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { shownDates } from '../../../app/scheduling/availability.ts';
import {
  dropOverride,
  dropTimeOff,
  overrideDate,
  readTimeOff,
  takeTimeOff,
} from '../../../app/scheduling/availability-exceptions.ts';
import { addClinicHoliday, removeClinicHoliday } from '../../../app/scheduling/clinic-holidays.ts';
import { knownActor } from '../../actor.ts';
import { list } from '../../bounds.ts';
import { earlier, weekday } from '../../example.ts';
import { pagedWhole } from '../../page.ts';
import { Problem } from '../../problems.ts';
import { type App, define, json, jsonBody, unwrap } from '../../router.ts';
import { calendarDate, idSchema, line, links, localTime, pageOf, pageQuery, rangeEnd, text } from '../../schemas.ts';
import { shownDate, shownId, shownRangeEnd, shownText, shownTime } from '../../shown.ts';
import { answer, describe, doctorParams } from './present.ts';

const range = z.strictObject({ start: localTime, end: rangeEnd });

const overrideSchema = z
  .object({
    id: shownId,
    date: shownDate,
    available: z.array(z.object({ start: shownTime, end: shownRangeEnd })),
    _links: links,
  })
  .openapi('AvailabilityOverride', { description: 'The hours of one date in place of the weekly ones; none: closed' });

function presentOverride(doctorId: UserId, { id, date, available }: AvailabilityOverride) {
  const href = `/api/v1/doctors/${doctorId}/availability/overrides/${id}`;
  return {
    id: id as string,
    date: date as string,
    available: available.map(({ start, end }) => ({ start: start as string, end: end as string })),
    _links: { remove: { href, method: 'DELETE' } },
  };
}

const timeOffSchema = z
  .object({
    id: shownId,
    from: shownDate,
    until: shownDate,
    reason: shownText(200, 'Conference').nullable(),
    _links: links,
  })
  .openapi('TimeOff', { description: 'Absence over whole dates, both included' });

function presentTimeOff(doctorId: UserId, { id, from, until, reason }: TimeOff) {
  const href = `/api/v1/doctors/${doctorId}/time-off/${id}`;
  return {
    id: id as string,
    from: from as string,
    until: until as string,
    reason,
    _links: { remove: { href, method: 'DELETE' } },
  };
}

const holidaySchema = z
  .object({ id: shownId, from: shownDate, until: shownDate, name: shownText(200, 'Christmas'), _links: links })
  .openapi('ClinicHoliday', { description: 'Dates on which the whole clinic is closed, both included' });

function presentHoliday({ id, from, until, name }: ClinicHoliday) {
  const href = `/api/v1/clinic/holidays/${id}`;
  return {
    id: id as string,
    from: from as string,
    until: until as string,
    name,
    _links: { remove: { href, method: 'DELETE' } },
  };
}

export function exceptionRoutes(app: App): void {
  holidayRoutes(app);

  define(
    app,
    {
      operationId: 'listOverrides',
      method: 'get',
      path: '/api/v1/doctors/{id}/availability/overrides',
      summary: 'List dates with other hours',
      tag: 'Availability',
      access: 'read:directory',
      example: { as: 'patient', path: { id: DEMO.okafor } },
      request: { params: doctorParams, query: pageQuery },
      responses: { 200: json(pageOf(overrideSchema), 'From yesterday on, by date') },
      refusals: ['doctor_not_found'],
    },
    async (c) => {
      const { database, loads } = c.get('deps');
      const { id } = c.req.valid('param');
      const [availability] = await database.load(loads.scheduling.availability(id, shownDates(c.get('context').now)));
      if (availability === undefined) throw new Problem({ code: 'doctor_not_found' });
      return c.json(
        pagedWhole(
          c,
          availability.overrides,
          c.req.valid('query'),
          (override) => presentOverride(id, override),
          ({ date }) => [date],
        ),
        200,
      );
    },
  );

  define(
    app,
    {
      operationId: 'createOverride',
      method: 'post',
      path: '/api/v1/doctors/{id}/availability/overrides',
      summary: 'Set other hours for a date',
      tag: 'Availability',
      access: 'manage:availability',
      description:
        'From yesterday to 730 days ahead. An empty list closes the date. Appointments on it stay until somebody moves or cancels them.',
      example: {
        as: 'admin',
        path: { id: DEMO.okafor },
        body: { date: weekday(100), available: [{ start: '10:00', end: '12:00' }] },
      },
      request: {
        params: doctorParams,
        body: jsonBody(z.strictObject({ date: calendarDate, available: list(range, 24) })),
      },
      responses: { 201: json(overrideSchema, 'Set') },
      refusals: ['doctor_not_found', 'invalid_fields', 'override_exists', 'idempotency_key_reused', 'version_conflict'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const created = unwrap(
        await overrideDate(c.get('deps'), c.get('context'), knownActor(c), id, c.req.valid('json'), (override) => ({
          status: 201,
          body: presentOverride(id, override),
        })),
        describe,
      );
      return c.json(answer<ReturnType<typeof presentOverride>>(c, created), 201);
    },
  );

  define(
    app,
    {
      operationId: 'deleteOverride',
      method: 'delete',
      path: '/api/v1/doctors/{id}/availability/overrides/{overrideId}',
      summary: 'Remove other hours of a date',
      tag: 'Availability',
      access: 'manage:availability',
      example: {
        as: 'admin',
        path: { id: DEMO.okafor, overrideId: earlier('createOverride') },
        after: ['createOverride'],
      },
      request: {
        params: doctorParams.extend({ overrideId: idSchema<'availability_override'>('The override') }),
      },
      responses: { 204: { description: 'Removed' } },
      refusals: ['doctor_not_found', 'override_not_found', 'version_conflict'],
    },
    async (c) => {
      const { id, overrideId } = c.req.valid('param');
      unwrap(await dropOverride(c.get('deps'), c.get('context'), knownActor(c), id, overrideId));
      return c.body(null, 204);
    },
  );

  define(
    app,
    {
      operationId: 'listTimeOff',
      method: 'get',
      path: '/api/v1/doctors/{id}/time-off',
      summary: 'List time off of a doctor',
      tag: 'Availability',
      access: 'manage:availability',
      description: 'For the clinic; doctors see their own.',
      example: { as: 'doctor', path: { id: DEMO.okafor } },
      request: { params: doctorParams, query: pageQuery },
      responses: { 200: json(pageOf(timeOffSchema), 'Not yet over, by first date') },
      refusals: ['doctor_not_found'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const timeOff = unwrap(await readTimeOff(c.get('deps'), c.get('context'), knownActor(c), id));
      return c.json(
        pagedWhole(
          c,
          timeOff,
          c.req.valid('query'),
          (each) => presentTimeOff(id, each),
          (each) => [each.from, each.id],
        ),
        200,
      );
    },
  );

  define(
    app,
    {
      operationId: 'createTimeOff',
      method: 'post',
      path: '/api/v1/doctors/{id}/time-off',
      summary: 'Enter time off',
      tag: 'Availability',
      access: 'manage:availability',
      description:
        'Not yet over, and begun within 730 days. Appointments within it stay until somebody moves or cancels them.',
      example: {
        as: 'doctor',
        path: { id: DEMO.okafor },
        body: { from: weekday(150), until: weekday(152), reason: 'Conference' },
      },
      request: {
        params: doctorParams,
        body: jsonBody(z.strictObject({ from: calendarDate, until: calendarDate, reason: text(200).optional() })),
      },
      responses: { 201: json(timeOffSchema, 'Entered') },
      refusals: ['doctor_not_found', 'invalid_fields', 'idempotency_key_reused', 'version_conflict'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const body = c.req.valid('json');
      const input = { ...body, reason: body.reason || null };
      const created = unwrap(
        await takeTimeOff(c.get('deps'), c.get('context'), knownActor(c), id, input, (timeOff) => ({
          status: 201,
          body: presentTimeOff(id, timeOff),
        })),
        describe,
      );
      return c.json(answer<ReturnType<typeof presentTimeOff>>(c, created), 201);
    },
  );

  define(
    app,
    {
      operationId: 'deleteTimeOff',
      method: 'delete',
      path: '/api/v1/doctors/{id}/time-off/{timeOffId}',
      summary: 'Remove time off',
      tag: 'Availability',
      access: 'manage:availability',
      example: {
        as: 'doctor',
        path: { id: DEMO.okafor, timeOffId: earlier('createTimeOff') },
        after: ['createTimeOff'],
      },
      request: { params: doctorParams.extend({ timeOffId: idSchema<'time_off'>('The time off') }) },
      responses: { 204: { description: 'Removed' } },
      refusals: ['doctor_not_found', 'time_off_not_found', 'version_conflict'],
    },
    async (c) => {
      const { id, timeOffId } = c.req.valid('param');
      unwrap(await dropTimeOff(c.get('deps'), c.get('context'), knownActor(c), id, timeOffId));
      return c.body(null, 204);
    },
  );
}

function holidayRoutes(app: App): void {
  define(
    app,
    {
      operationId: 'listHolidays',
      method: 'get',
      path: '/api/v1/clinic/holidays',
      summary: 'List holidays of the clinic',
      tag: 'Availability',
      access: 'read:directory',
      example: { as: 'patient' },
      request: { query: pageQuery },
      responses: { 200: json(pageOf(holidaySchema), 'Not yet over, by first date') },
    },
    async (c) => {
      const { database, loads } = c.get('deps');
      const [holidays] = await database.load(loads.scheduling.holidays(shownDates(c.get('context').now)));
      return c.json(
        pagedWhole(c, holidays, c.req.valid('query'), presentHoliday, ({ from, id }) => [from, id]),
        200,
      );
    },
  );

  define(
    app,
    {
      operationId: 'createHoliday',
      method: 'post',
      path: '/api/v1/clinic/holidays',
      summary: 'Enter a holiday of the clinic',
      tag: 'Availability',
      access: 'manage:availability',
      description:
        'By staff and administrators, for dates not yet over and begun within 730 days. A doctor’s override of a date stands above it.',
      example: { as: 'admin', body: { from: weekday(200), until: weekday(200), name: 'Day of the clinic' } },
      request: { body: jsonBody(z.strictObject({ from: calendarDate, until: calendarDate, name: line(100, 1) })) },
      responses: { 201: json(holidaySchema, 'Added') },
      refusals: ['invalid_fields', 'action_not_permitted', 'idempotency_key_reused', 'version_conflict'],
    },
    async (c) => {
      const created = unwrap(
        await addClinicHoliday(c.get('deps'), c.get('context'), knownActor(c), c.req.valid('json'), (holiday) => ({
          status: 201,
          body: presentHoliday(holiday),
        })),
        describe,
      );
      return c.json(answer<ReturnType<typeof presentHoliday>>(c, created), 201);
    },
  );

  define(
    app,
    {
      operationId: 'deleteHoliday',
      method: 'delete',
      path: '/api/v1/clinic/holidays/{id}',
      summary: 'Remove a holiday of the clinic',
      tag: 'Availability',
      access: 'manage:availability',
      example: { as: 'admin', path: { id: earlier('createHoliday') }, after: ['createHoliday'] },
      request: { params: z.object({ id: idSchema<'clinic_holiday'>('The holiday') }) },
      responses: { 204: { description: 'Removed' } },
      refusals: ['action_not_permitted', 'holiday_not_found', 'version_conflict'],
    },
    async (c) => {
      unwrap(await removeClinicHoliday(c.get('deps'), c.get('context'), knownActor(c), c.req.valid('param').id));
      return c.body(null, 204);
    },
  );
}
