/** The time of doctors that a change frees. */
import type { UserId } from '../shared/ids.ts';
import type { Interval } from '../shared/interval.ts';
import { type Appointment, type AppointmentChange, doctorsOf } from './appointment.ts';
import type { HoldChange } from './hold.ts';

/** Time of a doctor that can be offered to somebody else. */
export interface FreedTime extends Interval {
  readonly doctorId: UserId;
}

/** The time that a change frees, for each doctor. None for a released hold: its change does not hold the time. */
export function freedBy(change: AppointmentChange | HoldChange): readonly FreedTime[] {
  switch (change.type) {
    case 'appointment.cancelled':
      return timesOf(change.appointment);
    case 'appointment.rescheduled':
      return timesOf({ ...change.appointment, ...change.previous });
    case 'appointment.status_changed':
      return change.appointment.status === 'no_show' ? timesOf(change.appointment) : [];
    default:
      return [];
  }
}

function timesOf(appointment: Pick<Appointment, 'doctorId' | 'additionalDoctorIds' | 'busy'>): FreedTime[] {
  return doctorsOf(appointment).map((doctorId) => ({ doctorId, ...appointment.busy }));
}
