/** The day of one doctor as the front desk sees it. Free time comes from the same rules as slots. */
import type { AppointmentTypeId, HoldId } from '../shared/ids.ts';
import { type Interval, type IntervalSet, normalise, without } from '../shared/interval.ts';
import type { Instant, LocalDate } from '../shared/time.ts';
import { localDateAt, periodsOf } from '../shared/zone.ts';
import { type AppointmentType, endOf } from './appointment-type.ts';
import type { Availability, TimeOff } from './availability.ts';
import type { BusyTime } from './busy-time.ts';
import { openTime } from './hours.ts';
import type { DoctorSchedule } from './ports.ts';
import type { ResourceState } from './resource-choice.ts';
import { availableSlots } from './slots.ts';
import type { WaitlistEntry } from './waitlist.ts';
import { fits } from './waitlist-matching.ts';

/** A time that somebody holds while booking, without its buffers. */
export interface HeldTime extends Interval {
  readonly id: HoldId;
  readonly appointmentTypeId: AppointmentTypeId;
  readonly expiresAt: Instant;
}

/** What replaces the weekly hours of the date. Dates are local, first and last included. */
export type DayAbsence =
  | ({ readonly kind: 'time_off' } & Pick<TimeOff, 'from' | 'until' | 'startTime' | 'endTime'>)
  | { readonly kind: 'override'; readonly from: LocalDate; readonly until: LocalDate }
  | { readonly kind: 'holiday'; readonly from: LocalDate; readonly until: LocalDate; readonly name: string };

/** What of a type is still free on the date, and how many entries of the waitlist a free slot of it would fit. */
export interface TypeOnDay {
  readonly type: AppointmentType;
  readonly freeSlots: number;
  readonly firstSlot: Instant | null;
  readonly waiting: number;
}

export interface DoctorDay {
  /** The open time that starts on the date. */
  readonly hours: IntervalSet;
  readonly holds: readonly HeldTime[];
  /** Appointments and live holds with their buffers, those that touch as one. They say nothing of whose they are. */
  readonly taken: IntervalSet;
  readonly absences: readonly DayAbsence[];
  /** Hours without taken time, from `now` on. */
  readonly free: IntervalSet;
  /** The active types that the doctor offers on the date. */
  readonly types: readonly TypeOnDay[];
}

export interface DayContext {
  readonly date: LocalDate;
  readonly now: Instant;
  readonly types: readonly AppointmentType[];
  /** Entries that wait and whose dates include the date. */
  readonly waiting: readonly WaitlistEntry[];
  /** The rooms and devices that active types require, where these doctors work, with their busy times on the date. */
  readonly resources: ResourceState;
}

export function dayOf(schedule: DoctorSchedule, { date, now, types, waiting, resources }: DayContext): DoctorDay {
  const { availability, busy } = schedule;
  const offered = types
    .filter(({ active }) => active)
    .map((type) => ({ type, open: openTime(availability, type.id, date, date) }))
    .filter(({ open }) => open.length > 0);
  const hours = normalise(offered.flatMap(({ open }) => open).sort((a, b) => a.start - b.start));
  // The date, and the hours that go on after its midnight.
  const shown = normalise([...periodsOf(availability.timezone, date), ...hours]);
  const standing = busy.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
  return {
    hours,
    holds: holdsOn(standing, schedule, date, types),
    taken: without(shown, without(shown, standing)),
    absences: absencesOn(availability, date),
    free: without(hours, [...standing, { start: Number.NEGATIVE_INFINITY, end: now }]),
    types: offered.map(({ type }) => typeOnDay(schedule, type, { date, now, waiting, resources })),
  };
}

function typeOnDay(
  { doctor, availability, busy }: DoctorSchedule,
  type: AppointmentType,
  { date, now, waiting, resources }: Omit<DayContext, 'types'>,
): TypeOnDay {
  const slots = availableSlots({ availability, type, from: date, to: date, now, busy, resources });
  const fitting = waiting.filter(
    (entry) =>
      entry.appointmentTypeId === type.id && slots.some((slot) => fits(entry, slot, doctor, availability.timezone)),
  );
  return { type, freeSlots: slots.length, firstSlot: slots[0]?.start ?? null, waiting: fitting.length };
}

function holdsOn(
  standing: readonly BusyTime[],
  { availability }: DoctorSchedule,
  date: LocalDate,
  types: readonly AppointmentType[],
): readonly HeldTime[] {
  return standing
    .flatMap(({ sourceId, appointmentTypeId, startsAt, expiresAt }) => {
      const type = types.find(({ id }) => id === appointmentTypeId);
      if (expiresAt === null || type === undefined || localDateAt(availability.timezone, startsAt) !== date) return [];
      return [{ id: sourceId as HoldId, appointmentTypeId, start: startsAt, end: endOf(type, startsAt), expiresAt }];
    })
    .sort((a, b) => a.start - b.start);
}

function absencesOn({ timeOff, overrides, holidays }: Availability, date: LocalDate): readonly DayAbsence[] {
  const isOn = ({ from, until }: { readonly from: LocalDate; readonly until: LocalDate }) =>
    from <= date && date <= until;
  return [
    ...timeOff
      .filter(isOn)
      .map(({ from, until, startTime, endTime }) => ({ kind: 'time_off', from, until, startTime, endTime }) as const),
    ...overrides
      .filter((override) => override.date === date)
      .map(() => ({ kind: 'override', from: date, until: date }) as const),
    ...holidays.filter(isOn).map(({ from, until, name }) => ({ kind: 'holiday', from, until, name }) as const),
  ];
}
