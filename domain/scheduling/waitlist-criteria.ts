/** What an entry of the waitlist asks for, and whether it can ever be served. */
import type { AppointmentTypeId, UserId } from '../shared/ids.ts';
import {
  dayNumber,
  daysBetween,
  type Instant,
  type LocalDate,
  MILLISECONDS_PER_DAY,
  MILLISECONDS_PER_MINUTE,
  MINUTES_PER_DAY,
  minuteOfDay,
} from '../shared/time.ts';
import { lastInstantAt, type ZoneId } from '../shared/zone.ts';
import { type AppointmentType, isOfferedBy } from './appointment-type.ts';
import { type LocalRange, minuteRange } from './availability.ts';
import { earliestStart } from './booking-window.ts';
import type { Doctor } from './doctor.ts';
import type { FieldError } from './field-errors.ts';

export interface WaitlistCriteria {
  readonly appointmentTypeId: AppointmentTypeId;
  /** The wanted doctor or specialty; both `null` for any doctor. */
  readonly doctorId: UserId | null;
  readonly specialty: string | null;
  /** Local dates in the doctor's zone, first and last included. */
  readonly from: LocalDate;
  readonly to: LocalDate;
  /** The time of day in which the whole appointment must lie; `null` for any. May end after midnight. */
  readonly dailyWindow: LocalRange | null;
}

/** Who could serve an entry. */
export interface Servers {
  readonly type: AppointmentType;
  /** The doctor whom the entry names; `null` for any. */
  readonly doctor: Pick<Doctor, 'id' | 'acceptingPatients' | 'specialty'> | null;
  /** The zones of the doctors who offer the type and have the wanted specialty; of the named one alone, if there is one. */
  readonly zones: readonly ZoneId[];
}

/** Length of the range from the first to the last date, in days. */
export const MAXIMUM_WAIT_DAYS = 366;

/** Why nothing can ever be offered: each error names the field to change. */
export function criteriaErrors(criteria: WaitlistCriteria, servers: Servers, now: Instant): readonly FieldError[] {
  const errors = [...datesErrors(criteria), ...serversErrors(criteria, servers), ...windowErrors(criteria, servers)];
  return errors.length > 0 ? errors : pastErrors(criteria, servers, now);
}

function datesErrors({ from, to }: WaitlistCriteria): FieldError[] {
  if (to < from) return [{ pointer: '/to', code: 'end_before_start', message: 'must not be before from' }];
  return daysBetween(from, to) >= MAXIMUM_WAIT_DAYS
    ? [{ pointer: '/to', code: 'out_of_range', message: `must be within ${MAXIMUM_WAIT_DAYS} days` }]
    : [];
}

/** Hours may leave the type out for the moment: that does not count, because they change. */
function serversErrors({ specialty }: WaitlistCriteria, { type, doctor, zones }: Servers): FieldError[] {
  if (doctor !== null && !isOfferedBy(type, doctor.id)) {
    return [{ pointer: '/doctorId', code: 'conflict', message: 'must be a doctor who offers the type' }];
  }
  if (doctor !== null && specialty !== null && doctor.specialty?.toLowerCase() !== specialty.toLowerCase()) {
    return [
      { pointer: '/specialty', code: 'conflict', message: 'must be the specialty of the doctor, or be left out' },
    ];
  }
  if (zones.length > 0) return [];
  return [
    specialty === null
      ? { pointer: '/type', code: 'conflict', message: 'must be a type that a doctor offers' }
      : { pointer: '/specialty', code: 'conflict', message: 'must be the specialty of a doctor who offers the type' },
  ];
}

function windowErrors({ dailyWindow }: WaitlistCriteria, { type }: Servers): FieldError[] {
  if (dailyWindow === null) return [];
  const { start, end } = minuteRange(dailyWindow);
  const { durationMinutes, sameDayFrom, minimumNoticeMinutes } = type;
  if (end - start < durationMinutes) {
    return [
      { pointer: '/dailyWindow', code: 'out_of_range', message: `must last ${durationMinutes} minutes at least` },
    ];
  }
  // A window that goes on after midnight begins again with the date.
  const opens = sameDayFrom === null ? 0 : minuteOfDay(sameDayFrom) + minimumNoticeMinutes;
  return latestMinute(dailyWindow, type) < opens
    ? [{ pointer: '/dailyWindow', code: 'out_of_range', message: 'must go on after the type can be booked on the day' }]
    : [];
}

/** The last minute of a date at which an appointment in the window can start. */
function latestMinute(dailyWindow: LocalRange | null, { durationMinutes }: AppointmentType): number {
  const last = dailyWindow === null ? MINUTES_PER_DAY : minuteRange(dailyWindow).end - durationMinutes;
  return Math.min(last, MINUTES_PER_DAY - 1);
}

/** The horizon of a type moves on with the days, so no date is too far ahead. */
function pastErrors(criteria: WaitlistCriteria, { type, zones }: Servers, now: Instant): FieldError[] {
  const last = dayNumber(criteria.to) * MILLISECONDS_PER_DAY;
  const reading = last + latestMinute(criteria.dailyWindow, type) * MILLISECONDS_PER_MINUTE;
  const latest = Math.max(...zones.map((zone) => lastInstantAt(zone, reading)));
  if (latest >= earliestStart(type, now)) return [];
  const message =
    latest < now ? 'must not be past' : `must leave the notice of the type, ${type.minimumNoticeMinutes} minutes`;
  return [{ pointer: '/to', code: 'out_of_range', message }];
}
