/** Dates on which a doctor has other hours than the weekly ones. */
import { z } from '@hono/zod-openapi';
import type { AvailabilityOverride } from '../../../../domain/scheduling/availability.ts';
import type { UserId } from '../../../../domain/shared/ids.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { shownDates } from '../../../app/scheduling/availability.ts';
import { dropOverride, overrideDate } from '../../../app/scheduling/availability-exceptions.ts';
import { knownActor } from '../../actor.ts';
import { list } from '../../bounds.ts';
import { earlier, weekday } from '../../example.ts';
import { pagedWhole } from '../../page.ts';
import { Problem } from '../../problems.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { calendarDate, idSchema, links, localTime, pageOf, pageQuery, rangeEnd } from '../../schemas.ts';
import { shownDate, shownId, shownRangeEnd, shownTime } from '../../shown.ts';
import { answer, describe, doctorParams } from './present.ts';

const range = z.strictObject({
  start: localTime,
  end: rangeEnd,
  locationId: idSchema<'location'>('Where, in the timezone of the hours').nullable().optional(),
});

const overrideSchema = z
  .object({
    id: shownId,
    date: shownDate,
    available: z.array(z.object({ start: shownTime, end: shownRangeEnd, locationId: shownId.nullable() })),
    _links: links,
  })
  .openapi('AvailabilityOverride', {
    description: 'The hours of one date instead of the weekly hours; an empty list: closed',
  });

function presentOverride(doctorId: UserId, { id, date, available }: AvailabilityOverride) {
  const href = `/api/v1/doctors/${doctorId}/availability/overrides/${id}`;
  return {
    id: id as string,
    date: date as string,
    available: available.map(({ start, end, locationId }) => ({
      start: start as string,
      end: end as string,
      locationId: locationId as string | null,
    })),
    _links: { remove: { href, method: 'DELETE' } },
  };
}

export const overrideRoutes: Routes = [
  route(
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
  ),

  route(
    {
      operationId: 'createOverride',
      method: 'post',
      path: '/api/v1/doctors/{id}/availability/overrides',
      summary: 'Set other hours for a date',
      tag: 'Availability',
      access: 'manage:availability',
      description:
        'From yesterday to 730 days ahead. An empty list closes the date. Booked appointments stay until somebody moves or cancels them.',
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
  ),

  route(
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
  ),
];
