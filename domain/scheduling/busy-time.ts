/** The time in which a doctor is occupied. */
import type { AppointmentId, AppointmentTypeId, HoldId, Id } from '../shared/ids.ts';
import type { Interval } from '../shared/interval.ts';
import { type DayNumber, type Instant, MILLISECONDS_PER_DAY, MILLISECONDS_PER_MINUTE } from '../shared/time.ts';
import { wallReading, type ZoneId } from '../shared/zone.ts';

/** Appointments that may overlap share one; see `places.ts`. */
export type OccupancyId = Id<'occupancy'>;

/** Time in which no slot lies, unless it is a place of a group session of the type. */
export interface OccupiedTime extends Interval {
  /** `null`: several appointments and holds as one time, in which nothing of the type searched for can be booked. */
  readonly appointmentTypeId: AppointmentTypeId | null;
  /** When the appointment itself starts. */
  readonly startsAt: Instant;
  /** When a hold expires; `null` for an appointment. */
  readonly expiresAt: Instant | null;
  readonly occupancy: OccupancyId | null;
  readonly lane: number;
  /** Whether the doctor is an additional one: it counts towards the daily limit of the leading doctor alone. Default: no. */
  readonly isAttended?: boolean;
}

/** An active appointment or a live hold of a doctor. The interval includes its buffers. */
export interface BusyTime extends OccupiedTime {
  readonly sourceId: AppointmentId | HoldId;
  readonly appointmentTypeId: AppointmentTypeId;
  readonly occupancy: OccupancyId;
}

/** Starts and ends by turns, sorted by start: two numbers for each time, because a search has thousands. */
export type TakenTimes = readonly Instant[];

/** Duration and both buffers of an appointment are at most this long. */
export const LONGEST_BUSY_MILLISECONDS = (480 + 2 * 240) * MILLISECONDS_PER_MINUTE;

/**
 * Several appointments and holds, and gaps between them that are too short for the type searched for, as one time. In parts,
 * because no occupied time is longer than the longest appointment.
 */
export function mergedTimes({ start, end }: Interval): OccupiedTime[] {
  const times: OccupiedTime[] = [];
  for (let from = start; from < end; from += LONGEST_BUSY_MILLISECONDS) {
    const until = Math.min(end, from + LONGEST_BUSY_MILLISECONDS);
    times.push({
      ...{ start: from, end: until, startsAt: from },
      ...{ appointmentTypeId: null, expiresAt: null, occupancy: null, lane: 0 },
    });
  }
  return times;
}

/** Sorts by start. The search does not need overlapping times to be merged. */
export function byStart(busy: readonly OccupiedTime[]): readonly OccupiedTime[] {
  let last = Number.NEGATIVE_INFINITY;
  for (const { start } of busy) {
    if (start < last) return [...busy].sort((a, b) => a.start - b.start);
    last = start;
  }
  return busy;
}

/** How many appointments and live holds of the type that the doctor leads start on each local date. */
export function startsByDay(
  busy: readonly OccupiedTime[],
  type: AppointmentTypeId,
  zone: ZoneId,
  now: Instant,
): ReadonlyMap<DayNumber, number> {
  const counts = new Map<DayNumber, number>();
  for (const time of busy) {
    if (time.appointmentTypeId !== type || time.isAttended === true || isOver(time, now)) continue;
    const day = Math.floor(wallReading(zone, time.startsAt) / MILLISECONDS_PER_DAY);
    counts.set(day, (counts.get(day) ?? 0) + 1);
  }
  return counts;
}

/** Whether it is a hold that blocks its time no more. */
export function isOver({ expiresAt }: Pick<OccupiedTime, 'expiresAt'>, now: Instant): boolean {
  return expiresAt !== null && expiresAt <= now;
}
