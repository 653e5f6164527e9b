/** The time in which a doctor is occupied. */
import type { AppointmentId, AppointmentTypeId, HoldId, Id } from '../shared/ids.ts';
import type { Interval } from '../shared/interval.ts';
import type { Instant } from '../shared/time.ts';

/** Appointments that may overlap share one; see `places.ts`. */
export type OccupancyId = Id<'occupancy'>;

/** An active appointment or a live hold of a doctor. The interval includes its buffers. */
export interface BusyTime extends Interval {
  readonly sourceId: AppointmentId | HoldId;
  readonly appointmentTypeId: AppointmentTypeId;
  /** When the appointment itself starts. */
  readonly startsAt: Instant;
  /** When a hold expires; `null` for an appointment. */
  readonly expiresAt: Instant | null;
  readonly occupancy: OccupancyId;
  readonly lane: number;
}

/** Sorts by start. The search does not need overlapping times to be merged. */
export function byStart(busy: readonly BusyTime[]): readonly BusyTime[] {
  let last = Number.NEGATIVE_INFINITY;
  for (const { start } of busy) {
    if (start < last) return [...busy].sort((a, b) => a.start - b.start);
    last = start;
  }
  return busy;
}

/** Whether it is a hold that blocks its time no more. */
export function isOver({ expiresAt }: Pick<BusyTime, 'expiresAt'>, now: Instant): boolean {
  return expiresAt !== null && expiresAt <= now;
}
