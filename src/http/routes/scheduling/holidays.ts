/** Holidays of the clinic. */
import { z } from '@hono/zod-openapi';
import type { ClinicHoliday } from '../../../../domain/scheduling/clinic-holiday.ts';
import type { KnownActor } from '../../../../domain/shared/actor.ts';
import { type AffectedSummary, preview } from '../../../app/scheduling/affected.ts';
import { shownDates } from '../../../app/scheduling/availability.ts';
import {
  enterHolidays,
  holidayCommand,
  mayEnterHolidays,
  removeClinicHoliday,
} from '../../../app/scheduling/clinic-holidays.ts';
import { knownActor } from '../../actor.ts';
import { answer } from '../../answer.ts';
import { earlier, weekday } from '../../example.ts';
import { permitted } from '../../links.ts';
import { pagedWhole } from '../../page.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { calendarDate, line, links, pageOf, pageQuery, targetId } from '../../schemas.ts';
import { shownDate, shownId, shownText } from '../../shown.ts';
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
import { detailsOf } from './refusals.ts';

export const holidaySchema = z
  .object({
    id: shownId,
    from: shownDate,
    until: shownDate,
    name: shownText(200, 'Christmas'),
    yearly: z.boolean().openapi({ description: 'Whether it recurs on the same dates of every year' }),
    yearlyUntil: shownDate
      .nullable()
      .openapi({ description: 'The last date on which a recurrence may begin; null for no end' }),
    affected: affectedByIt,
    _links: links,
  })
  .openapi('ClinicHoliday', { description: 'Dates on which the whole clinic is closed, both included' });

export function presentDates({ from, until, name, yearly, yearlyUntil }: Omit<ClinicHoliday, 'id'>) {
  return {
    from: from as string,
    until: until as string,
    name,
    yearly,
    yearlyUntil: yearlyUntil as string | null,
  };
}

function presentHoliday(actor: KnownActor, holiday: ClinicHoliday) {
  const { id } = holiday;
  return {
    id: id as string,
    ...presentDates(holiday),
    _links: mayEnterHolidays(actor) ? permitted(actor, { remove: ['deleteHoliday', { id }] }) : {},
  };
}

export const holidayRoutes: Routes = [
  route(
    {
      operationId: 'listHolidays',
      method: 'get',
      path: '/api/v1/clinic/holidays',
      summary: 'List holidays of the clinic',
      tag: 'Absences',
      access: 'read:directory',
      example: { as: 'patient' },
      request: { query: pageQuery },
      responses: { 200: json(pageOf(holidaySchema), 'Not yet over, by first date') },
    },
    async (c) => {
      const actor = knownActor(c);
      const { database, loads } = c.get('deps');
      const [holidays] = await database.load(loads.scheduling.holidays(shownDates(c.get('context').now)));
      return c.json(
        pagedWhole(
          c,
          holidays,
          c.req.valid('query'),
          (holiday) => presentHoliday(actor, holiday),
          ({ from, id }) => [from, id],
        ),
        200,
      );
    },
  ),

  route(
    {
      operationId: 'createHoliday',
      method: 'post',
      path: '/api/v1/clinic/holidays',
      summary: 'Enter a holiday of the clinic',
      tag: 'Absences',
      access: 'manage:availability',
      description:
        'By staff and administrators, for dates that are not over and begin within 730 days. An override of a doctor takes precedence. The same dates under the same name twice are 409. `affected` says what becomes of the appointments of all doctors on these dates.',
      example: { as: 'admin', body: { from: weekday(200), until: weekday(200), name: 'Day of the clinic' } },
      request: {
        query: dryRunQuery,
        body: jsonBody(
          z.strictObject({
            from: calendarDate,
            until: calendarDate,
            name: line(100, 1),
            yearly: z.boolean().optional().openapi({ description: 'Default: false. At most 31 days then' }),
            yearlyUntil: calendarDate.nullable().optional(),
            affected: affectedBody.omit({ doctorId: true }).optional(),
          }),
        ),
      },
      responses: { 200: PREVIEWED, 201: json(holidaySchema, 'Added') },
      refusals: ['invalid_fields', 'action_not_permitted', 'holiday_exists'],
    },
    async (c) => {
      const [deps, context, actor] = [c.get('deps'), c.get('context'), knownActor(c)];
      const { affected, ...input } = c.req.valid('json');
      const command = holidayCommand(deps, context, actor, input, affectedInput(affected));
      if (isDryRun(c.req.valid('query'))) {
        return c.json(presentEffect(c, actor, unwrap(await preview(deps, context, actor, command), detailsOf)), 200);
      }
      const present = (holiday: ClinicHoliday, summary: AffectedSummary) => ({
        ...presentHoliday(actor, holiday),
        affected: presentSummary(summary),
      });
      const created = unwrap(
        await enterHolidays(deps, context, command, ({ holidays, summary }) => ({
          status: 201,
          body: holidays.map((holiday) => present(holiday, summary))[0],
        })),
        detailsOf,
      );
      return c.json(answer<ReturnType<typeof present>>(c, created), 201);
    },
  ),

  route(
    {
      operationId: 'deleteHoliday',
      method: 'delete',
      path: '/api/v1/clinic/holidays/{id}',
      summary: 'Remove a holiday of the clinic',
      tag: 'Absences',
      access: 'manage:availability',
      example: { as: 'admin', path: { id: earlier('createHoliday') }, after: ['createHoliday'] },
      request: { params: z.object({ id: targetId('clinic_holiday', 'The holiday') }) },
      responses: { 204: { description: 'Removed' } },
      refusals: ['action_not_permitted', 'holiday_not_found'],
    },
    async (c) => {
      unwrap(await removeClinicHoliday(c.get('deps'), c.get('context'), knownActor(c), c.req.valid('param').id));
      return c.body(null, 204);
    },
  ),
];
