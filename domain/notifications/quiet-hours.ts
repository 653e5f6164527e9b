/** Hours in which a person wants no message: what comes then is held until they end. */
import {
  type Instant,
  type LocalTime,
  MILLISECONDS_PER_DAY,
  MILLISECONDS_PER_MINUTE,
  MINUTES_PER_DAY,
  minuteOfDay,
} from '../shared/time.ts';
import type { ZoneId } from '../shared/zone.ts';
import { findZone, type OffsetSpan, spanAt } from '../shared/zone-rules.ts';

/**
 * From `from` on, until before `to`, as clocks in the zone show it; past midnight if `to` is the earlier one. An hour that clocks show
 * twice is quiet twice.
 */
export interface QuietHours {
  readonly from: LocalTime;
  readonly to: LocalTime;
  readonly zone: ZoneId;
}

/** The longest in minutes: each day leaves time for what was held. */
export const LONGEST_QUIET_MINUTES = 20 * 60;
/** A reminder that is held comes this long before the appointment, or it is brought forward. */
const SHORTEST_NOTICE_MS = 15 * MILLISECONDS_PER_MINUTE;
/** How long before quiet hours a reminder is due that is brought forward: jobs take their time. */
const AHEAD_MS = 15 * MILLISECONDS_PER_MINUTE;

/** In minutes by the clock: 1 to 1439, or 0 if they end when they begin. */
export function quietMinutes({ from, to }: Pick<QuietHours, 'from' | 'to'>): number {
  return modulo(minuteOfDay(to) - minuteOfDay(from), MINUTES_PER_DAY);
}

export function isQuiet(quiet: QuietHours, instant: Instant): boolean {
  return sinceBegin(quiet, spanOf(quiet, instant), instant) < lengthOf(quiet);
}

/** When the quiet hours end in which the instant lies: the instant itself if it lies in none. */
export function quietUntil(quiet: QuietHours, instant: Instant): Instant {
  for (let at = instant; ; ) {
    const span = spanOf(quiet, at);
    const left = lengthOf(quiet) - sinceBegin(quiet, span, at);
    if (left <= 0) return at;
    if (at + left < span.end) return at + left;
    // Clocks are changed before: what they show then decides.
    at = span.end;
  }
}

/** When the quiet hours began in which the instant lies; `undefined` if it lies in none. */
export function quietSince(quiet: QuietHours, instant: Instant): Instant | undefined {
  let since: Instant | undefined;
  for (let at = instant; ; ) {
    const span = spanOf(quiet, at);
    const passed = sinceBegin(quiet, span, at);
    if (passed >= lengthOf(quiet)) return since;
    if (at - passed > span.start) return at - passed;
    // They began before the clock was changed, or it was changed to their beginning: it may have been quiet before that too.
    since = span.start;
    at = span.start - 1;
  }
}

/**
 * When a message is sent that is due.
 * @param uselessFrom from then on it is of no use to its receiver; `null`: it always is
 * @returns `null` if it is useless once quiet hours end
 */
export function heldUntil(quiet: QuietHours | null, uselessFrom: Instant | null, due: Instant): Instant | null {
  const until = quiet === null ? due : quietUntil(quiet, due);
  return until > due && uselessFrom !== null && uselessFrom <= until ? null : until;
}

/**
 * When a reminder of an appointment is due. In quiet hours it is held until they end; if that is later than 15 minutes before the
 * start, it comes 15 minutes before they begin.
 */
export function reminderDue(start: Instant, leadMinutes: number, quiet: QuietHours | null): Instant {
  const due = start - leadMinutes * MILLISECONDS_PER_MINUTE;
  const since = quiet === null ? undefined : quietSince(quiet, due);
  if (quiet === null || since === undefined) return due;
  const until = quietUntil(quiet, due);
  if (until + SHORTEST_NOTICE_MS <= start) return until;
  // Where clocks are set back, less than that can lie between two quiet hours.
  return isQuiet(quiet, since - AHEAD_MS) ? since - 1 : since - AHEAD_MS;
}

function lengthOf(quiet: QuietHours): number {
  return quietMinutes(quiet) * MILLISECONDS_PER_MINUTE;
}

/** Since clocks last showed the beginning, if they were never changed. */
function sinceBegin({ from }: QuietHours, { offset }: OffsetSpan, instant: Instant): number {
  return modulo(instant + offset - minuteOfDay(from) * MILLISECONDS_PER_MINUTE, MILLISECONDS_PER_DAY);
}

function spanOf({ zone }: QuietHours, instant: Instant): OffsetSpan {
  const rules = findZone(zone);
  if (rules === undefined) throw new RangeError(`${zone} is no zone of the database`);
  return spanAt(rules, instant);
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
