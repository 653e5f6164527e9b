/** Confirming an appointment by a link in a mail, without a sign-in (ADR 0235). */
import type { UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { Appointment, AppointmentChange } from './appointment.ts';
import { confirm, type TransitionContext, type TransitionRefusal } from './transitions.ts';

/** Guarded: the link was not used before. */
export type ConfirmationChange = {
  readonly type: 'confirmation_link.used';
  readonly hash: Uint8Array;
  readonly at: Instant;
};

export interface ConfirmationLink {
  readonly hash: Uint8Array;
  /** When the appointment was to begin as the message was written. */
  readonly start: Instant;
  /** How often it had been moved by then. */
  readonly rescheduleCount: number;
  readonly usedAt: Instant | null;
  /** Who got the message. */
  readonly receiver: {
    readonly id: UserId;
    readonly dataKey: DataKey;
    /** BCP 47. */
    readonly language: string;
    /** Whether the account is open, and is the patient's or of somebody who acts for the patient now. */
    readonly isConcerned: boolean;
  };
}

/**
 * - `open`: it confirms
 * - `confirmed`: the appointment is confirmed, by this link or in another way, and is still to come as the message said
 * - `ended`: the appointment was moved or cancelled or has begun, or the receiver has no right to it any more
 */
export type LinkState = 'open' | 'confirmed' | 'ended';

type Described = Pick<Appointment, 'status' | 'start' | 'rescheduleCount'>;

export function linkState(link: ConfirmationLink, appointment: Described, now: Instant): LinkState {
  const isSame = appointment.start === link.start && appointment.rescheduleCount === link.rescheduleCount;
  if (!isSame || appointment.start <= now || !link.receiver.isConcerned) return 'ended';
  if (appointment.status === 'confirmed') return 'confirmed';
  return appointment.status === 'scheduled' && link.usedAt === null ? 'open' : 'ended';
}

export type LinkEnded = { readonly code: 'not_found' };

/** @returns no change if the appointment is confirmed already */
export function confirmByLink(
  link: ConfirmationLink,
  appointment: Appointment,
  { now, policy }: Pick<TransitionContext, 'now' | 'policy'>,
): Result<readonly (AppointmentChange | ConfirmationChange)[], TransitionRefusal | LinkEnded> {
  const state = linkState(link, appointment, now);
  if (state === 'ended') return refuse({ code: 'not_found' });
  if (state === 'confirmed') return ok([]);
  const actor = { kind: 'patient', userId: link.receiver.id } as const;
  const confirmed = confirm(appointment, { actor, now, policy, expectedVersion: null });
  return confirmed.ok
    ? ok([...confirmed.value, { type: 'confirmation_link.used', hash: link.hash, at: now }])
    : confirmed;
}
