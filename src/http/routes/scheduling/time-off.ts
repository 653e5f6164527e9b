/** Time off of doctors. */
import { z } from '@hono/zod-openapi';
import type { TimeOff } from '../../../../domain/scheduling/availability.ts';
import type { KnownActor } from '../../../../domain/shared/actor.ts';
import type { UserId } from '../../../../domain/shared/ids.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { type AffectedSummary, preview } from '../../../app/scheduling/affected.ts';
import { dropTimeOff, readTimeOff, takeTimeOff, timeOffCommand } from '../../../app/scheduling/time-off.ts';
import { knownActor } from '../../actor.ts';
import { answer } from '../../answer.ts';
import { earlier, weekday } from '../../example.ts';
import { permitted } from '../../links.ts';
import { pagedWhole } from '../../page.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { calendarDate, idSchema, links, localTime, pageOf, pageQuery, text } from '../../schemas.ts';
import { shownDate, shownId, shownText, shownTime } from '../../shown.ts';
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

const timeOffSchema = z
  .object({
    id: shownId,
    from: shownDate,
    until: shownDate,
    startTime: shownTime.nullable().openapi({ description: 'When it begins on the first date; null: with that date' }),
    endTime: shownTime.nullable().openapi({ description: 'When it ends on the last date; null: with that date' }),
    reason: shownText(200, 'Conference').nullable(),
    affected: affectedByIt,
    _links: links,
  })
  .openapi('TimeOff', {
    description: 'Absence on dates, both included, or on a part of them, in the zone of the doctor',
  });

function presentTimeOff(actor: KnownActor, doctorId: UserId, { id, from, until, startTime, endTime, reason }: TimeOff) {
  return {
    id: id as string,
    from: from as string,
    until: until as string,
    startTime: startTime as string | null,
    endTime: endTime as string | null,
    reason,
    _links: permitted(actor, { remove: ['deleteTimeOff', { id: doctorId, timeOffId: id }] }),
  };
}

export const timeOffRoutes: Routes = [
  route(
    {
      operationId: 'listTimeOff',
      method: 'get',
      path: '/api/v1/doctors/{id}/time-off',
      summary: 'List time off of a doctor',
      tag: 'Absences',
      access: 'manage:availability',
      description: 'For the clinic; doctors see their own.',
      example: { as: 'doctor', path: { id: DEMO.okafor } },
      request: { params: doctorParams, query: pageQuery },
      responses: { 200: json(pageOf(timeOffSchema), 'Not yet over, by first date') },
      refusals: ['doctor_not_found'],
    },
    async (c) => {
      const actor = knownActor(c);
      const { id } = c.req.valid('param');
      const timeOff = unwrap(await readTimeOff(c.get('deps'), c.get('context'), actor, id));
      return c.json(
        pagedWhole(
          c,
          timeOff,
          c.req.valid('query'),
          (each) => presentTimeOff(actor, id, each),
          (each) => [each.from, each.id],
        ),
        200,
      );
    },
  ),

  route(
    {
      operationId: 'createTimeOff',
      method: 'post',
      path: '/api/v1/doctors/{id}/time-off',
      summary: 'Enter time off',
      tag: 'Absences',
      access: 'manage:availability',
      description:
        'For dates that are not over and begin within 730 days; with `startTime` or `endTime` for a part of the first or last date. The same entry twice is 409. `affected` says what becomes of the appointments within it; a job settles them, 25 at a time.',
      example: {
        as: 'doctor',
        path: { id: DEMO.okafor },
        body: { from: weekday(150), until: weekday(152), reason: 'Conference' },
      },
      request: {
        params: doctorParams,
        query: dryRunQuery,
        body: jsonBody(
          z.strictObject({
            from: calendarDate,
            until: calendarDate,
            startTime: localTime.nullable().optional(),
            endTime: localTime.nullable().optional(),
            reason: text(200).optional(),
            affected: affectedBody.optional(),
          }),
        ),
      },
      responses: {
        200: PREVIEWED,
        201: json(timeOffSchema, 'Entered'),
      },
      refusals: ['doctor_not_found', 'invalid_fields', 'time_off_exists'],
    },
    async (c) => {
      const { id } = c.req.valid('param');
      const body = c.req.valid('json');
      const { affected: wanted, ...entered } = body;
      const input = { ...entered, reason: entered.reason || null };
      const [deps, context, actor] = [c.get('deps'), c.get('context'), knownActor(c)];
      const command = timeOffCommand(deps, context, actor, id, input, affectedInput(wanted));
      if (isDryRun(c.req.valid('query'))) {
        return c.json(presentEffect(c, actor, unwrap(await preview(deps, context, actor, command), detailsOf)), 200);
      }
      const present = (timeOff: TimeOff, summary: AffectedSummary) => ({
        ...presentTimeOff(actor, id, timeOff),
        affected: presentSummary(summary),
      });
      const created = unwrap(
        await takeTimeOff(deps, context, command, (timeOff, summary) => ({
          status: 201,
          body: present(timeOff, summary),
        })),
        detailsOf,
      );
      return c.json(answer<ReturnType<typeof present>>(c, created), 201);
    },
  ),

  route(
    {
      operationId: 'deleteTimeOff',
      method: 'delete',
      path: '/api/v1/doctors/{id}/time-off/{timeOffId}',
      summary: 'Remove time off',
      tag: 'Absences',
      access: 'manage:availability',
      example: {
        as: 'doctor',
        path: { id: DEMO.okafor, timeOffId: earlier('createTimeOff') },
        after: ['createTimeOff'],
      },
      request: { params: doctorParams.extend({ timeOffId: idSchema<'time_off'>('The time off') }) },
      responses: { 204: { description: 'Removed' } },
      refusals: ['doctor_not_found', 'time_off_not_found'],
    },
    async (c) => {
      const { id, timeOffId } = c.req.valid('param');
      unwrap(await dropTimeOff(c.get('deps'), c.get('context'), knownActor(c), id, timeOffId));
      return c.body(null, 204);
    },
  ),
];
