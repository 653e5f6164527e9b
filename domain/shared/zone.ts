/** Time zones: offsets, and conversion between instants and wall clocks. `Intl` is the only source. */
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

declare const zoneId: unique symbol;

/** An IANA time zone name, such as `Europe/Berlin`. */
export type ZoneId = string & { readonly [zoneId]: true };

const ZONE = /^[A-Za-z][\w+-]*(?:\/[A-Za-z0-9][\w+-]*)*$/;
const OFFSET = /GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/;

export const UTC = 'UTC' as ZoneId;

/**
 * A zone name of the IANA database, links such as `US/Pacific` included, in the database's own spelling of case.
 * Offsets such as `+01:00` are not zones, because they have no daylight saving.
 *
 * @returns `undefined` if the runtime's database does not hold the name
 */
export function parseZone(text: string): ZoneId | undefined {
  if (!ZONE.test(text)) return undefined;
  try {
    const resolved = new Intl.DateTimeFormat('en-US', { timeZone: text }).resolvedOptions().timeZone;
    // A runtime may resolve a link to its target; the given name is kept.
    return (resolved.toLowerCase() === text.toLowerCase() ? resolved : text) as ZoneId;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** How far local clocks are ahead of UTC, in milliseconds. @throws RangeError if the zone is unknown */
export function zoneOffset(zone: ZoneId, instant: Instant): number {
  return offsetIn(cacheOf(zone), instant);
}

/** An instant up to which the offset of `instant` is known not to change. Exclusive, and later than `instant`. */
export function offsetHoldsUntil(zone: ZoneId, instant: Instant): Instant {
  const span = spanIn(cacheOf(zone), instant);
  return instant < span.transition ? span.transition : span.end;
}

/** The offset of a whole period; `undefined` if clocks are changed within it. */
export function steadyOffset(zone: ZoneId, from: Instant, until: Instant): number | undefined {
  const offset = zoneOffset(zone, from);
  for (let at = offsetHoldsUntil(zone, from); at < until; at = offsetHoldsUntil(zone, at)) {
    if (zoneOffset(zone, at) !== offset) return undefined;
  }
  return offset;
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

/** The time of day, without seconds. */
export function localTimeAt(zone: ZoneId, instant: Instant): LocalTime {
  const minute = Math.floor(wallReading(zone, instant) / MILLISECONDS_PER_MINUTE);
  return localTimeOf(minute - Math.floor(minute / MINUTES_PER_DAY) * MINUTES_PER_DAY);
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
  const cache = cacheOf(zone);
  const before = offsetIn(cache, wall - MILLISECONDS_PER_DAY);
  const after = offsetIn(cache, wall + MILLISECONDS_PER_DAY);
  const guess = wall - before;
  if (before === after || offsetIn(cache, guess) === before) return guess;
  // A clock change lies between the two offsets. Set back, it has passed when clocks show `wall` again; set forward, it
  // may skip `wall`.
  let other = wall - after;
  if (offsetIn(cache, other) === after) return other;
  while (offsetIn(cache, other) === before) other = offsetHoldsUntil(zone, other);
  return other;
}

/** As {@link firstInstantAt}, but the later one of a fold. */
export function lastInstantAt(zone: ZoneId, wall: WallReading): Instant {
  const after = zoneOffset(zone, wall + MILLISECONDS_PER_DAY);
  const guess = wall - after;
  return zoneOffset(zone, guess) === after ? guess : firstInstantAt(zone, wall);
}

/** The offsets of a zone within one period: `before` until the transition, `after` from the transition to the end. */
interface OffsetSpan {
  readonly before: number;
  readonly after: number;
  /** Equal to `end` if the offset does not change. */
  readonly transition: Instant;
  readonly end: Instant;
}

interface ZoneCache {
  readonly format: Intl.DateTimeFormat;
  readonly spans: Map<number, OffsetSpan>;
}

/**
 * A call of `Intl` costs microseconds, so its answers are cached: one span of four days per entry, whose transition is
 * found by bisection. No zone has changed its offset twice within a week since 1970, nor is one announced to.
 */
const SPAN_MILLISECONDS = 4 * MILLISECONDS_PER_DAY;
/** Covers eleven years of one zone, at about 100 bytes per span. */
const SPANS_PER_ZONE = 1024;
const zones = new Map<ZoneId, ZoneCache>();

function cacheOf(zone: ZoneId): ZoneCache {
  const known = zones.get(zone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  const cache = { format, spans: new Map() };
  zones.set(zone, cache);
  return cache;
}

function offsetIn(cache: ZoneCache, instant: Instant): number {
  const span = spanIn(cache, instant);
  return instant < span.transition ? span.before : span.after;
}

function spanIn(cache: ZoneCache, instant: Instant): OffsetSpan {
  const index = Math.floor(instant / SPAN_MILLISECONDS);
  const known = cache.spans.get(index);
  if (known) return known;
  const span = findSpan(cache.format, index * SPAN_MILLISECONDS);
  if (cache.spans.size >= SPANS_PER_ZONE) cache.spans.clear();
  cache.spans.set(index, span);
  return span;
}

function findSpan(format: Intl.DateTimeFormat, start: Instant): OffsetSpan {
  const end = start + SPAN_MILLISECONDS;
  const before = lookUpOffset(format, start);
  const after = lookUpOffset(format, end);
  if (before === after) return { before, after, transition: end, end };
  let [low, high] = [start / 1000, end / 1000];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (lookUpOffset(format, middle * 1000) === before) low = middle;
    else high = middle;
  }
  return { before, after, transition: high * 1000, end };
}

/** Reads `GMT`, `GMT+05:30` or, for local mean times, `GMT-00:44:30` from the end of a formatted date. */
function lookUpOffset(format: Intl.DateTimeFormat, instant: Instant): number {
  const match = OFFSET.exec(format.format(instant));
  if (!match) throw new RangeError('the runtime formats UTC offsets in an unexpected way');
  const seconds = Number(match[2] ?? 0) * 3600 + Number(match[3] ?? 0) * 60 + Number(match[4] ?? 0);
  return (match[1] === '-' ? -1000 : 1000) * seconds;
}
