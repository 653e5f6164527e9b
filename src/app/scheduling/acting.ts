/** Who acts on what in scheduling, and what follows from time that is given back. */
import type { KeyedAppointmentChange, StoredSchedulingChange } from '../../../domain/changes.ts';
import type { ClinicalKeyCreated } from '../../../domain/privacy/changes.ts';
import type { Appointment, SchedulingActor } from '../../../domain/scheduling/appointment.ts';
import type { AppointmentChange, SchedulingChange } from '../../../domain/scheduling/changes.ts';
import type { SlotTaken, SlotUnavailable } from '../../../domain/scheduling/errors.ts';
import { type FreedTime, freedBy } from '../../../domain/scheduling/waitlist-matching.ts';
import { isAllowed, type KnownActor } from '../../../domain/shared/actor.ts';
import type { ConflictCode, JobDraft } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { type Asking, type Viewer, viewerOf } from '../../../domain/shared/viewer.ts';
import { type Context, type Deps, newId } from '../context.ts';

export function schedulingActor(
  actor: Pick<KnownActor, 'role' | 'userId'>,
): SchedulingActor & { readonly userId: UserId } {
  return { kind: actor.role, userId: actor.userId };
}

/** Whose appointments are found when they are to be changed: a key that runs them need not be one that reads records. */
export function changerOf(actor: KnownActor, asking: Asking): Viewer {
  return viewerOf(actor, asking, 'run:appointments');
}

/** For whom somebody may book, hold or wait. The access table has let in whoever may for others. */
export function bookerOf({ userId, role }: Pick<KnownActor, 'userId' | 'role'>, { claim }: Asking): Viewer {
  const ofRestricted = role === 'admin' && claim?.ground !== undefined;
  return { userId, role, ofPatients: true, ofRestricted, emergency: null };
}

/** Whether the patient's words may be told: to whoever changes an appointment, only what reading it would tell. */
export function mayReadClinicalText(
  actor: KnownActor,
  appointment: Pick<Appointment, 'patientId' | 'doctorId'>,
): boolean {
  const isOwn =
    appointment.patientId === actor.userId || (actor.role === 'doctor' && appointment.doctorId === actor.userId);
  return isAllowed(actor, isOwn ? 'read:own_appointments' : 'read:patient_records');
}

/** A doctor sees all appointments of own patients, and changes only those that are with that doctor. */
export function mayChange(
  actor: Pick<KnownActor, 'role' | 'userId'>,
  appointment: Pick<Appointment, 'doctorId'>,
): boolean {
  return actor.role !== 'doctor' || appointment.doctorId === actor.userId;
}

/** What a command of scheduling commits. */
export type SchedulingCommit = StoredSchedulingChange | ClinicalKeyCreated;

/** Adds the key that seals the patient's words, and makes the clinical key with the first clinical text (R76). */
export function keyed<C extends SchedulingChange>(
  deps: Pick<Deps, 'cipher' | 'random'>,
  context: Context,
  changes: readonly C[],
  patientKey: DataKey,
): (Exclude<C, AppointmentChange> | KeyedAppointmentChange | ClinicalKeyCreated)[] {
  const first = changes.find((change) => isAppointmentChange(change) && change.appointment.notes !== null);
  const isNeeded = first !== undefined && patientKey.clinical === undefined && !deps.cipher.mixesVersions();
  const clinical = isNeeded ? deps.cipher.newKey(newId<'clinical_key'>(deps, context.now)) : patientKey.clinical;
  const keys = clinical === undefined ? patientKey : { ...patientKey, clinical };
  const created: ClinicalKeyCreated[] =
    isNeeded && clinical !== undefined
      ? [{ type: 'clinical_key.created', patientId: patientKey.ownerId as UserId, key: clinical, at: context.now }]
      : [];
  return [
    ...created,
    ...changes.map((change) =>
      isAppointmentChange(change)
        ? ({ ...change, patientKey: keys } as unknown as KeyedAppointmentChange)
        : (change as Exclude<C, AppointmentChange>),
    ),
  ];
}

function isAppointmentChange(change: SchedulingChange): change is AppointmentChange {
  return change.type.startsWith('appointment.');
}

/** Adds the key that seals what the person concerned said beside appointments. */
export function keyedFor(dataKey: DataKey, changes: readonly SchedulingChange[]): StoredSchedulingChange[] {
  return changes.map((change) => ({ ...change, dataKey }) as unknown as StoredSchedulingChange);
}

/** What it means that time could not be taken. Any other constraint cannot be met by taking time: it is a bug. */
export function timeConflict(code: ConflictCode): SlotTaken | SlotUnavailable {
  switch (code) {
    case 'slot_taken':
      return { code, alternatives: [] };
    case 'patient_conflict':
      return { code: 'slot_unavailable', reasons: [{ code }], alternatives: [] };
    case 'email_taken':
    case 'appointment_type_exists':
    case 'override_exists':
    case 'legal_version_exists':
    case 'limit_in_force':
    case 'idempotency_key_raced':
      throw new Error(`a constraint that taking time cannot meet: ${code}`);
  }
}

/** Looks for somebody on the waitlist who wants time that is free now. */
export const MATCH_WAITLIST = 'waitlist.match';
/** Ends an offer that nobody took up. */
export const EXPIRE_OFFER = 'waitlist.expire_offer';

/** @param notBefore when the time is free. Default: at once */
export function matchJob(freed: FreedTime, notBefore?: Instant): JobDraft {
  const { doctorId, start, end } = freed;
  return {
    topic: MATCH_WAITLIST,
    payload: { doctorId, start: String(start), end: String(end) },
    ...(notBefore === undefined ? {} : { notBefore }),
  };
}

/** A job for each piece of time that the changes give back and that is still to come. */
export function freedJobs(
  changes: readonly (SchedulingChange | StoredSchedulingChange)[],
  now: Instant,
): readonly JobDraft[] {
  return changes
    .map(freedBy)
    .filter((freed) => freed !== undefined && freed.end > now)
    .map((freed) => matchJob(freed as FreedTime));
}
