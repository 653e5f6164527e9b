/**
 * When a doctor works. Hours are wall-clock rules in the doctor's zone. They are converted to instants only when they are
 * read (`hours.ts`), so that a change of the zone's offset moves the instants and not the hours.
 *
 * The hours that start on a local date come from the first of these that applies: time off (no hours), an override (its
 * hours, or none), a clinic holiday (no hours), the weekly rules valid on that date.
 *
 * - A range whose end is not after its start ends on the next day; equal start and end make 24 hours.
 * - A range belongs to the date that it starts on. One that ends after midnight is not cut by an override of the next date,
 *   unless that says so (`endsNightBefore`). Time off and a holiday are absences: they end the evening before at midnight.
 * - Time off within a day takes its time out of the hours; their grid stays as it is.
 * - The edge of a range is the first instant at which clocks show its time or a later one. In a gap that is the moment
 *   clocks are set forward, in a fold the first of the two readings (as RFC 5545 section 3.3.5 reads a local time). A range
 *   over the whole fold is therefore an hour longer; a range within the fold is not repeated.
 * - A doctor is at one location at a time: hours end where hours at another location begin.
 * - Breaks are the times between the ranges of a day.
 */
import type { AppointmentTypeId, AvailabilityOverrideId, UserId } from '../shared/ids.ts';
import type { Interval } from '../shared/interval.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import {
  type Instant,
  type LocalDate,
  type LocalTime,
  MINUTES_PER_DAY,
  minuteOfDay,
  type Weekday,
} from '../shared/time.ts';
import { type ExpectedVersion, type StaleVersion, staleness } from '../shared/version.ts';
import type { ZoneId } from '../shared/zone.ts';
import type { ClosedDates } from './clinic-holiday.ts';
import type { TimeOffId } from './ids.ts';
import type { LocationId } from './location.ts';

/** Wall-clock hours. `end` may be `24:00`; an `end` that is not after `start` is on the next day. */
export interface LocalRange {
  readonly start: LocalTime;
  readonly end: LocalTime;
}

/** Hours at a location. */
export interface LocatedRange extends LocalRange {
  /** `null`: no location is known, and no room can be taken. */
  readonly locationId: LocationId | null;
}

export interface WeeklyRule extends LocatedRange {
  /** The day the range starts on. */
  readonly weekday: Weekday;
  /** Which types these hours are for; `null` for all. */
  readonly appointmentTypeIds: readonly AppointmentTypeId[] | null;
  /** First and last local date on which the range may start, both included; `null` for no bound. */
  readonly validFrom: LocalDate | null;
  readonly validUntil: LocalDate | null;
}

/** The rules of a week with the first opening as of each weekday, made by {@link weekOf}. */
export interface Week {
  readonly rules: readonly WeeklyRule[];
  /**
   * For each weekday, Monday first: minutes from the midnight that begins it to the first open hours, of any type and
   * validity; 0 when hours continue past that midnight. The minutes of a whole week when there are no rules.
   */
  readonly opens: readonly number[];
}

export function weekOf(rules: readonly WeeklyRule[]): Week {
  const opens = Array.from({ length: 7 }, () => 7 * MINUTES_PER_DAY);
  for (const rule of rules) {
    const { start, end } = minuteRange(rule);
    for (let ahead = 0; ahead < 7; ahead++) {
      const day = (rule.weekday + 6 - ahead) % 7;
      // A range of the day before may end after midnight.
      const minutes = ahead === 6 && end > MINUTES_PER_DAY ? 0 : ahead * MINUTES_PER_DAY + start;
      opens[day] = Math.min(opens[day] ?? minutes, minutes);
    }
  }
  return { rules, opens };
}

/** Minutes from the midnight that begins the date; the end is after the start and at most 2,880. */
export interface MinuteRange {
  readonly start: number;
  readonly end: number;
}

/** Minutes at a location. */
export interface LocatedMinutes extends MinuteRange {
  readonly locationId: LocationId | null;
}

export function locatedMinutes(range: LocatedRange): LocatedMinutes {
  return { ...minuteRange(range), locationId: range.locationId };
}

export function minuteRange(range: LocalRange): MinuteRange {
  const start = minuteOfDay(range.start);
  const end = minuteOfDay(range.end);
  return { start, end: end > start ? end : end + MINUTES_PER_DAY };
}

/** Hours on one date. */
export interface OverrideRange extends LocatedRange {
  /** Which types these hours are for; `null` for all that the doctor offers. */
  readonly appointmentTypeIds: readonly AppointmentTypeId[] | null;
}

/** The hours of one local date in place of the weekly ones. At most one per date. */
export interface AvailabilityOverride {
  readonly id: AvailabilityOverrideId;
  readonly date: LocalDate;
  /** Empty: closed. */
  readonly available: readonly OverrideRange[];
  /** Whether hours that start on the date before end at midnight. */
  readonly endsNightBefore: boolean;
}

/** Absence on local dates, first and last included, or on a part of them. */
export interface TimeOff {
  readonly id: TimeOffId;
  readonly from: LocalDate;
  readonly until: LocalDate;
  /** When it begins on the first date; `null`: with that date. */
  readonly startTime: LocalTime | null;
  /** When it ends on the last date; `null`: with that date. */
  readonly endTime: LocalTime | null;
  readonly reason: string | null;
}

/** Everything that determines when a doctor works. Overrides, time off and holidays are loaded only for the dates needed. */
export interface Availability {
  readonly doctorId: UserId;
  readonly timezone: ZoneId;
  readonly weekly: Week;
  readonly overrides: readonly AvailabilityOverride[];
  readonly timeOff: readonly TimeOff[];
  /** Each recurrence of a yearly one. */
  readonly holidays: readonly ClosedDates[];
  /** One version for rules, overrides and time off together. */
  readonly version: number;
}

/** Open time as instants, with the wall-clock reading that its slots are counted from. */
export interface OpenWindow extends Interval {
  /** The start of the range by its rule. Inside a gap, no clock shows this reading. */
  readonly anchor: number;
  readonly locationId: LocationId | null;
}

export type HoursReplaced = {
  readonly type: 'availability.replaced';
  readonly doctorId: UserId;
  readonly timezone: ZoneId;
  readonly weekly: Week;
  readonly expectedVersion: number;
};

export type AvailabilityChange =
  | HoursReplaced
  | {
      readonly type: 'availability.override_added';
      readonly doctorId: UserId;
      readonly override: AvailabilityOverride;
      readonly expectedVersion: number;
      readonly at: Instant;
    }
  | {
      readonly type: 'availability.override_replaced';
      readonly doctorId: UserId;
      readonly override: AvailabilityOverride;
      readonly expectedVersion: number;
    }
  | {
      readonly type: 'availability.override_removed';
      readonly doctorId: UserId;
      readonly overrideId: AvailabilityOverrideId;
      readonly expectedVersion: number;
    }
  | {
      readonly type: 'availability.time_off_added';
      readonly doctorId: UserId;
      readonly timeOff: TimeOff;
      readonly expectedVersion: number;
      readonly at: Instant;
    }
  | {
      readonly type: 'availability.time_off_removed';
      readonly doctorId: UserId;
      readonly timeOffId: TimeOffId;
      readonly expectedVersion: number;
    };

export type OverrideExists = { readonly code: 'override_exists' };
export type OverrideNotFound = { readonly code: 'override_not_found' };
export type TimeOffNotFound = { readonly code: 'time_off_not_found' };
export type TimeOffExists = { readonly code: 'time_off_exists' };
export type AvailabilityRefusal = OverrideExists | OverrideNotFound | TimeOffNotFound | TimeOffExists;

type Outcome<Refusal> = Result<readonly AvailabilityChange[], Refusal>;

/**
 * Sets zone and weekly hours. Appointments do not move: they keep their own instants and zone.
 * @param expectedVersion the version the client saw (`If-Match`); `null` when the client sent none
 */
export function replaceWeekly(
  availability: Availability,
  settings: Pick<Availability, 'timezone' | 'weekly'>,
  expectedVersion: ExpectedVersion,
): Result<readonly HoursReplaced[], StaleVersion> {
  const { doctorId, version } = availability;
  const stale = staleness(availability, expectedVersion);
  if (stale !== undefined) return refuse(stale);
  const { timezone, weekly } = settings;
  return ok([{ type: 'availability.replaced', doctorId, timezone, weekly, expectedVersion: version }]);
}

export function addOverride(
  { doctorId, overrides, version }: Availability,
  override: AvailabilityOverride,
  now: Instant,
): Outcome<OverrideExists> {
  if (overrides.some(({ date }) => date === override.date)) return refuse({ code: 'override_exists' });
  return ok([{ type: 'availability.override_added', doctorId, override, expectedVersion: version, at: now }]);
}

/**
 * Replaces the hours of a date, or moves them to another date, at once.
 * @param expectedVersion the version of the availability that the client saw; `null` when the client sent none
 */
export function replaceOverride(
  availability: Availability,
  override: AvailabilityOverride,
  expectedVersion: ExpectedVersion,
): Outcome<OverrideExists | OverrideNotFound | StaleVersion> {
  const { doctorId, overrides, version } = availability;
  if (!overrides.some(({ id }) => id === override.id)) return refuse({ code: 'override_not_found' });
  const stale = staleness(availability, expectedVersion);
  if (stale !== undefined) return refuse(stale);
  if (overrides.some(({ id, date }) => date === override.date && id !== override.id)) {
    return refuse({ code: 'override_exists' });
  }
  return ok([{ type: 'availability.override_replaced', doctorId, override, expectedVersion: version }]);
}

export function removeOverride(
  { doctorId, overrides, version }: Availability,
  overrideId: AvailabilityOverrideId,
): Outcome<OverrideNotFound> {
  if (!overrides.some(({ id }) => id === overrideId)) return refuse({ code: 'override_not_found' });
  return ok([{ type: 'availability.override_removed', doctorId, overrideId, expectedVersion: version }]);
}

/**
 * Does not change appointments within the time off. The same entry twice is refused: it is a request that was sent again.
 * Two at once are decided one after the other, because each carries the version of the hours.
 */
export function addTimeOff(availability: Availability, timeOff: TimeOff, now: Instant): Outcome<TimeOffExists> {
  const { doctorId, version } = availability;
  if (availability.timeOff.some((known) => isSameAbsence(known, timeOff))) return refuse({ code: 'time_off_exists' });
  return ok([{ type: 'availability.time_off_added', doctorId, timeOff, expectedVersion: version, at: now }]);
}

function isSameAbsence(a: TimeOff, b: TimeOff): boolean {
  return (
    a.from === b.from &&
    a.until === b.until &&
    a.startTime === b.startTime &&
    a.endTime === b.endTime &&
    a.reason === b.reason
  );
}

export function removeTimeOff(
  { doctorId, timeOff, version }: Availability,
  timeOffId: TimeOffId,
): Outcome<TimeOffNotFound> {
  if (!timeOff.some(({ id }) => id === timeOffId)) return refuse({ code: 'time_off_not_found' });
  return ok([{ type: 'availability.time_off_removed', doctorId, timeOffId, expectedVersion: version }]);
}
