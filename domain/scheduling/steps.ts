/** The history of an appointment's status, which cannot be found out later, and how its last step is undone. */
import { dayNumber, type Instant, MILLISECONDS_PER_DAY } from '../shared/time.ts';
import { firstInstantAt, localDateAt } from '../shared/zone.ts';
import type { Appointment, AppointmentStatus, MakerKind } from './appointment.ts';

/** The channel through which an appointment was changed. `email`: a link in a mail; `sms`: an answer to a text message; both without a sign-in. */
export const CHANNELS = ['web', 'phone', 'in_person', 'api', 'system', 'email', 'sms'] as const;
export type Channel = (typeof CHANNELS)[number];

/** The channels that the clinic names when it acts for a person who called or came. */
export const REPORTED_CHANNELS = ['phone', 'in_person'] as const satisfies readonly Channel[];
export type ReportedChannel = (typeof REPORTED_CHANNELS)[number];

/** Who makes a change of an appointment, as its history keeps it. */
export interface StepOrigin {
  readonly byKind: MakerKind;
  readonly channel: Channel;
}

/** One change of the status. */
export interface AppointmentStep {
  /** The version of the appointment that the change made. */
  readonly version: number;
  readonly status: AppointmentStatus;
  readonly at: Instant;
  /** `null` where a version of the portal that did not record it made the change. */
  readonly byKind: MakerKind | null;
  readonly channel: Channel | null;
}

/** How far a visit has come. An undo leads back to the last step of an earlier stage. */
const STAGES: Readonly<Record<AppointmentStatus, number>> = {
  requested: 0,
  scheduled: 1,
  confirmed: 2,
  arrived: 3,
  roomed: 4,
  in_progress: 5,
  completed: 6,
  left_without_being_seen: 7,
  cancelled: 7,
  no_show: 7,
};

/** Approving and confirming are not undone: the patient may rely on them. */
export function isUndoable(status: AppointmentStatus): boolean {
  return STAGES[status] > STAGES.confirmed;
}

/**
 * The status that an undo leads back to. A step that was undone before is of the same or a later stage than the status it
 * led back to, so it is passed over.
 * @returns `undefined` when the history does not tell
 */
export function statusBefore(
  steps: readonly AppointmentStep[],
  status: AppointmentStatus,
): AppointmentStatus | undefined {
  return steps.findLast((step) => STAGES[step.status] < STAGES[status])?.status;
}

/** The end of the local day on which the appointment got its status, in its own zone: until then the step can be undone. */
export function undoableUntil({ timezone, statusAt }: Pick<Appointment, 'timezone' | 'statusAt'>): Instant {
  return firstInstantAt(timezone, (dayNumber(localDateAt(timezone, statusAt)) + 1) * MILLISECONDS_PER_DAY);
}
