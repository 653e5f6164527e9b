/** The day of the clinic. */
import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import type { KnownActor } from '../../../../domain/shared/actor.ts';
import type { Interval } from '../../../../domain/shared/interval.ts';
import { formatInstant, type LocalDate } from '../../../../domain/shared/time.ts';
import { DEMO_IDS as DEMO } from '../../../app/demo-clinic.ts';
import { type DaySheet, readDaySheet } from '../../../app/scheduling/front-desk.ts';
import { knownActor } from '../../actor.ts';
import type { AppEnv } from '../../env.ts';
import { weekday } from '../../example.ts';
import { linkTo, pathTo } from '../../links.ts';
import { json, type Routes, route } from '../../router.ts';
import { calendarDate, idSchema, links } from '../../schemas.ts';
import {
  shownCode,
  shownDate,
  shownFullName,
  shownId,
  shownInstant,
  shownText,
  shownTime,
  shownZone,
} from '../../shown.ts';
import { doctorIdList } from './list-query.ts';
import { clinicAppointmentSchema, presentClinicAppointment } from './present-desk.ts';

const rangeSchema = z.object({ start: shownInstant, end: shownInstant });

const doctorDaySchema = z
  .object({
    doctorId: shownId,
    doctorName: shownFullName('Chidi Okafor'),
    timezone: shownZone,
    hours: z.array(rangeSchema).openapi({ description: 'The open time that starts on the date' }),
    appointments: z.array(clinicAppointmentSchema).openapi({ description: 'In any status, by start' }),
    appointmentCount: z.int().openapi({
      description: 'How many there are; when it is larger than `appointments`, the link `appointments` lists them all',
    }),
    holds: z.array(rangeSchema.extend({ id: shownId, type: shownCode('consultation'), expiresAt: shownInstant })),
    taken: z.array(rangeSchema).openapi({
      description:
        'When the doctor is busy: appointments and holds with their buffers, also those of patients whom the caller may not see; those that touch are one',
    }),
    absences: z.array(
      z.object({
        kind: z.enum(['time_off', 'override', 'holiday']),
        from: shownDate,
        until: shownDate,
        startTime: shownTime
          .nullable()
          .optional()
          .openapi({ description: 'Of time off: when it begins on the first date' }),
        endTime: shownTime.nullable().optional().openapi({ description: 'Of time off: when it ends on the last date' }),
        name: shownText(100, 'New Year').optional().openapi({ description: 'Of a holiday' }),
      }),
    ),
    free: z.array(rangeSchema).openapi({ description: 'Hours without taken time, from now on' }),
    types: z.array(
      z.object({
        type: shownCode('consultation'),
        freeSlots: z.int(),
        firstSlot: shownInstant.nullable(),
        waiting: z.int().openapi({ description: 'Entries of the waitlist that a free slot would fit' }),
      }),
    ),
    _links: links,
  })
  .openapi('DoctorDay');

const daySchema = z
  .object({ date: shownDate, doctors: z.array(doctorDaySchema), _links: links })
  .openapi('DaySheet', { description: 'The date is local in the zone of each doctor' });

function presentRange({ start, end }: Interval) {
  return { start: formatInstant(start), end: formatInstant(end) };
}

function presentDay(
  c: HonoContext<AppEnv>,
  actor: KnownActor,
  date: LocalDate,
  { schedule, day, appointments, appointmentCount }: DaySheet['doctors'][number],
  codes: ReadonlyMap<string, string>,
) {
  const { doctor, name, availability } = schedule;
  return {
    doctorId: doctor.id as string,
    doctorName: name,
    timezone: availability.timezone as string,
    hours: day.hours.map(presentRange),
    appointments: appointments.map((record) => presentClinicAppointment(c, actor, record)),
    appointmentCount,
    holds: day.holds.map((hold) => ({
      id: hold.id as string,
      type: codes.get(hold.appointmentTypeId) ?? '',
      ...presentRange(hold),
      expiresAt: formatInstant(hold.expiresAt),
    })),
    taken: day.taken.map(presentRange),
    absences: day.absences.map((absence) => ({
      ...absence,
      from: absence.from as string,
      until: absence.until as string,
    })),
    free: day.free.map(presentRange),
    types: day.types.map(({ type, freeSlots, firstSlot, waiting }) => ({
      type: type.code,
      freeSlots,
      firstSlot: firstSlot === null ? null : formatInstant(firstSlot),
      waiting,
    })),
    _links: {
      doctor: linkTo('getDoctor', { id: doctor.id }),
      appointments: { href: `${pathTo('listAppointments')}?doctorIds=${doctor.id}&from=${date}&to=${date}` },
      slots: { href: `${pathTo('listAvailableSlots')}?doctorId=${doctor.id}&date=${date}` },
    },
  };
}

export const daySheetRoutes: Routes = [
  route(
    {
      operationId: 'getClinicDay',
      method: 'get',
      path: '/api/v1/clinic/day',
      summary: 'Get the day of the clinic',
      tag: 'Front desk',
      access: 'read:patient_records',
      description:
        'For each doctor: hours, appointments with their patients, holds, absences, free time, and how many wait for what is free. ' +
        'Eight doctors at a time; `_links.next` leads to the others. Doctors see the appointments of own patients; of the other appointments of a ' +
        'colleague only the time shows, in `taken`. The reading is recorded once for each patient.',
      example: { as: 'doctor', query: { date: weekday(14), doctorIds: DEMO.okafor } },
      request: {
        query: z.object({
          date: calendarDate,
          doctorIds: doctorIdList.optional(),
          after: idSchema<'user'>('As given in `_links.next`: the last doctor of the sheet before').optional(),
        }),
      },
      responses: { 200: json(daySchema, 'The day') },
    },
    async (c) => {
      const actor = knownActor(c);
      const { date, doctorIds, after } = c.req.valid('query');
      const query = { date, doctorIds: doctorIds ?? null, after: after ?? null };
      const { doctors, types, continueAfter } = await readDaySheet(c.get('deps'), c.get('context'), actor, query);
      const codes = new Map<string, string>(types.map(({ id, code }) => [id, code]));
      const url = new URL(c.req.url);
      const self = { href: `${url.pathname}${url.search}` };
      if (continueAfter !== null) url.searchParams.set('after', continueAfter);
      const next = continueAfter === null ? {} : { next: { href: `${url.pathname}${url.search}` } };
      const body = {
        date: date as string,
        doctors: doctors.map((each) => presentDay(c, actor, date, each, codes)),
        _links: { self, ...next },
      };
      return c.json(body, 200);
    },
  ),
];
