/** Appointments that repeat. */

import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { VISIT_MODES } from '../../../../domain/scheduling/visit-mode.ts';
import type { KnownActor } from '../../../../domain/shared/actor.ts';
import type { Weekday } from '../../../../domain/shared/time.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { type BookedSeriesRecord, bookAppointmentSeries } from '../../../app/scheduling/series.ts';
import { knownActor } from '../../actor.ts';
import { answer } from '../../answer.ts';
import { list } from '../../bounds.ts';
import { SLOT_REASON_CODES } from '../../document/slot-reasons.ts';
import type { AppEnv } from '../../env.ts';
import { weekday } from '../../example.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { calendarDate, idSchema, line, localTime, text } from '../../schemas.ts';
import { shownDate, shownId } from '../../shown.ts';
import { additionalDoctors, additionalDoctorsField } from './additional-doctors.ts';
import { channelField, reachedBy } from './channel.ts';
import { appointmentSchema, bookingParty, presentAppointment } from './present.ts';
import { detailsAt } from './refusals.ts';

const seriesSchema = z
  .object({
    id: shownId,
    frequency: z.enum(['daily', 'weekly', 'monthly']),
    interval: z.int(),
    count: z.int().openapi({ description: 'The number of dates, those that were left out included' }),
    weekdays: z.array(z.int()).nullable(),
    until: shownDate.nullable(),
    appointments: z.array(appointmentSchema),
    skipped: z.array(z.object({ index: z.int(), date: shownDate, reasons: z.array(z.enum(SLOT_REASON_CODES)) })),
  })
  .openapi('AppointmentSeries', { description: 'skipped: the dates that could not be booked, by index from 0' });

function presentSeries(c: HonoContext<AppEnv>, actor: KnownActor, booked: BookedSeriesRecord) {
  const { series, appointments, skipped } = booked;
  return {
    id: series.id as string,
    frequency: series.recurrence.frequency,
    interval: series.recurrence.interval,
    count: series.occurrences,
    weekdays: series.recurrence.weekdays === null ? null : [...series.recurrence.weekdays],
    until: series.recurrence.until as string | null,
    appointments: appointments.map((record) => presentAppointment(c, actor, record)),
    skipped: skipped.map(({ index, date, reasons }) => ({
      index,
      date: date as string,
      reasons: reasons.map(({ code }) => code),
    })),
  };
}

export const seriesRoutes: Routes = [
  route(
    {
      operationId: 'bookSeries',
      method: 'post',
      path: '/api/v1/appointments/series',
      summary: 'Book a series of appointments',
      tag: 'Appointments',
      access: ['book:own_appointment', 'book:patient_appointment'],
      description:
        'Repeats every `interval` days, weeks or months at the same wall-clock time, on several weekdays if wanted, `count` times or `until` a date. With mode `all_or_nothing`, one date that cannot be booked refuses the series; with `free_ones` it is left out. Additional doctors take part on every date, and a date on which one of them is not free cannot be booked.',
      example: {
        as: 'admin',
        body: {
          doctorId: DEMO.okafor,
          appointmentDate: weekday(28),
          startTime: '14:00',
          appointmentType: 'consultation',
          frequency: 'weekly',
          count: 3,
          patientId: DEMO.patient,
          notes: 'Dressings to be changed once a week',
        },
      },
      request: {
        body: jsonBody(
          z.strictObject({
            doctorId: idSchema<'user'>('The doctor'),
            ...additionalDoctorsField,
            appointmentDate: calendarDate.openapi({ description: 'The first date' }),
            startTime: localTime,
            appointmentType: line(40, 1),
            frequency: z.enum(['daily', 'weekly', 'monthly']),
            interval: z.int().min(1).max(99).default(1),
            weekdays: list(z.int().min(1).max(7), 7, 1).optional().openapi({
              description: 'For weekly: 1 (Monday) to 7, that of the first date among them. Default: that one',
            }),
            count: z.int().min(2).max(52).optional().openapi({ description: 'How many dates; or give until' }),
            until: calendarDate.optional().openapi({ description: 'The last possible date; 52 dates at most' }),
            mode: z.enum(['all_or_nothing', 'free_ones']).default('all_or_nothing'),
            visitMode: z.enum(VISIT_MODES).optional().openapi({ description: 'Default: the first of the type' }),
            reason: text(1000).optional(),
            symptoms: text(2000).optional(),
            notes: text(4000).optional().openapi({ description: 'The clinic’s' }),
            ...channelField,
            patientId: idSchema<'user'>('For whom; staff, doctors and proxies').optional(),
          }),
        ),
      },
      responses: { 201: json(seriesSchema, 'Booked') },
      refusals: [
        'series_unavailable',
        'birth_date_required',
        'invalid_fields',
        'doctor_not_found',
        'action_not_permitted',
        'not_found',
      ],
    },
    async (c) => {
      const actor = knownActor(c);
      const body = c.req.valid('json');
      const recurrence = {
        frequency: body.frequency,
        interval: body.interval,
        weekdays: body.weekdays === undefined ? null : ([...new Set(body.weekdays)].sort() as Weekday[]),
        count: body.count ?? null,
        until: body.until ?? null,
      };
      const input = {
        doctorId: body.doctorId,
        typeCode: body.appointmentType,
        patientId: bookingParty(actor, body),
        additionalDoctorIds: additionalDoctors(actor, body),
        firstDate: body.appointmentDate,
        startTime: body.startTime,
        recurrence,
        mode: body.mode,
        reason: body.reason || null,
        symptoms: body.symptoms || null,
        visitMode: body.visitMode ?? null,
        notes: body.notes || null,
      };
      const booked = unwrap(
        await bookAppointmentSeries(c.get('deps'), reachedBy(c, body.channel), actor, input, (record) => ({
          status: 201,
          body: presentSeries(c, actor, record),
        })),
        detailsAt('/appointmentType'),
      );
      return c.json(answer<ReturnType<typeof presentSeries>>(c, booked), 201);
    },
  ),
];
