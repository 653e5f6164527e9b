/** Expands hours to instants: finds the source of the hours of a date, and when they begin and end. */
import type { AppointmentTypeId } from '../shared/ids.ts';
import { type IntervalSet, normalise, without } from '../shared/interval.ts';
import {
  type DayNumber,
  dayNumber,
  type LocalDate,
  MILLISECONDS_PER_DAY,
  MILLISECONDS_PER_MINUTE,
  MINUTES_PER_DAY,
  minuteOfDay,
  weekdayOfDay,
} from '../shared/time.ts';
import { firstInstantAt, type WallReading, type ZoneId } from '../shared/zone.ts';
import { partialAbsences, wholeDays } from './absence.ts';
import {
  type Availability,
  type LocatedMinutes,
  locatedMinutes,
  type OpenWindow,
  type OverrideRange,
  type Week,
  type WeeklyRule,
} from './availability.ts';

/** The hours that start on a date, ordered by start. They may overlap. Time off within a day is not taken out yet. */
export type Hours = (day: DayNumber) => readonly LocatedMinutes[];

const CLOSED: readonly LocatedMinutes[] = [];

/** @param appointmentTypeId the type the hours must be for */
export function hoursOf(availability: Availability, appointmentTypeId: AppointmentTypeId): Hours {
  const weekly = offersWeekly(availability, appointmentTypeId);
  if (!weekly && !offersType(availability, appointmentTypeId)) return () => CLOSED;
  const own = ownedDates(availability, appointmentTypeId, weekly);
  return (day) => {
    const ranges = own(day)?.hours ?? weeklyHours(availability.weekly.rules, appointmentTypeId, day);
    const cut = ranges.some(({ end }) => end > MINUTES_PER_DAY) && own(day + 1)?.endsNightBefore;
    return cut ? endingAtMidnight(ranges) : ranges;
  };
}

/**
 * A lower bound: no open time on or after a day starts before this reading. Found without reading the rules, so it ignores
 * everything that only removes time (types, validity, time off, closed dates).
 */
export function openingBound({ weekly, overrides }: Availability, day: DayNumber): WallReading {
  let first = weekly.opens[weekdayOfDay(day) - 1] ?? 0;
  for (const { date, available } of overrides) {
    const ahead = dayNumber(date) - day;
    if (ahead < -1) continue;
    for (const { start } of available)
      first = Math.min(first, Math.max(0, ahead * MINUTES_PER_DAY + minuteOfDay(start)));
  }
  return day * MILLISECONDS_PER_DAY + first * MILLISECONDS_PER_MINUTE;
}

/**
 * Whether a doctor offers a type: some weekly hours include it, or hours of a date name it, which offers it on that date. A
 * doctor without weekly hours works on override dates only and offers every type.
 */
export function offersType(availability: Availability, appointmentTypeId: AppointmentTypeId): boolean {
  return (
    offersWeekly(availability, appointmentTypeId) ||
    availability.overrides.some(({ available }) => isNamedIn(available, appointmentTypeId))
  );
}

function offersWeekly({ weekly: { rules } }: Availability, appointmentTypeId: AppointmentTypeId): boolean {
  return rules.length === 0 || rules.some((rule) => isFor(rule, appointmentTypeId));
}

function isNamedIn(available: readonly OverrideRange[], appointmentTypeId: AppointmentTypeId): boolean {
  return available.some((range) => range.appointmentTypeIds?.includes(appointmentTypeId) === true);
}

/** The windows that start on a date, ordered by start, without those that lie wholly in a gap. */
export function windowsOn(zone: ZoneId, ranges: readonly LocatedMinutes[], day: DayNumber): OpenWindow[] {
  const windows: OpenWindow[] = [];
  const midnight = day * MILLISECONDS_PER_DAY;
  for (const range of ranges) {
    const anchor = midnight + range.start * MILLISECONDS_PER_MINUTE;
    const start = firstInstantAt(zone, anchor);
    const end = firstInstantAt(zone, midnight + range.end * MILLISECONDS_PER_MINUTE);
    if (start < end) windows.push({ start, end, anchor, locationId: range.locationId });
  }
  return windows;
}

/** The windows of a week on dates that nothing replaces. */
interface WeekWindows {
  readonly timezone: ZoneId;
  readonly appointmentTypeId: AppointmentTypeId;
  readonly days: Map<DayNumber, readonly OpenWindow[]>;
}

const shared = new WeakMap<Week, WeekWindows>();

/** {@link windowsOn} of each day, computed once for all doctors of a search who share a week and have no dates of their own. */
export function windowsOf(
  availability: Availability,
  appointmentTypeId: AppointmentTypeId,
): (day: DayNumber) => readonly OpenWindow[] {
  const { timezone, weekly, overrides, timeOff, holidays } = availability;
  const hours = hoursOf(availability, appointmentTypeId);
  const compute = (day: DayNumber) => windowsOn(timezone, hours(day), day);
  if (overrides.length > 0 || timeOff.length > 0 || holidays.length > 0) return compute;
  let known = shared.get(weekly);
  if (known?.timezone !== timezone || known.appointmentTypeId !== appointmentTypeId) {
    known = { timezone, appointmentTypeId, days: new Map() };
    shared.set(weekly, known);
  }
  const { days } = known;
  return (day) => {
    const before = days.get(day);
    const windows = before ?? compute(day);
    if (before === undefined) days.set(day, windows);
    return windows;
  };
}

/** All open windows of the hours that start on the dates from `from` to `to`, both included, ordered by start, without absences. */
export function openWindows(
  availability: Availability,
  appointmentTypeId: AppointmentTypeId,
  from: LocalDate,
  to: LocalDate,
): OpenWindow[] {
  const hours = hoursOf(availability, appointmentTypeId);
  const windows: OpenWindow[] = [];
  for (let day = dayNumber(from); day <= dayNumber(to); day++) {
    windows.push(...windowsOn(availability.timezone, hours(day), day));
  }
  return withoutAbsences(atOneLocation(windows), partialAbsences(availability));
}

/** The open time of {@link openWindows}, at whichever location. */
export function openTime(
  availability: Availability,
  appointmentTypeId: AppointmentTypeId,
  from: LocalDate,
  to: LocalDate,
): IntervalSet {
  const windows = openWindows(availability, appointmentTypeId, from, to);
  return normalise(windows.map(({ start, end }) => ({ start, end })));
}

/** Ends each window where the next one at another location begins. */
function atOneLocation(windows: readonly OpenWindow[]): OpenWindow[] {
  return windows.flatMap((window, index) => {
    const next = windows.slice(index + 1).find(({ locationId }) => locationId !== window.locationId);
    const end = Math.min(window.end, next?.start ?? window.end);
    return window.start < end ? [{ ...window, end }] : [];
  });
}

function withoutAbsences(windows: readonly OpenWindow[], absences: IntervalSet): OpenWindow[] {
  if (absences.length === 0) return [...windows];
  return windows.flatMap((window) => without([window], absences).map(({ start, end }) => ({ ...window, start, end })));
}

function weeklyHours(
  rules: readonly WeeklyRule[],
  appointmentTypeId: AppointmentTypeId,
  day: DayNumber,
): readonly LocatedMinutes[] {
  const weekday = weekdayOfDay(day);
  const ranges: LocatedMinutes[] = [];
  for (const rule of rules) {
    if (rule.weekday !== weekday || !isFor(rule, appointmentTypeId) || !isValid(rule, day)) continue;
    ranges.push(locatedMinutes(rule));
  }
  return ranges.length > 1 ? ranges.sort((a, b) => a.start - b.start) : ranges;
}

function isValid({ validFrom, validUntil }: WeeklyRule, day: DayNumber): boolean {
  return (validFrom === null || dayNumber(validFrom) <= day) && (validUntil === null || day <= dayNumber(validUntil));
}

function isFor(
  { appointmentTypeIds }: Pick<WeeklyRule | OverrideRange, 'appointmentTypeIds'>,
  appointmentTypeId: AppointmentTypeId,
): boolean {
  return appointmentTypeIds === null || appointmentTypeIds.includes(appointmentTypeId);
}

/** What replaces the weekly hours of a date. */
interface OwnDate {
  readonly hours: readonly LocatedMinutes[];
  readonly endsNightBefore: boolean;
}

const ABSENT: OwnDate = { hours: CLOSED, endsNightBefore: true };

/**
 * The dates on which time off, an override or a holiday replaces the weekly rules; `undefined` for other dates.
 * @param weekly whether the doctor offers the type on dates that do not name it
 */
function ownedDates(
  { overrides, timeOff, holidays }: Availability,
  appointmentTypeId: AppointmentTypeId,
  weekly: boolean,
): (day: DayNumber) => OwnDate | undefined {
  if (overrides.length === 0 && timeOff.length === 0 && holidays.length === 0) return () => undefined;
  const owned = new Map<DayNumber, OwnDate>();
  for (const { from, until } of holidays) {
    for (let day = dayNumber(from); day <= dayNumber(until); day++) owned.set(day, ABSENT);
  }
  for (const { date, available, endsNightBefore } of overrides) {
    const hours = (weekly || isNamedIn(available, appointmentTypeId) ? available : [])
      .filter((range) => isFor(range, appointmentTypeId))
      .map(locatedMinutes)
      .sort((a, b) => a.start - b.start);
    owned.set(dayNumber(date), { hours, endsNightBefore });
  }
  const daysOff = timeOff.map(wholeDays);
  return (day) => (daysOff.some(({ first, last }) => first <= day && day <= last) ? ABSENT : owned.get(day));
}

function endingAtMidnight(ranges: readonly LocatedMinutes[]): readonly LocatedMinutes[] {
  return ranges.map((range) => ({ ...range, end: Math.min(range.end, MINUTES_PER_DAY) }));
}
