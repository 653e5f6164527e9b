/** Who acts in scheduling, whose appointments that actor reaches, and which of them the actor may change. */
import { type Appointment, doctorsOf, type SchedulingActor } from '../../../domain/scheduling/appointment.ts';
import type { ChosenLimits, SchedulingPolicy } from '../../../domain/scheduling/policy.ts';
import { isAllowed, type KnownActor } from '../../../domain/shared/actor.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { type Viewer, type ViewRequest, viewerOf } from '../../../domain/shared/viewer.ts';
import type { Context, Deps } from '../context.ts';

/** As much of the actor as most rules of scheduling look at. */
export type RoleActor = Pick<KnownActor, 'role' | 'userId'>;

export function schedulingActor(actor: RoleActor): SchedulingActor & { readonly userId: UserId } {
  return { kind: actor.role, userId: actor.userId };
}

/** What every decision about an appointment is given besides the state it was loaded for. */
export interface DecisionContext {
  readonly actor: SchedulingActor & { readonly userId: UserId };
  readonly now: Instant;
  readonly policy: SchedulingPolicy;
}

/** @param limits those that the clinic has chosen, loaded with the state that is decided on */
export function decisionContext(
  deps: Pick<Deps, 'settings'>,
  context: Context,
  actor: RoleActor,
  limits: ChosenLimits,
): DecisionContext {
  return { actor: schedulingActor(actor), now: context.now, policy: policyOf(deps, limits) };
}

/** What the clinic has chosen, and for the rest what the environment says. */
export function policyOf({ settings }: Pick<Deps, 'settings'>, limits: ChosenLimits): SchedulingPolicy {
  return { ...settings.scheduling, ...limits };
}

/**
 * Whose appointments are found in order to be changed. An API key may be allowed to change appointments without being
 * allowed to read medical records, so this does not ask for `read:patient_records`.
 */
export function changeViewer(actor: KnownActor, asking: ViewRequest): Viewer {
  return viewerOf(actor, asking, 'run:appointments');
}

/**
 * For whom the actor may book, hold time or join the waitlist. Whether the actor may book for others at all is checked by
 * the route's access rule before.
 */
export function bookingViewer({ userId, role }: RoleActor, { now, claim }: ViewRequest): Viewer {
  const ofRestricted = role === 'admin' && claim?.ground !== undefined;
  const proxyAt = role === 'patient' ? now : null;
  return { userId, role, ofPatients: true, ofRestricted, emergency: null, proxyAt };
}

/**
 * Whether the answer to a change may contain the reason, symptoms and notes: only when the actor could also read the
 * appointment.
 */
export function mayReadClinicalText(
  actor: KnownActor,
  appointment: Pick<Appointment, 'patientId' | 'doctorId' | 'additionalDoctorIds'>,
): boolean {
  const isOwn = appointment.patientId === actor.userId || isDoctorOf(actor, appointment);
  return isAllowed(actor, isOwn ? 'read:own_appointments' : 'read:patient_records');
}

/** Whether the actor leads the visit or takes part as an additional doctor. */
export function isDoctorOf(actor: RoleActor, appointment: Pick<Appointment, 'doctorId' | 'additionalDoctorIds'>) {
  return actor.role === 'doctor' && doctorsOf(appointment).includes(actor.userId);
}

/** A doctor sees all appointments of own patients, but changes only those that the doctor leads. */
export function mayChange(actor: RoleActor, appointment: Pick<Appointment, 'doctorId'>): boolean {
  return actor.role !== 'doctor' || appointment.doctorId === actor.userId;
}
