/** When digests of the next day are due, and which day that is. */
import type { Interval } from '../shared/interval.ts';
import {
  addDays,
  dayNumber,
  type Instant,
  type LocalDate,
  type LocalTime,
  MILLISECONDS_PER_DAY,
  MILLISECONDS_PER_MINUTE,
  minuteOfDay,
} from '../shared/time.ts';
import { firstInstantAt, localDateAt, periodsOf, type ZoneId } from '../shared/zone.ts';

/** The latest time of a day at which digests can be begun: the work that begins them runs once a minute, or is late. */
export const LATEST_DIGEST = '23:30' as LocalTime;
const LEAST_BEFORE_MIDNIGHT = 30 * MILLISECONDS_PER_MINUTE;

/** What decides whether digests are due. */
export interface DigestState {
  /** In the zone of the clinic; `null`: none are sent. */
  readonly digestTime: LocalTime | null;
  readonly timezone: ZoneId;
  /** The last day for which they were begun. */
  readonly lastDate: LocalDate | null;
}

/** The day that digests are about, on the clocks of the clinic when they were begun. */
export interface DigestDay {
  readonly date: LocalDate;
  readonly timezone: ZoneId;
}

/**
 * The day for which digests are to be begun: the next one that clocks of the clinic show, from the chosen time on until the day of that
 * time ends. A time that clocks skip is the end of the gap; if that is on the next day, it is half an hour before midnight.
 * @returns `undefined` if none are due
 */
export function dueDigest({ digestTime, timezone, lastDate }: DigestState, now: Instant): LocalDate | undefined {
  if (digestTime === null) return undefined;
  const today = localDateAt(timezone, now);
  const reading = dayNumber(today) * MILLISECONDS_PER_DAY + minuteOfDay(digestTime) * MILLISECONDS_PER_MINUTE;
  const dueAt = Math.min(firstInstantAt(timezone, reading), endOf({ date: today, timezone }) - LEAST_BEFORE_MIDNIGHT);
  if (now < dueAt) return undefined;
  const next = dayAfter(timezone, today);
  return lastDate === null || lastDate < next ? next : undefined;
}

/** The next date that clocks show: some zones have skipped one. */
function dayAfter(zone: ZoneId, date: LocalDate): LocalDate {
  let next = addDays(date, 1);
  while (periodsOf(zone, next).length === 0) next = addDays(next, 1);
  return next;
}

/** From the first to the last instant at which clocks show the date; in between they may show another one, if they are set back. */
export function boundsOf({ date, timezone }: DigestDay): Interval {
  const periods = periodsOf(timezone, date);
  const start = firstInstantAt(timezone, dayNumber(date) * MILLISECONDS_PER_DAY);
  return { start: periods.at(0)?.start ?? start, end: periods.at(-1)?.end ?? start };
}

function endOf(day: DigestDay): Instant {
  return boundsOf(day).end;
}

/** Whether nobody needs to be told of the day any more. */
export function isOver(day: DigestDay, now: Instant): boolean {
  return now >= endOf(day);
}
