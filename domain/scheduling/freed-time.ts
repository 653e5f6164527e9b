/** Which of a doctor's time a change gives back. */
import type { UserId } from '../shared/ids.ts';
import type { Interval } from '../shared/interval.ts';
import type { AppointmentChange } from './appointment.ts';
import type { HoldChange } from './hold.ts';

/** Time of a doctor that somebody else may have now. */
export interface FreedTime extends Interval {
  readonly doctorId: UserId;
}

/** The time that a change gives back. A hold's is known to whoever released it. */
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
