/** Dates on which a doctor has other hours than the weekly ones. */
import { z } from '@hono/zod-openapi';
import type { KnownActor } from '../../../../domain/shared/actor.ts';
import type { UserId } from '../../../../domain/shared/ids.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { type AffectedSummary, effectOf, preview } from '../../../app/scheduling/affected.ts';
import { mayManage, shownDates } from '../../../app/scheduling/availability.ts';
import {
  overrideCommand,
  overrideDate,
  readOverride,
  replaceOverrideCommand,
  type SavedOverride,
} from '../../../app/scheduling/availability-exceptions.ts';
import { knownActor } from '../../actor.ts';
import { answer } from '../../answer.ts';
import { list, rawText } from '../../bounds.ts';
import { expectedVersion, sendVersioned } from '../../etag.ts';
import { earlier, weekday } from '../../example.ts';
import { linkTo, permitted } from '../../links.ts';
import { pagedWhole } from '../../page.ts';
import { Problem } from '../../problems.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { calendarDate, idSchema, links, localTime, pageOf, pageQuery, rangeEnd } from '../../schemas.ts';
import { shownCode, shownDate, shownId, shownRangeEnd, shownTime } from '../../shown.ts';
import {
  affectedBody,
  affectedByIt,
  affectedInput,
  dryRunQuery,
  isDryRun,
  PREVIEWED,
  presentEffect,
  presentSummary,
} from './affected.ts';
import { doctorParams } from './present.ts';
import { detailsOf } from './refusals.ts';

const range = z.strictObject({
  start: localTime,
  end: rangeEnd,
  locationId: idSchema<'location'>('Where, in the timezone of the hours').nullable().optional(),
  appointmentTypes: list(rawText(40), 50).nullable().optional().openapi({ description: 'Codes; left out for all' }),
});

const overrideBody = z.strictObject({
  affected: affectedBody.optional(),
  date: calendarDate,
  available: list(range, 24),
  endsNightBefore: z.boolean().optional().openapi({
    description:
      'Whether hours that start on the evening before end at midnight. Default: false, they go on until their end',
  }),
});

const overrideSchema = z
  .object({
    id: shownId,
    date: shownDate,
    available: z.array(
      z.object({
        start: shownTime,
        end: shownRangeEnd,
        locationId: shownId.nullable(),
        appointmentTypes: z.array(shownCode('consultation')).nullable(),
      }),
    ),
    endsNightBefore: z.boolean(),
    affected: affectedByIt,
    version: z.int().openapi({ description: 'Of all hours of the doctor together' }),
    _links: links,
  })
  .openapi('AvailabilityOverride', {
    description: 'The hours of one date instead of the weekly hours; an empty list: closed',
  });

export const overrideParams = doctorParams.extend({ overrideId: idSchema<'availability_override'>('The override') });

function presentOverride(actor: KnownActor, doctorId: UserId, { override, types, version }: SavedOverride) {
  const { id, date, available, endsNightBefore } = override;
  const place = { id: doctorId, overrideId: id };
  const codes = new Map(types.map((type) => [type.id, type.code]));
  return {
    id: id as string,
    date: date as string,
    available: available.map(({ start, end, locationId, appointmentTypeIds }) => ({
      start: start as string,
      end: end as string,
      locationId: locationId as string | null,
      appointmentTypes:
        appointmentTypeIds?.map((typeId) => codes.get(typeId) ?? '').filter((code) => code !== '') ?? null,
    })),
    endsNightBefore,
    version,
    _links: {
      self: linkTo('getOverride', place),
      ...(mayManage(actor, doctorId)
        ? permitted(actor, {
            replace: ['updateOverride', place],
            remove: ['removeOverride', place],
          })
        : {}),
    },
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
      const actor = knownActor(c);
      const { database, loads } = c.get('deps');
      const { id } = c.req.valid('param');
      const [availability, types] = await database.load(
        loads.scheduling.availability(id, shownDates(c.get('context').now)),
        loads.scheduling.appointmentTypes(),
      );
      if (availability === undefined) throw new Problem({ code: 'doctor_not_found' });
      return c.json(
        pagedWhole(
          c,
          availability.overrides,
          c.req.valid('query'),
          (override) => presentOverride(actor, id, { override, types, version: availability.version }),
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
      versioned: true,
      description:
        'From yesterday to 730 days ahead. An empty list closes the date. `affected` says what becomes of the appointments that lose their time.',
      example: {
        as: 'admin',
        path: { id: DEMO.okafor },
        body: { date: weekday(100), available: [{ start: '10:00', end: '12:00' }] },
      },
      request: {
        params: doctorParams,
        query: dryRunQuery,
        body: jsonBody(overrideBody),
      },
      responses: { 200: PREVIEWED, 201: json(overrideSchema, 'Set') },
      refusals: ['doctor_not_found', 'invalid_fields', 'override_exists'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const [deps, context, actor] = [c.get('deps'), c.get('context'), knownActor(c)];
      const { affected, ...input } = c.req.valid('json');
      const command = overrideCommand(deps, context, actor, id, input, affectedInput(affected));
      if (isDryRun(c.req.valid('query'))) {
        return c.json(presentEffect(c, actor, unwrap(await preview(deps, context, actor, command), detailsOf)), 200);
      }
      const present = (saved: SavedOverride, summary: AffectedSummary) => ({
        ...presentOverride(actor, id, saved),
        affected: presentSummary(summary),
      });
      const created = unwrap(
        await overrideDate(deps, context, command, (saved, summary) => ({
          status: 201,
          body: present(saved, summary),
        })),
        detailsOf,
      );
      return c.json(answer<ReturnType<typeof present>>(c, created), 201);
    },
  ),

  route(
    {
      operationId: 'getOverride',
      method: 'get',
      path: '/api/v1/doctors/{id}/availability/overrides/{overrideId}',
      summary: 'Get other hours of a date',
      tag: 'Availability',
      access: 'read:directory',
      versioned: true,
      example: {
        as: 'patient',
        path: { id: DEMO.okafor, overrideId: earlier('createOverride') },
        after: ['createOverride'],
      },
      request: { params: overrideParams },
      responses: { 200: json(overrideSchema, 'The hours of the date') },
      refusals: ['doctor_not_found', 'override_not_found'],
    },
    async (c) => {
      const { id, overrideId } = c.req.valid('param');
      const found = unwrap(await readOverride(c.get('deps'), c.get('context'), id, overrideId));
      return sendVersioned(c, found.version, presentOverride(knownActor(c), id, found));
    },
  ),

  route(
    {
      operationId: 'updateOverride',
      method: 'put',
      path: '/api/v1/doctors/{id}/availability/overrides/{overrideId}',
      summary: 'Replace other hours of a date',
      tag: 'Availability',
      access: 'manage:availability',
      ifMatch: 'optional',
      versioned: true,
      description:
        'In one step, so that the date is never without hours. The ETag is the version of all hours of the doctor: with If-Match, only if nobody changed any of them meanwhile.',
      example: {
        as: 'admin',
        path: { id: DEMO.okafor, overrideId: earlier('createOverride') },
        after: ['createOverride'],
        body: { date: weekday(100), available: [{ start: '10:00', end: '13:00', appointmentTypes: ['consultation'] }] },
      },
      request: { params: overrideParams, query: dryRunQuery, body: jsonBody(overrideBody) },
      responses: { 200: json(overrideSchema, 'As it is now; with dryRun as it would be') },
      refusals: ['doctor_not_found', 'override_not_found', 'invalid_fields', 'override_exists'],
    },
    async (c) => {
      const expected = expectedVersion(c);
      const { id, overrideId } = c.req.valid('param');
      const [deps, context, actor] = [c.get('deps'), c.get('context'), knownActor(c)];
      const { affected, ...input } = c.req.valid('json');
      const command = replaceOverrideCommand(
        ...([deps, context, actor, id, overrideId, input, affectedInput(affected), expected] as const),
      );
      const dryRun = isDryRun(c.req.valid('query'));
      const effect = unwrap(await effectOf(deps, context, actor, command, dryRun), detailsOf);
      const { made } = effect.value;
      const body = { ...presentOverride(actor, id, made), affected: presentEffect(c, actor, effect) };
      return dryRun ? c.json(body, 200) : sendVersioned(c, made.version, body);
    },
  ),
];
