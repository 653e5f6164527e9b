/** The history of an appointment's status, which cannot be found out later. */
import type { Instant } from '../shared/time.ts';
import type { ActorKind, AppointmentStatus } from './appointment.ts';

/** How whoever changed an appointment reached the clinic. */
export const CHANNELS = ['web', 'phone', 'in_person', 'api', 'system'] as const;
export type Channel = (typeof CHANNELS)[number];

/** The channels that the clinic names when it acts for a person who called or came. */
export const TOLD_CHANNELS = ['phone', 'in_person'] as const satisfies readonly Channel[];
export type ToldChannel = (typeof TOLD_CHANNELS)[number];

/** Who makes a change of an appointment, as its history keeps it. */
export interface StepOrigin {
  readonly byKind: ActorKind;
  readonly channel: Channel;
}

/** One change of the status. */
export interface AppointmentStep {
  /** The version of the appointment that the change made. */
  readonly version: number;
  readonly status: AppointmentStatus;
  readonly at: Instant;
  /** `null` where a version of the portal that did not record it made the change. */
  readonly byKind: ActorKind | null;
  readonly channel: Channel | null;
}
