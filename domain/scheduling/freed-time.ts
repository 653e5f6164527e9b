/** The time of a doctor that a change frees. */
import type { UserId } from '../shared/ids.ts';
import type { Interval } from '../shared/interval.ts';
import type { AppointmentChange } from './appointment.ts';
import type { HoldChange } from './hold.ts';

/** Time of a doctor that can be offered to somebody else. */
export interface FreedTime extends Interval {
  readonly doctorId: UserId;
}

/** The time that a change frees. A released hold returns `undefined`: its change does not hold the time. */
export function freedBy(change: AppointmentChange | HoldChange): FreedTime | undefined {
  switch (change.type) {
    case 'appointment.cancelled':
      return { doctorId: change.appointment.doctorId, ...change.appointment.busy };
    case 'appointment.rescheduled':
      return { doctorId: change.previous.doctorId, ...change.previous.busy };
    case 'appointment.status_changed':
      return change.appointment.status === 'no_show'
        ? { doctorId: change.appointment.doctorId, ...change.appointment.busy }
        : undefined;
    default:
      return undefined;
  }
}
