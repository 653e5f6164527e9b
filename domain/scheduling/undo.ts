/** Undoing the last step of an appointment, for the clinic, until the end of the day on which the step was made. */
import { ok, type Result, refuse } from '../shared/result.ts';
import { type Appointment, type AppointmentChange, nextVersion } from './appointment.ts';
import type { Doctor } from './doctor.ts';
import type { Taking } from './resource-choice.ts';
import type { SlotUnavailable } from './slot-reason.ts';
import { type AppointmentStep, statusBefore } from './steps.ts';
import { check, stale, type TransitionContext, type TransitionRefusal } from './transitions.ts';

/**
 * Leads back to the status before. The undo of a cancellation or of a no-show takes the time again: whether it is still free is
 * decided by the exclusion constraints.
 * @param steps the history of the status, in its order
 * @param of all doctors of the appointment, and the rooms and devices that it took
 */
export function undo(
  appointment: Appointment,
  steps: readonly AppointmentStep[],
  of: { readonly doctors: readonly Pick<Doctor, 'active'>[]; readonly resources: readonly Taking['resource'][] },
  context: TransitionContext,
): Result<readonly AppointmentChange[], TransitionRefusal | SlotUnavailable> {
  const { actor, now, policy } = context;
  const refusal = stale(appointment, context) ?? check('undo', appointment, actor.kind, now, policy);
  if (refusal) return refuse(refusal);
  const { status: previousStatus, version: expectedVersion } = appointment;
  const status = statusBefore(steps, previousStatus);
  if (status === undefined) return refuse({ code: 'nothing_to_undo', currentStatus: previousStatus });
  const undone = nextVersion(appointment, now, { status, cancellation: null });
  if (previousStatus !== 'cancelled' && previousStatus !== 'no_show') {
    return ok([{ type: 'appointment.status_changed', appointment: undone, expectedVersion, previousStatus }]);
  }
  if (!of.doctors.every(({ active }) => active)) {
    const reasons = [{ code: 'doctor_inactive', acknowledgeable: false }] as const;
    return refuse({ code: 'slot_unavailable', reasons, alternatives: [] });
  }
  const takings = of.resources.map((resource) => ({ resource, occupancy: null, lane: 0 }));
  return ok([{ type: 'appointment.restored', appointment: undone, expectedVersion, takings }]);
}
