/** Adds to a change the data keys that its personal text is encrypted with, and who makes it. */
import type {
  KeyedAppointmentChange,
  KeyedPersonalChange,
  PersonalChange,
  StoredSchedulingChange,
} from '../../../domain/changes.ts';
import type { ClinicalKeyCreated } from '../../../domain/privacy/changes.ts';
import { type Appointment, type AppointmentChange, makerOf } from '../../../domain/scheduling/appointment.ts';
import type { StepOrigin } from '../../../domain/scheduling/steps.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { schedulingActor } from './actors.ts';

/** What a command of scheduling commits. */
export type SchedulingCommit = StoredSchedulingChange | ClinicalKeyCreated;

/** Every type of change that holds an appointment: a new one does not compile until it is listed. */
const APPOINTMENT_CHANGES: Readonly<Record<AppointmentChange['type'], true>> = {
  'appointment.booked': true,
  'appointment.cancelled': true,
  'appointment.rescheduled': true,
  'appointment.status_changed': true,
  'appointment.restored': true,
  'appointment.wall_clock_kept': true,
  'appointment.edited': true,
};

const PERSONAL_CHANGES: Readonly<Record<PersonalChange['type'], true>> = {
  'waitlist.entry_added': true,
  'availability.time_off_added': true,
  'rebooking.begun': true,
};

/** Changes that hold no personal text. */
type PlainChange = Exclude<StoredSchedulingChange, KeyedAppointmentChange | KeyedPersonalChange>;

/**
 * Adds the patient's key and the actor to each change of an appointment. The first clinical text of a patient (`notes`) also creates the
 * patient's clinical key, in the same batch (R76).
 * @param origin who makes the change, where the caller is not signed in. Default: the caller
 */
export function withPatientKey(
  deps: Pick<Deps, 'cipher' | 'random'>,
  context: Context,
  changes: readonly (AppointmentChange | PlainChange)[],
  patientKey: DataKey,
  origin?: StepOrigin,
): SchedulingCommit[] {
  const holdsClinicalText = changes.some((change) => isAppointmentChange(change) && change.appointment.notes !== null);
  const isNeeded = holdsClinicalText && patientKey.clinical === undefined && !deps.cipher.mixesVersions();
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
        ? { ...change, patientKey: keys, origin: origin ?? originOf(context, change.appointment) }
        : change,
    ),
  ];
}

/** Who changes the appointment, and over which channel: as the clinic named it, or as the request came. */
function originOf({ actor, channel }: Context, { patientId }: Pick<Appointment, 'patientId'>): StepOrigin {
  if (actor.kind === 'anonymous' || actor.kind === 'system') return { byKind: 'system', channel: 'system' };
  return {
    byKind: makerOf(schedulingActor(actor), patientId),
    channel: channel ?? (actor.kind === 'api_key' ? 'api' : 'web'),
  };
}

function isAppointmentChange(change: AppointmentChange | PlainChange): change is AppointmentChange {
  return Object.hasOwn(APPOINTMENT_CHANGES, change.type);
}

/** Adds the person's key to the changes that hold text about that person: a waitlist entry, a reason for time off. */
export function withDataKey(
  dataKey: DataKey,
  changes: readonly (PersonalChange | PlainChange)[],
): StoredSchedulingChange[] {
  return changes.map((change) => (isPersonalChange(change) ? { ...change, dataKey } : change));
}

function isPersonalChange(change: PersonalChange | PlainChange): change is PersonalChange {
  return Object.hasOwn(PERSONAL_CHANGES, change.type);
}
