/** Appointments of two records at one time, when the records are to be merged. */
import type { AppointmentId } from '../shared/ids.ts';
import type { Instant } from '../shared/time.ts';

export interface Overlap {
  readonly survivorAppointmentId: AppointmentId;
  readonly aliasAppointmentId: AppointmentId;
  /** When both have ended. */
  readonly endsAt: Instant;
}

export interface ToldOverlap extends Pick<Overlap, 'survivorAppointmentId' | 'aliasAppointmentId'> {
  /** Both have ended: one visit may have been entered twice. */
  readonly isPast: boolean;
}

const MAXIMUM_TOLD = 20;

export function isPast({ endsAt }: Overlap, now: Instant): boolean {
  return endsAt <= now;
}

/** Those first that are not past. */
export function toldOverlaps(overlaps: readonly Overlap[], now: Instant): readonly ToldOverlap[] {
  return overlaps
    .toSorted((one, other) => other.endsAt - one.endsAt)
    .slice(0, MAXIMUM_TOLD)
    .map((each) => {
      const { survivorAppointmentId, aliasAppointmentId } = each;
      return { survivorAppointmentId, aliasAppointmentId, isPast: isPast(each, now) };
    });
}
