/** What becomes of the time to come, and of waiting for it, when somebody leaves: the clinic, or the work as a doctor. */
import type { AppointmentId, UserId } from '../shared/ids.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import { type Appointment, type AppointmentChange, isOpen, type SchedulingActor } from './appointment.ts';
import { type FreedTime, freedBy } from './freed-time.ts';
import { type Hold, type HoldChange, isLive } from './hold.ts';
import type { SchedulingPolicy } from './policy.ts';
import type { OffboardingRecord } from './ports.ts';
import { cancel } from './transitions.ts';
import {
  closeOffer,
  moveEntry,
  type WaitlistChange,
  type WaitlistEntry,
  type WaitlistOffer,
  withdrawEntry,
} from './waitlist.ts';

/** Changes nothing. Guarded: the batch fails while anybody has, waits for or is offered time of the doctor. */
export type DoctorResigned = { readonly type: 'doctor.resigned'; readonly doctorId: UserId; readonly at: Instant };

/** Patients would come to somebody who is no doctor any more. */
export type DoctorStillBooked = {
  readonly code: 'doctor_still_booked';
  /** How many are still to come. */
  readonly appointments: number;
  /** The first of them, by start. */
  readonly appointmentIds: readonly AppointmentId[];
  /** When the last of them begins: afterwards nothing stands in the way. */
  readonly until: Instant;
};

export interface OffboardingState {
  /** Those of the person, as patient or as doctor, that could still come. */
  readonly appointments: readonly Appointment[];
  /** Placed by the person, for the person or with the person. */
  readonly holds: readonly Hold[];
  /** The person's own, those that name the person as doctor, and those that are offered the person's time. */
  readonly entries: readonly { readonly entry: WaitlistEntry; readonly openOffer: WaitlistOffer | null }[];
}

export interface OffboardingContext {
  /** Who closes the account. */
  readonly actor: SchedulingActor;
  readonly now: Instant;
  readonly policy: SchedulingPolicy;
}

export interface Offboarding {
  readonly changes: readonly (AppointmentChange | HoldChange | WaitlistChange)[];
  readonly cancelled: readonly Appointment[];
  /** Entries that nobody can serve any more. */
  readonly ended: readonly WaitlistEntry[];
  /** Offers of time that is gone, whose entries wait on. */
  readonly withdrawn: readonly WaitlistOffer[];
  /** Other doctors' time that somebody else may have now. */
  readonly freed: readonly FreedTime[];
}

/**
 * Cancels what is to come and lets go of what is held. Who waits for nobody but this doctor need not wait any longer;
 * who would take others waits on. No notice is asked for: an account can be closed at any time.
 */
export function depart(person: UserId, state: OffboardingState, context: OffboardingContext): Offboarding {
  const { actor, now } = context;
  const policy = { ...context.policy, cancelNoticeMinutes: 0 };
  const cancellations = state.appointments
    .filter((appointment) => isOpen(appointment) && appointment.start > now)
    .flatMap((appointment) => decidedOf(cancel(appointment, null, { actor, now, policy, expectedVersion: null })));

  const waiting = state.entries.map(({ entry, openOffer }) => leaveEntry(person, entry, openOffer, now));
  const offers = state.entries.flatMap(({ openOffer }) => openOffer ?? []);
  const behindOffers = new Set<string>(offers.map(({ holdId }) => holdId));
  const holds = state.holds.filter((hold) => isLive(hold, now) && !behindOffers.has(hold.id));

  const freed = [
    ...cancellations.flatMap((change) => freedBy(change) ?? []),
    ...holds.map(({ doctorId, busy }) => ({ doctorId, ...busy })),
    ...offers.map(({ doctorId, start, end }) => ({ doctorId, start, end })),
  ];
  return {
    changes: [
      ...cancellations,
      ...holds.map(({ id, holderId }) => ({ type: 'hold.released', holdId: id, holderId }) as const),
      ...waiting.flatMap(({ changes }) => changes),
    ],
    cancelled: cancellations.map(({ appointment }) => appointment),
    ended: waiting.flatMap(({ ended }) => ended ?? []),
    withdrawn: waiting.flatMap(({ withdrawn }) => withdrawn ?? []),
    freed: freed.filter(({ doctorId }) => doctorId !== person),
  };
}

/** How many appointments a refusal names: as many as a page of a list. */
const NAMED_APPOINTMENTS = 100;

/**
 * What a doctor leaves who stays with the clinic in another role; what the same person has as a patient is no part of it.
 * With appointments to come it is refused: which of them move to whom is for people to decide, and a slip in a list of
 * roles must not cancel them all.
 */
export function resign(
  doctor: UserId,
  record: OffboardingRecord,
  now: Instant,
): Result<OffboardingRecord, DoctorStillBooked> {
  const coming = record.appointments
    .map(({ appointment }) => appointment)
    .filter((appointment) => appointment.doctorId === doctor && isOpen(appointment) && appointment.start > now)
    .sort((a, b) => a.start - b.start);
  const last = coming.at(-1);
  if (last !== undefined) {
    const appointmentIds = coming.slice(0, NAMED_APPOINTMENTS).map(({ id }) => id);
    return refuse({ code: 'doctor_still_booked', appointments: coming.length, appointmentIds, until: last.start });
  }
  return ok({
    appointments: [],
    holds: record.holds.filter(({ doctorId }) => doctorId === doctor),
    entries: record.entries.filter(
      ({ entry, openOffer }) => entry.doctorId === doctor || openOffer?.doctorId === doctor,
    ),
  });
}

interface Left {
  readonly changes: readonly (HoldChange | WaitlistChange)[];
  readonly ended?: WaitlistEntry;
  readonly withdrawn?: WaitlistOffer;
}

function leaveEntry(person: UserId, entry: WaitlistEntry, offer: WaitlistOffer | null, now: Instant): Left {
  if (entry.patientId === person || entry.doctorId === person) {
    return { changes: decidedOf(withdrawEntry(entry, offer, now)), ended: entry };
  }
  if (offer?.doctorId !== person) return { changes: [] };
  return { changes: [...closeOffer(offer, 'withdrawn'), moveEntry(entry, 'waiting', now)], withdrawn: offer };
}

/** What is closed already stays as it is. */
function decidedOf<C>(outcome: Result<readonly C[], unknown>): readonly C[] {
  return outcome.ok ? outcome.value : [];
}
