/** What stands in the way of a slot besides appointments and holds. It is asked for later and later starts. */
import type { IntervalSet } from '../shared/interval.ts';
import type { Instant } from '../shared/time.ts';
import type { TakenTimes } from './busy-time.ts';

export interface Obstacles {
  /** Time off within a day: no slot overlaps it. */
  readonly absences: IntervalSet;
  /** No slot overlaps these with its buffers. */
  readonly takenTimes: TakenTimes;
  /** The first of each that may still be in the way. */
  nextAbsence: number;
  nextTaken: number;
}

/** The end of the time off that `[start, end)` would overlap. */
export function absentUntil(obstacles: Obstacles, start: Instant, end: Instant): Instant | undefined {
  const { absences } = obstacles;
  let absence = absences[obstacles.nextAbsence];
  while (absence && absence.end <= start) absence = absences[++obstacles.nextAbsence];
  return absence && absence.start < end ? absence.end : undefined;
}

/** The end of the taken time that `[start, end)` would overlap. */
export function takenUntil(obstacles: Obstacles, start: Instant, end: Instant): Instant | undefined {
  const { takenTimes } = obstacles;
  while ((takenTimes[obstacles.nextTaken + 1] ?? Number.POSITIVE_INFINITY) <= start) obstacles.nextTaken += 2;
  return (takenTimes[obstacles.nextTaken] ?? Number.POSITIVE_INFINITY) < end
    ? takenTimes[obstacles.nextTaken + 1]
    : undefined;
}
