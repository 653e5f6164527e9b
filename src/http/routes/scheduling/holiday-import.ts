/** Holidays of the clinic from an iCalendar list. */
import { z } from '@hono/zod-openapi';
import type { ClinicHoliday } from '../../../../domain/scheduling/clinic-holiday.ts';
import { LINE_FAULTS, type LineError } from '../../../../domain/scheduling/holiday-list.ts';
import { preview } from '../../../app/scheduling/affected.ts';
import { enterHolidays, importCommand } from '../../../app/scheduling/clinic-holidays.ts';
import { knownActor } from '../../actor.ts';
import { answer } from '../../answer.ts';
import { rawText } from '../../bounds.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { shownText } from '../../shown.ts';
import { affectedBody, affectedInput, affectedSchema, dryRunQuery, isDryRun, presentEffect } from './affected.ts';
import { holidaySchema, presentDates } from './holidays.ts';
import { detailsOf } from './refusals.ts';

const importSchema = z
  .object({
    holidays: z.array(holidaySchema.pick({ from: true, until: true, name: true, yearly: true, yearlyUntil: true })),
    unchanged: z.int().openapi({ description: 'How many were there already, with the same dates and name' }),
    past: z.int().openapi({ description: 'How many are over, and were left out' }),
    errors: z.array(
      z.object({
        line: z.int().openapi({ description: 'Of the list, from 1 on' }),
        code: z.enum(LINE_FAULTS),
        message: shownText(500, 'expected a date as DTSTART'),
      }),
    ),
    affected: affectedSchema,
  })
  .openapi('HolidayImport', { description: 'What was entered of a list, and what could not be read' });

const EXAMPLE = [
  'BEGIN:VCALENDAR',
  'VERSION:2.0',
  'PRODID:-//example//holidays//EN',
  'BEGIN:VEVENT',
  'UID:christmas@example.org',
  'DTSTART;VALUE=DATE:20251225',
  'DTEND;VALUE=DATE:20251227',
  'RRULE:FREQ=YEARLY',
  'SUMMARY:Christmas',
  'END:VEVENT',
  'END:VCALENDAR',
].join('\r\n');

export const holidayImportRoutes: Routes = [
  route(
    {
      operationId: 'importHolidays',
      method: 'post',
      path: '/api/v1/clinic/holidays/import',
      summary: 'Enter holidays of the clinic from a list',
      tag: 'Absences',
      access: 'manage:availability',
      description:
        'An iCalendar list of events of whole days (RFC 5545): once, or every year on the same date (`RRULE:FREQ=YEARLY`, with `UNTIL` or `COUNT` at most). At most 300 events. What cannot be read is named by line in `errors`, and the rest is entered; a list of which nothing can be read is refused. Holidays that are there already are left as they are, so that a list can be imported again.',
      example: { as: 'admin', body: { calendar: EXAMPLE } },
      request: {
        query: dryRunQuery,
        body: jsonBody(
          z.strictObject({
            calendar: rawText(60_000),
            affected: affectedBody.omit({ doctorId: true }).optional(),
          }),
        ),
      },
      responses: {
        200: json(importSchema, 'With dryRun: what would be entered, and who is affected. Nothing is changed'),
        201: json(importSchema, 'Entered'),
      },
      refusals: ['invalid_fields', 'action_not_permitted'],
    },
    async (c) => {
      const [deps, context, actor] = [c.get('deps'), c.get('context'), knownActor(c)];
      const { calendar, affected } = c.req.valid('json');
      const { command, past, errors } = importCommand(deps, context, actor, calendar, affectedInput(affected));
      if (isDryRun(c.req.valid('query'))) {
        const effect = unwrap(await preview(deps, context, actor, command), detailsOf);
        return c.json({ ...presentImport(effect.value, past, errors), affected: presentEffect(c, actor, effect) }, 200);
      }
      const entered = unwrap(
        await enterHolidays(deps, context, command, (value) => ({
          status: 201,
          body: {
            ...presentImport(value, past, errors),
            affected: presentEffect(c, actor, { value, appointments: null }),
          },
        })),
        detailsOf,
      );
      return c.json(answer<z.infer<typeof importSchema>>(c, entered), 201);
    },
  ),
];

function presentImport(
  { holidays, unchanged }: { readonly holidays: readonly ClinicHoliday[]; readonly unchanged: number },
  past: number,
  errors: readonly LineError[],
) {
  return { holidays: holidays.map(presentDates), unchanged, past, errors: errors.map((error) => ({ ...error })) };
}
