/**
 * Time zones: offsets, and conversion between instants and wall clocks. The rules come with the product (`zone-table.ts`), so
 * that every runtime, the calendar files and the stored times agree. Before 1969 a zone has the offset of the
 * beginning of 1969.
 */
import { type Interval, type IntervalSet, normalise } from './interval.ts';
import {
  dateOfDay,
  dayNumber,
  type Instant,
  type LocalDate,
  type LocalTime,
  localTimeOf,
  MILLISECONDS_PER_DAY,
  MILLISECONDS_PER_MINUTE,
  MINUTES_PER_DAY,
  minuteOfDay,
} from './time.ts';
import { findZone, type OffsetSpan, spanAt } from './zone-rules.ts';

declare const zoneId: unique symbol;

/** An IANA time zone name, such as `Europe/Berlin`. */
export type ZoneId = string & { readonly [zoneId]: true };

export const UTC = 'UTC' as ZoneId;

/**
 * A zone name of the IANA database, links such as `US/Pacific` included, in the database's own spelling of case.
 * Offsets such as `+01:00` are not zones, because they have no daylight saving.
 *
 * @returns `undefined` if the database does not hold the name
 */
export function parseZone(text: string): ZoneId | undefined {
  return findZone(text)?.name as ZoneId | undefined;
}

/** How far local clocks are ahead of UTC, in milliseconds. @throws RangeError if the zone is unknown */
export function zoneOffset(zone: ZoneId, instant: Instant): number {
  return spanIn(zone, instant).offset;
}

/** The instant at which the offset of `instant` changes next. Later than `instant`; `Infinity` if it stays. */
export function offsetHoldsUntil(zone: ZoneId, instant: Instant): Instant {
  return spanIn(zone, instant).end;
}

/** The offset of a whole period; `undefined` if clocks are changed within it. */
export function steadyOffset(zone: ZoneId, from: Instant, until: Instant): number | undefined {
  const span = spanIn(zone, from);
  return span.end >= until ? span.offset : undefined;
}

/** A reading of a wall clock, as if it were UTC: milliseconds since 1970-01-01T00:00 on that clock. */
export type WallReading = number;

/** The reading of a zone's clocks at an instant. */
export function wallReading(zone: ZoneId, instant: Instant): WallReading {
  return instant + zoneOffset(zone, instant);
}

export function localDateAt(zone: ZoneId, instant: Instant): LocalDate {
  return dateOfDay(Math.floor(wallReading(zone, instant) / MILLISECONDS_PER_DAY));
}

/**
 * The periods in which clocks show a date, in order: one, or two if clocks are set back past midnight, or none if they skip
 * the date.
 */
export function periodsOf(zone: ZoneId, date: LocalDate): IntervalSet {
  const midnight = dayNumber(date) * MILLISECONDS_PER_DAY;
  const periods: Interval[] = [];
  // No clock is more than a day from UTC.
  for (let at = midnight - MILLISECONDS_PER_DAY; at < midnight + 2 * MILLISECONDS_PER_DAY; ) {
    const { start, end, offset } = spanIn(zone, at);
    periods.push({
      start: Math.max(start, midnight - offset),
      end: Math.min(end, midnight + MILLISECONDS_PER_DAY - offset),
    });
    at = end;
  }
  return normalise(periods);
}

/** The time of day, without seconds. */
export function localTimeAt(zone: ZoneId, instant: Instant): LocalTime {
  return localTimeOf(minuteOfDayAt(zone, instant));
}

/** The whole minutes since midnight that clocks show: 0 to 1,439. */
export function minuteOfDayAt(zone: ZoneId, instant: Instant): number {
  const minute = Math.floor(wallReading(zone, instant) / MILLISECONDS_PER_MINUTE);
  return minute - Math.floor(minute / MINUTES_PER_DAY) * MINUTES_PER_DAY;
}

/**
 * When clocks of a zone show a reading: once, twice (`fold`, when they are set back) or never (`gap`, when they are set
 * forward; `resumes` is the instant of the change, the first one whose reading is later than the one asked for).
 */
export type WallClock =
  | { readonly kind: 'unique'; readonly instant: Instant }
  | { readonly kind: 'fold'; readonly earlier: Instant; readonly later: Instant }
  | { readonly kind: 'gap'; readonly resumes: Instant };

/** @param time `24:00` is the midnight that ends the date */
export function resolveWallClock(zone: ZoneId, date: LocalDate, time: LocalTime): WallClock {
  return resolveReading(zone, dayNumber(date) * MILLISECONDS_PER_DAY + minuteOfDay(time) * MILLISECONDS_PER_MINUTE);
}

/** As {@link resolveWallClock}, for a reading. */
export function resolveReading(zone: ZoneId, wall: WallReading): WallClock {
  const earlier = firstInstantAt(zone, wall);
  if (wallReading(zone, earlier) !== wall) return { kind: 'gap', resumes: earlier };
  const later = lastInstantAt(zone, wall);
  return later === earlier ? { kind: 'unique', instant: earlier } : { kind: 'fold', earlier, later };
}

/** The first instant at which clocks show `wall` or later: the earlier one of a fold, the end of a gap. */
export function firstInstantAt(zone: ZoneId, wall: WallReading): Instant {
  const before = spanIn(zone, wall - MILLISECONDS_PER_DAY);
  const guess = wall - before.offset;
  if (guess < before.end) return guess;
  // Clocks change within the two days around `wall`. Set back, the change has passed when clocks show `wall` again; set
  // forward, it may skip `wall`.
  const after = spanIn(zone, wall + MILLISECONDS_PER_DAY);
  const other = wall - after.offset;
  return other >= after.start ? other : after.start;
}

/** As {@link firstInstantAt}, but the later one of a fold. */
export function lastInstantAt(zone: ZoneId, wall: WallReading): Instant {
  const after = spanIn(zone, wall + MILLISECONDS_PER_DAY);
  const guess = wall - after.offset;
  return guess >= after.start ? guess : firstInstantAt(zone, wall);
}

function spanIn(zone: ZoneId, instant: Instant): OffsetSpan {
  const rules = findZone(zone);
  if (rules === undefined) throw new RangeError(`${zone} is no zone of the database`);
  return spanAt(rules, instant);
}
