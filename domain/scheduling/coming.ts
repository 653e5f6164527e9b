/** Appointments to come that stand in the way of a change, as a refusal tells them. */
import type { AppointmentId } from '../shared/ids.ts';
import type { Instant } from '../shared/time.ts';

/** How many appointments a refusal names: as many as a page of a list. */
export const NAMED_APPOINTMENTS = 100;
/** How many are counted at most: a location may have a hundred thousand to come. */
export const COUNTED_APPOINTMENTS = 1000;

export interface Coming {
  /** How many, {@link COUNTED_APPOINTMENTS} at most. */
  readonly appointments: number;
  /** The first {@link NAMED_APPOINTMENTS}, ordered by start. */
  readonly appointmentIds: readonly AppointmentId[];
  /** Start of the last of all, also of those that are not counted; `null` when there is none. */
  readonly until: Instant | null;
}
