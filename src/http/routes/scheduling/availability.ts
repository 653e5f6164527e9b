/** The weekly hours of a doctor. */

import { z } from '@hono/zod-openapi';
import type { AppointmentType } from '../../../../domain/scheduling/appointment-type.ts';
import type { Availability } from '../../../../domain/scheduling/availability.ts';
import type { KnownActor } from '../../../../domain/shared/actor.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { effectOf } from '../../../app/scheduling/affected.ts';
import { mayManage, shownDates, weeklyHoursCommand } from '../../../app/scheduling/availability.ts';
import { knownActor } from '../../actor.ts';
import { list, rawText } from '../../bounds.ts';
import { expectedVersion, sendVersioned } from '../../etag.ts';
import { linkTo, permitted } from '../../links.ts';
import { Problem } from '../../problems.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { calendarDate, idSchema, links, localTime, rangeEnd, zone } from '../../schemas.ts';
import { shownCode, shownDate, shownId, shownRangeEnd, shownTime, shownZone } from '../../shown.ts';
import { affectedBody, affectedByIt, affectedInput, dryRunQuery, isDryRun, presentEffect } from './affected.ts';
import { doctorParams } from './present.ts';
import { detailsOf } from './refusals.ts';

export const weeklyRule = z.object({
  weekday: z.int().min(1).max(7).openapi({ description: 'ISO 8601: 1 is Monday' }),
  start: localTime,
  end: rangeEnd.openapi({ description: 'An end that is not after the start is on the next day. 24:00 is allowed' }),
  appointmentTypes: list(rawText(40), 50).nullable().optional().openapi({ description: 'Codes; left out for all' }),
  locationId: idSchema<'location'>('Where, in the timezone of the hours').nullable().optional(),
  validFrom: calendarDate.nullable().optional(),
  validUntil: calendarDate.nullable().optional(),
  breaks: list(z.strictObject({ start: localTime, end: rangeEnd }), 10)
    .optional()
    .openapi({
      description:
        'Times within the range and before midnight at which nothing can be booked. Saved, and answered, as the ranges around them',
    }),
});

export const availabilitySchema = z
  .object({
    doctorId: shownId,
    timezone: shownZone,
    weekly: z.array(
      z.object({
        weekday: z.int(),
        start: shownTime,
        end: shownRangeEnd,
        appointmentTypes: z.array(shownCode('consultation')).nullable(),
        locationId: shownId.nullable(),
        validFrom: shownDate.nullable(),
        validUntil: shownDate.nullable(),
      }),
    ),
    affected: affectedByIt,
    version: z.int(),
    _links: links,
  })
  .openapi('Availability');

export function presentAvailability(actor: KnownActor, availability: Availability, types: readonly AppointmentType[]) {
  const codes = new Map(types.map((type) => [type.id, type.code]));
  const id = availability.doctorId;
  return {
    doctorId: availability.doctorId as string,
    timezone: availability.timezone as string,
    weekly: availability.weekly.rules.map((rule) => ({
      weekday: rule.weekday as number,
      start: rule.start as string,
      end: rule.end as string,
      appointmentTypes: rule.appointmentTypeIds?.map((id) => codes.get(id) ?? '').filter((code) => code !== '') ?? null,
      locationId: rule.locationId as string | null,
      validFrom: rule.validFrom as string | null,
      validUntil: rule.validUntil as string | null,
    })),
    version: availability.version,
    _links: {
      self: linkTo('getAvailability', { id }),
      overrides: linkTo('listOverrides', { id }),
      ...(mayManage(actor, id) ? permitted(actor, { replace: ['updateAvailability', { id }] }) : {}),
    },
  };
}

export const availabilityRoutes: Routes = [
  route(
    {
      operationId: 'getAvailability',
      method: 'get',
      path: '/api/v1/doctors/{id}/availability',
      summary: 'Get the weekly hours of a doctor',
      tag: 'Availability',
      access: 'read:directory',
      versioned: true,
      example: { as: 'patient', path: { id: DEMO.okafor } },
      request: { params: doctorParams },
      responses: { 200: json(availabilitySchema, 'Weekly hours') },
      refusals: ['doctor_not_found'],
    },
    async (c) => {
      const { database, loads } = c.get('deps');
      const { now } = c.get('context');
      const [availability, types] = await database.load(
        loads.scheduling.availability(c.req.valid('param').id, shownDates(now)),
        loads.scheduling.appointmentTypes(),
      );
      if (availability === undefined) throw new Problem({ code: 'doctor_not_found' });
      return sendVersioned(c, availability.version, presentAvailability(knownActor(c), availability, types));
    },
  ),

  route(
    {
      operationId: 'updateAvailability',
      method: 'put',
      path: '/api/v1/doctors/{id}/availability',
      summary: 'Replace the weekly hours of a doctor',
      tag: 'Availability',
      access: 'manage:availability',
      ifMatch: 'optional',
      versioned: true,
      description:
        'Doctors set their own hours, staff and administrators anybody’s. With If-Match, only if nobody changed them meanwhile. `affected` says what becomes of the appointments that lose their time.',
      example: {
        as: 'admin',
        path: { id: DEMO.okafor },
        body: {
          timezone: 'Europe/Berlin',
          weekly: [1, 2, 3, 4, 5].map((day) => ({ weekday: day, start: '09:00', end: '17:00' })),
        },
      },
      request: {
        params: doctorParams,
        query: dryRunQuery,
        body: jsonBody(
          z.strictObject({
            timezone: zone,
            weekly: list(weeklyRule.strict(), 100),
            affected: affectedBody.optional(),
          }),
        ),
      },
      responses: { 200: json(availabilitySchema, 'As they are now; with dryRun as they would be') },
      refusals: ['doctor_not_found', 'invalid_fields'],
    },
    async (c) => {
      const expected = expectedVersion(c);
      const { id } = c.req.valid('param');
      const [deps, context, actor] = [c.get('deps'), c.get('context'), knownActor(c)];
      const { affected, ...input } = c.req.valid('json');
      const command = weeklyHoursCommand(deps, context, actor, id, input, affectedInput(affected), expected);
      const dryRun = isDryRun(c.req.valid('query'));
      const effect = unwrap(await effectOf(deps, context, actor, command, dryRun), detailsOf);
      const { availability, types } = effect.value;
      const body = { ...presentAvailability(actor, availability, types), affected: presentEffect(c, actor, effect) };
      return dryRun ? c.json(body, 200) : sendVersioned(c, availability.version, body);
    },
  ),
];
