/** What happens to future appointments, holds and waitlist entries when an account is closed or a doctor changes role. */
import type { UserId } from '../shared/ids.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import { type Appointment, type AppointmentChange, isOpen, type SchedulingActor } from './appointment.ts';
import type { Coming } from './coming.ts';
import { type FreedTime, freedBy } from './freed-time.ts';
import { type Hold, type HoldChange, isLive } from './hold.ts';
import type { SchedulingPolicy } from './policy.ts';
import type { OffboardingRecord, ResignationRecord } from './ports.ts';
import { cancel } from './transitions.ts';
import {
  closeOffer,
  moveEntry,
  type WaitlistChange,
  type WaitlistEntry,
  type WaitlistOffer,
  withdrawEntry,
} from './waitlist.ts';

/** Writes nothing. Guarded: the batch fails while anybody has, waits for or is offered time of the doctor. */
export type DoctorResigned = { readonly type: 'doctor.resigned'; readonly doctorId: UserId; readonly at: Instant };

/** The doctor still has appointments, whose patients would meet nobody. */
export type DoctorStillBooked = {
  readonly code: 'doctor_still_booked';
  /** Afterwards the role can be changed. */
  readonly until: Instant;
} & Pick<Coming, 'appointments' | 'appointmentIds'>;

export interface OffboardingState {
  /** Future appointments of the person, as patient, as doctor or as additional doctor. */
  readonly appointments: readonly Appointment[];
  /** Holds placed by the person, for the person or with the person. */
  readonly holds: readonly Hold[];
  /** Entries of the person, entries that name the person as doctor, and entries with an open offer of the person's time. */
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
  /** Entries that were ended, because nobody can serve them any more. */
  readonly ended: readonly WaitlistEntry[];
  /** Offers of the person's time that were withdrawn; their entries wait again. */
  readonly withdrawn: readonly WaitlistOffer[];
  /** Freed time of other doctors, with the buffers; of an offer whose hold was not loaded, without them. */
  readonly freed: readonly FreedTime[];
}

/**
 * Cancels the person's future appointments and releases holds. Entries for this doctor alone end; entries that other doctors
 * can serve keep waiting. No notice applies: an account can be closed at any time.
 */
export function offboard(person: UserId, state: OffboardingState, context: OffboardingContext): Offboarding {
  const { actor, now } = context;
  const policy = { ...context.policy, cancelNoticeMinutes: 0 };
  const cancellations = state.appointments
    .filter((appointment) => isOpen(appointment) && appointment.start > now)
    .flatMap((appointment) => decidedOf(cancel(appointment, null, { actor, now, policy, expectedVersion: null })));

  const waiting = state.entries.map(({ entry, openOffer }) => leaveEntry(person, entry, openOffer, now));
  const offers = state.entries.flatMap(({ openOffer }) => openOffer ?? []);
  const behindOffers = new Set<string>(offers.map(({ holdId }) => holdId));
  const busyOf = new Map(state.holds.map(({ id, busy }) => [id, busy] as const));
  const holds = state.holds.filter((hold) => isLive(hold, now) && !behindOffers.has(hold.id));

  const freed = [
    ...cancellations.flatMap(freedBy),
    ...holds.map(({ doctorId, busy }) => ({ doctorId, ...busy })),
    ...offers.map(({ doctorId, holdId, start, end }) => ({ doctorId, start, end, ...busyOf.get(holdId) })),
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

/**
 * A part that ends in a batch of its own, before the last batch closes the account: a doctor may have thousands of appointments.
 * @param record with one more than `atOnce`, if there are as many
 * @param atOnce how many appointments, and how many entries, end in one batch
 * @returns `undefined` when all of it can end in one batch
 */
export function portionOf({ appointments, entries }: OffboardingRecord, atOnce: number): OffboardingRecord | undefined {
  if (appointments.length <= atOnce && entries.length <= atOnce) return undefined;
  return { appointments: appointments.slice(0, atOnce), holds: [], entries: entries.slice(0, atOnce) };
}

/**
 * The part of the record that ends when a doctor gets another role: what the same person has as a patient stays. Refused
 * while the doctor has future appointments: people decide which of them move to whom, and a wrong click in a list of roles
 * must not cancel them all.
 */
export function resign(doctor: UserId, record: ResignationRecord): Result<OffboardingRecord, DoctorStillBooked> {
  const { until, ...coming } = record.coming;
  if (until !== null) return refuse({ code: 'doctor_still_booked', ...coming, until });
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

/** The changes of a decision; none when it was refused because the appointment or entry is closed already. */
function decidedOf<C>(outcome: Result<readonly C[], unknown>): readonly C[] {
  return outcome.ok ? outcome.value : [];
}
