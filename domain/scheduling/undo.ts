/** Undoing the last step of an appointment, for the clinic, until the end of the day on which the step was made. */
import { ok, type Result, refuse } from '../shared/result.ts';
import { type Appointment, type AppointmentChange, nextVersion } from './appointment.ts';
import type { Doctor } from './doctor.ts';
import type { Location } from './location.ts';
import type { Resource } from './resource.ts';
import type { RefusedReason, SlotUnavailable } from './slot-reason.ts';
import { type AppointmentStep, statusBefore } from './steps.ts';
import { check, stale, type TransitionContext, type TransitionRefusal } from './transitions.ts';

/** What an appointment takes again, as it is now. */
export interface TakenBefore {
  /** All of them. */
  readonly doctors: readonly Pick<Doctor, 'active'>[];
  /** `null` when it is not known. */
  readonly location: Pick<Location, 'active'> | null;
  readonly resources: readonly Pick<Resource, 'id' | 'kind' | 'name' | 'active'>[];
}

function reasonsAgainst({ doctors, location, resources }: TakenBefore): readonly RefusedReason[] {
  const missing = [...new Set(resources.filter(({ active }) => !active).map(({ kind }) => kind))];
  const reasons: RefusedReason[] = [];
  if (doctors.some(({ active }) => !active)) reasons.push({ code: 'doctor_inactive', acknowledgeable: false });
  // A closed location is in nobody's hours.
  if (location?.active === false) reasons.push({ code: 'outside_availability', acknowledgeable: false });
  if (missing.length > 0) reasons.push({ code: 'no_room', missing, acknowledgeable: false });
  return reasons;
}

/**
 * Leads back to the status before. The undo of a cancellation or of a no-show takes the time again: whether it is still free is
 * decided by the exclusion constraints.
 * @param steps the history of the status, in its order
 * @param of what the appointment took
 */
export function undo(
  appointment: Appointment,
  steps: readonly AppointmentStep[],
  of: TakenBefore,
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
  const reasons = reasonsAgainst(of);
  if (reasons.length > 0) return refuse({ code: 'slot_unavailable', reasons, alternatives: [] });
  const takings = of.resources.map(({ id, kind, name }) => ({
    resource: { id, kind, name },
    occupancy: null,
    lane: 0,
  }));
  return ok([{ type: 'appointment.restored', appointment: undone, expectedVersion, takings }]);
}
