/** Time off as dates on which no hours start, and as time that is taken out of the hours. */
import { type Interval, type IntervalSet, normalise } from '../shared/interval.ts';
import {
  type DayNumber,
  dayNumber,
  MILLISECONDS_PER_DAY,
  MILLISECONDS_PER_MINUTE,
  minuteOfDay,
} from '../shared/time.ts';
import { firstInstantAt, type ZoneId } from '../shared/zone.ts';
import type { Availability, TimeOff } from './availability.ts';

/** First and last day, both included; `first` is after `last` when no day is off as a whole. */
export interface DaysOff {
  readonly first: DayNumber;
  readonly last: DayNumber;
}

/** The days on which no hours start. */
export function wholeDays({ from, until, startTime, endTime }: TimeOff): DaysOff {
  return {
    first: dayNumber(from) + (startTime === null ? 0 : 1),
    last: dayNumber(until) - (endTime === null ? 0 : 1),
  };
}

/** From when until when the doctor is away. */
export function absentTime(
  { from, until, startTime, endTime }: Pick<TimeOff, 'from' | 'until' | 'startTime' | 'endTime'>,
  zone: ZoneId,
): Interval {
  const first = dayNumber(from) * MILLISECONDS_PER_DAY;
  const last = dayNumber(until) * MILLISECONDS_PER_DAY;
  const starts = startTime === null ? first : first + minuteOfDay(startTime) * MILLISECONDS_PER_MINUTE;
  const ends = endTime === null ? last + MILLISECONDS_PER_DAY : last + minuteOfDay(endTime) * MILLISECONDS_PER_MINUTE;
  return { start: firstInstantAt(zone, starts), end: firstInstantAt(zone, ends) };
}

/** The time off that begins or ends within a day. Whole dates need no more than {@link wholeDays}. */
export function partialAbsences({ timeOff, timezone }: Pick<Availability, 'timeOff' | 'timezone'>): IntervalSet {
  const partial = timeOff.filter(({ startTime, endTime }) => startTime !== null || endTime !== null);
  return partial.length === 0 ? [] : normalise(partial.map((each) => absentTime(each, timezone)));
}
