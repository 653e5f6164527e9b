/**
 * Requests: appointments of a type that needs approval, as patients book them. A request takes its time like a booking. The clinic
 * approves it (`approve` in `transitions.ts`) or declines it; if nobody has by its start, it expires.
 */
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { Appointment, AppointmentChange, AppointmentStatus, SchedulingActor } from './appointment.ts';
import type { AppointmentType } from './appointment-type.ts';
import { undoableUntil } from './steps.ts';
import { cancelled, check, stale, type TransitionContext, type TransitionRefusal } from './transitions.ts';

/** The status of an appointment that this actor books or moves: a patient's request stays one when the patient moves it. */
export function statusBy(
  { kind }: SchedulingActor,
  type: Pick<AppointmentType, 'requiresApproval'>,
  before?: AppointmentStatus,
): AppointmentStatus {
  return kind === 'patient' && (type.requiresApproval || before === 'requested') ? 'requested' : 'scheduled';
}

/**
 * Declines a request and frees its time.
 * @param reason as the clinic gave it; the patient sees it
 */
export function decline(
  appointment: Appointment,
  reason: string | null,
  context: TransitionContext,
): Result<readonly AppointmentChange[], TransitionRefusal> {
  const { actor, now, policy } = context;
  const refusal = stale(appointment, context) ?? check('decline', appointment, actor.kind, now, policy);
  return refusal ? refuse(refusal) : ok([cancelled(appointment, reason, context)]);
}

/** When a request expires: at its start, or if that has passed, at the end of the day on which it became a request again. */
export function expiresAt(appointment: Appointment, now: Instant): Instant {
  return appointment.start > now ? appointment.start : undoableUntil(appointment);
}

/** Cancels a request that nobody has answered. Returns no change if it was answered, or moved to a later time. */
export function expire(appointment: Appointment, now: Instant): readonly AppointmentChange[] {
  if (appointment.status !== 'requested' || now < appointment.start) return [];
  return [cancelled(appointment, null, { actor: { kind: 'system', userId: null }, now })];
}
