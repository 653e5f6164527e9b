/**
 * The life of an appointment: `requested` if its type needs approval, `scheduled → confirmed → arrived → roomed → in_progress → completed`. The clinic may leave out
 * steps. `confirmed` means that the patient comes: the patient says so, or the clinic for the patient. `cancelled` and `no_show` are reachable from the open states, `left_without_being_seen` until
 * the visit is completed. `undo.ts` leads back. Every change makes a new version. The caller must have established beforehand
 * that the actor may act on this appointment (its patient, its doctor, the clinic); only the actor's kind is looked at here.
 */
import { ok, type Result, refuse } from '../shared/result.ts';
import { type Instant, MILLISECONDS_PER_MINUTE } from '../shared/time.ts';
import { type ExpectedVersion, type StaleVersion, staleness } from '../shared/version.ts';
import {
  type ActorKind,
  type Appointment,
  type AppointmentChange,
  type AppointmentStatus,
  isOpen,
  makerOf,
  nextVersion,
  OPEN,
  type SchedulingActor,
} from './appointment.ts';
import type { SchedulingPolicy } from './policy.ts';
import { cancelLimit, rescheduleLimit, type SelfServiceRefusal } from './self-service.ts';
import { isUndoable, undoableUntil } from './steps.ts';

export type TransitionRefusal =
  | { readonly code: 'appointment_not_found' }
  | StaleVersion
  | { readonly code: 'invalid_transition'; readonly from: AppointmentStatus; readonly to: AppointmentStatus }
  | { readonly code: 'appointment_closed'; readonly currentStatus: AppointmentStatus }
  | SelfServiceRefusal
  | { readonly code: 'too_early'; readonly from: Instant }
  | { readonly code: 'nothing_to_undo'; readonly currentStatus: AppointmentStatus }
  | { readonly code: 'too_late_to_undo'; readonly until: Instant };

export type AppointmentAction =
  | 'edit'
  | 'cancel'
  | 'reschedule'
  | 'approve'
  | 'decline'
  | 'confirm'
  | 'arrive'
  | 'room'
  | 'check_in'
  | 'complete'
  | 'leave'
  | 'no_show'
  | 'undo';

export interface TransitionContext {
  readonly actor: SchedulingActor;
  readonly now: Instant;
  readonly policy: SchedulingPolicy;
  /** The version the client saw (`If-Match`); `null` when the client sent none. */
  readonly expectedVersion: ExpectedVersion;
}

/** An absent field is left as it is; `null` clears it. */
export interface AppointmentEdit {
  readonly reason?: string | null;
  readonly symptoms?: string | null;
  readonly notes?: string | null;
}

type Outcome = Result<readonly AppointmentChange[], TransitionRefusal>;

/** For each action the states it is allowed in, and the state it leads to. */
const TRANSITIONS = {
  approve: { from: ['requested'], to: 'scheduled' },
  decline: { from: ['requested'], to: 'cancelled' },
  confirm: { from: ['scheduled'], to: 'confirmed' },
  arrive: { from: ['scheduled', 'confirmed'], to: 'arrived' },
  room: { from: ['scheduled', 'confirmed', 'arrived'], to: 'roomed' },
  check_in: { from: ['scheduled', 'confirmed', 'arrived', 'roomed'], to: 'in_progress' },
  complete: { from: ['scheduled', 'confirmed', 'arrived', 'roomed', 'in_progress'], to: 'completed' },
  leave: { from: ['scheduled', 'confirmed', 'arrived', 'roomed', 'in_progress'], to: 'left_without_being_seen' },
  no_show: { from: ['scheduled', 'confirmed'], to: 'no_show' },
  cancel: { from: OPEN, to: 'cancelled' },
} as const satisfies Record<string, { from: readonly AppointmentStatus[]; to: AppointmentStatus }>;

type Transition = keyof typeof TRANSITIONS;

const ACTIONS: readonly AppointmentAction[] = [
  'edit',
  'cancel',
  'reschedule',
  'approve',
  'decline',
  'confirm',
  'arrive',
  'room',
  'check_in',
  'complete',
  'leave',
  'no_show',
  'undo',
];

/** The actions that this kind of actor may take on the appointment now, in a fixed order. */
export function actions(
  appointment: Appointment,
  actorKind: ActorKind,
  now: Instant,
  policy: SchedulingPolicy,
): readonly AppointmentAction[] {
  return ACTIONS.filter((action) => check(action, appointment, actorKind, now, policy) === undefined);
}

/** The refusal of an action; `undefined` when it is allowed. */
export function check(
  action: AppointmentAction,
  appointment: Appointment,
  actorKind: ActorKind,
  now: Instant,
  policy: SchedulingPolicy,
): TransitionRefusal | undefined {
  const byPatient = actorKind === 'patient';
  switch (action) {
    case 'edit':
      // The clinic may complete its notes after the visit. A patient may not edit a closed appointment.
      if (byPatient && !isOpen(appointment)) return { code: 'appointment_closed', currentStatus: appointment.status };
      return undefined;
    case 'reschedule':
      if (!isOpen(appointment)) return { code: 'appointment_closed', currentStatus: appointment.status };
      return byPatient ? rescheduleLimit(appointment, now, policy) : undefined;
    case 'cancel':
      return stateOf(action, appointment) ?? (byPatient ? cancelLimit(appointment, now, policy) : undefined);
    case 'confirm':
      return (
        stateOf(action, appointment) ?? (byPatient && appointment.start <= now ? hasBegun(appointment) : undefined)
      );
    case 'undo':
      return byPatient ? { code: 'action_not_permitted' } : undoLimit(appointment, now);
    default:
      if (byPatient) return { code: 'action_not_permitted' };
      return stateOf(action, appointment) ?? tooEarly(action, appointment, now, policy);
  }
}

/** Approves a request of a patient. */
export function approve(appointment: Appointment, context: TransitionContext): Outcome {
  return changeStatus('approve', appointment, context);
}

export function confirm(appointment: Appointment, context: TransitionContext): Outcome {
  return changeStatus('confirm', appointment, context);
}

export function arrive(appointment: Appointment, context: TransitionContext): Outcome {
  return changeStatus('arrive', appointment, context);
}

/** The patient is in the room and waits for the doctor. */
export function room(appointment: Appointment, context: TransitionContext): Outcome {
  return changeStatus('room', appointment, context);
}

/** The patient went home before the visit. */
export function leave(appointment: Appointment, context: TransitionContext): Outcome {
  return changeStatus('leave', appointment, context);
}

export function checkIn(appointment: Appointment, context: TransitionContext): Outcome {
  return changeStatus('check_in', appointment, context);
}

export function complete(appointment: Appointment, context: TransitionContext): Outcome {
  return changeStatus('complete', appointment, context);
}

export function markNoShow(appointment: Appointment, context: TransitionContext): Outcome {
  return changeStatus('no_show', appointment, context);
}

/**
 * Cancels and frees the time.
 * @param reason as the actor gave it
 */
export function cancel(appointment: Appointment, reason: string | null, context: TransitionContext): Outcome {
  const { actor, now, policy } = context;
  const refusal = stale(appointment, context) ?? check('cancel', appointment, actor.kind, now, policy);
  return refusal ? refuse(refusal) : ok([cancelled(appointment, reason, context)]);
}

/** The change that ends an appointment before it has begun. */
export function cancelled(
  appointment: Appointment,
  reason: string | null,
  { actor, now }: Pick<TransitionContext, 'actor' | 'now'>,
): AppointmentChange {
  const byKind = makerOf(actor, appointment.patientId);
  const cancellation = { at: now, by: actor.userId, byKind, reason };
  const ended = nextVersion(appointment, now, { status: 'cancelled', cancellation });
  return { type: 'appointment.cancelled', appointment: ended, expectedVersion: appointment.version };
}

/** Sets reason and symptoms, and for the clinic also the notes. Returns no change when all values stay the same. */
export function edit(appointment: Appointment, edits: AppointmentEdit, context: TransitionContext): Outcome {
  const { actor, now } = context;
  const refusal = stale(appointment, context) ?? check('edit', appointment, actor.kind, now, context.policy);
  if (refusal) return refuse(refusal);
  if (actor.kind === 'patient' && edits.notes !== undefined) return refuse({ code: 'action_not_permitted' });
  const fields = {
    reason: edits.reason === undefined ? appointment.reason : edits.reason,
    symptoms: edits.symptoms === undefined ? appointment.symptoms : edits.symptoms,
    notes: edits.notes === undefined ? appointment.notes : edits.notes,
  };
  const changed = (['reason', 'symptoms', 'notes'] as const).filter((name) => fields[name] !== appointment[name]);
  if (changed.length === 0) return ok([]);
  const edited = nextVersion(appointment, now, fields);
  return ok([{ type: 'appointment.edited', appointment: edited, expectedVersion: appointment.version, changed }]);
}

/** The refusal when the client saw another version. */
export function stale(
  appointment: Appointment,
  context: Pick<TransitionContext, 'expectedVersion'>,
): TransitionRefusal | undefined {
  return staleness(appointment, context.expectedVersion);
}

function changeStatus(
  action: Exclude<Transition, 'cancel' | 'decline'>,
  appointment: Appointment,
  context: TransitionContext,
): Outcome {
  const { actor, now, policy } = context;
  const refusal = stale(appointment, context) ?? check(action, appointment, actor.kind, now, policy);
  if (refusal) return refuse(refusal);
  return ok([
    {
      type: 'appointment.status_changed',
      appointment: nextVersion(appointment, now, { status: TRANSITIONS[action].to }),
      expectedVersion: appointment.version,
      previousStatus: appointment.status,
    },
  ]);
}

function stateOf(action: Transition, { status }: Appointment): TransitionRefusal | undefined {
  const { from, to } = TRANSITIONS[action];
  return from.some((state) => state === status) ? undefined : { code: 'invalid_transition', from: status, to };
}

function hasBegun({ status }: Appointment): TransitionRefusal {
  return { code: 'appointment_closed', currentStatus: status };
}

function undoLimit(appointment: Appointment, now: Instant): TransitionRefusal | undefined {
  if (!isUndoable(appointment.status)) return { code: 'nothing_to_undo', currentStatus: appointment.status };
  const until = undoableUntil(appointment);
  return now < until ? undefined : { code: 'too_late_to_undo', until };
}

function tooEarly(
  action: Transition,
  { start }: Appointment,
  now: Instant,
  policy: SchedulingPolicy,
): TransitionRefusal | undefined {
  const minutes = opensAfter(action, policy);
  if (minutes === undefined) return undefined;
  const from = start + minutes * MILLISECONDS_PER_MINUTE;
  return now < from ? { code: 'too_early', from } : undefined;
}

/**
 * Minutes after the start from which an action is allowed; `undefined` for no limit. An appointment that has not begun
 * cannot have been completed or missed.
 */
function opensAfter(action: Transition, policy: SchedulingPolicy): number | undefined {
  switch (action) {
    case 'arrive':
    case 'room':
    case 'check_in':
    case 'leave':
      return -policy.checkInOpensMinutes;
    case 'complete':
      return 0;
    case 'no_show':
      return policy.noShowAfterMinutes;
    case 'approve':
    case 'decline':
    case 'confirm':
    case 'cancel':
      return undefined;
  }
}
