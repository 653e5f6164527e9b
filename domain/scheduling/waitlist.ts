/**
 * The waitlist. An entry holds the criteria of a patient. When time is freed, the best-ranked entry that fits gets an offer
 * for a limited time, backed by a hold. If the offer is declined or expires, the time is offered to the next entry.
 */
import type { HoldId, UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { Appointment } from './appointment.ts';
import type { BookingContext, BookingRefusal, BookingRequest } from './booking.ts';
import type { InvalidFields } from './field-errors.ts';
import { type BookedInstead, bookInstead, type GiveBackMismatch } from './giving-back.ts';
import type { Hold, HoldChange } from './hold.ts';
import type { WaitlistEntryId, WaitlistOfferId } from './ids.ts';
import type { SchedulingPolicy } from './policy.ts';
import type { Receiver } from './receivers.ts';
import type { BookingState } from './slot-check.ts';
import type { TransitionRefusal } from './transitions.ts';
import { criteriaErrors, type Servers, type WaitlistCriteria } from './waitlist-criteria.ts';

export const WAITLIST_STATES = ['waiting', 'offered', 'booked', 'withdrawn', 'expired'] as const;
export type WaitlistState = (typeof WAITLIST_STATES)[number];

export interface WaitlistEntry extends WaitlistCriteria {
  readonly id: WaitlistEntryId;
  readonly patientId: UserId;
  /** Set by staff; higher ranks come first. Default 0. */
  readonly rank: number;
  /** How many offers in a row the patient has left unanswered. The same for all open entries of a patient. */
  readonly missed: number;
  readonly state: WaitlistState;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly version: number;
}

export const OFFER_STATES = ['open', 'accepted', 'declined', 'expired', 'withdrawn'] as const;
export type OfferState = (typeof OFFER_STATES)[number];

export interface WaitlistOffer {
  readonly id: WaitlistOfferId;
  readonly entryId: WaitlistEntryId;
  readonly patientId: UserId;
  /** The hold that reserves the time until the offer expires. */
  readonly holdId: HoldId;
  readonly doctorId: UserId;
  readonly start: Instant;
  readonly end: Instant;
  readonly state: OfferState;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  readonly version: number;
}

/** Whom an offer to a patient, or the end of an entry, is told. */
export interface OfferReceivers {
  readonly patientKey: DataKey;
  /** The clinic has entered an address of the patient, who has not accepted the invitation yet. */
  readonly isInvited: boolean;
  /** Who acts for the patient, with the keys of their own. */
  readonly proxies: readonly Receiver[];
}

/**
 * Guarded: the type is active, and the doctor whom the entry names offers it. Unless `atMost` is `null`, also guarded: the patient has
 * at most `atMost` open entries, this one included, and no two with the same criteria. It is `null` for the entry of an appointment
 * that was moved: that entry stands for the appointment, so the limits on wishes do not apply.
 */
export type WaitlistEntryAdded = {
  readonly type: 'waitlist.entry_added';
  readonly entry: WaitlistEntry;
  readonly atMost: number | null;
};

export type WaitlistChange =
  | { readonly type: 'waitlist.entry_changed'; readonly entry: WaitlistEntry; readonly expectedVersion: number }
  /** Guarded: the patient was not offered the time before; if it is the offer of a `wish`, nothing else is offered now. */
  | { readonly type: 'waitlist.offer_made'; readonly offer: WaitlistOffer; readonly of: 'wish' | 'moved_appointment' }
  | { readonly type: 'waitlist.offer_closed'; readonly offer: WaitlistOffer; readonly expectedVersion: number };

export type WaitlistRefusal =
  | { readonly code: 'waitlist_entry_not_found' }
  | { readonly code: 'waitlist_entry_closed' }
  | { readonly code: 'offer_not_found' }
  | { readonly code: 'offer_expired'; readonly expiredAt: Instant }
  | { readonly code: 'offer_closed' }
  /** The patient has an open entry with the same criteria. */
  | { readonly code: 'waitlist_entry_exists'; readonly entryId: WaitlistEntryId }
  /** The entry names a doctor who treats own patients alone, and the patient is none of them. */
  | { readonly code: 'doctor_accepts_no_new_patients' }
  | { readonly code: 'too_many_waitlist_entries'; readonly limit: number };

/** Why an offer cannot be answered. */
export type OfferRefusal = Extract<WaitlistRefusal, { code: 'offer_not_found' | 'offer_expired' | 'offer_closed' }>;

export interface JoinContext {
  readonly now: Instant;
  readonly policy: Pick<SchedulingPolicy, 'maximumWaitlistEntries'>;
  readonly entryId: WaitlistEntryId;
  readonly patientId: UserId;
  readonly rank: number;
  readonly servers: Servers;
  /** {@link BookingState.isKnownPatient} for the doctor whom the entry names. */
  readonly isKnownPatient: boolean;
  /** The patient's entries that are waiting or offered. */
  readonly openEntries: readonly (WaitlistCriteria & Pick<WaitlistEntry, 'id'>)[];
}

export function joinWaitlist(
  criteria: WaitlistCriteria,
  context: JoinContext,
): Result<
  { readonly entry: WaitlistEntry; readonly changes: readonly WaitlistEntryAdded[] },
  WaitlistRefusal | InvalidFields
> {
  const { now, policy } = context;
  const errors = criteriaErrors(criteria, context.servers, now);
  if (errors.length > 0) return refuse({ code: 'invalid_fields', errors });
  if (context.servers.doctor?.acceptingPatients === false && !context.isKnownPatient) {
    return refuse({ code: 'doctor_accepts_no_new_patients' });
  }
  // Each entry can get an offer: many entries with the same criteria would take time from other patients.
  const same = context.openEntries.find((open) => hasSameCriteria(open, criteria));
  if (same) return refuse({ code: 'waitlist_entry_exists', entryId: same.id });
  if (context.openEntries.length >= policy.maximumWaitlistEntries) {
    return refuse({ code: 'too_many_waitlist_entries', limit: policy.maximumWaitlistEntries });
  }
  const entry: WaitlistEntry = {
    ...criteria,
    id: context.entryId,
    patientId: context.patientId,
    rank: context.rank,
    // What the patient has left unanswered before is counted when the entry is written.
    missed: 0,
    state: 'waiting',
    createdAt: now,
    updatedAt: now,
    version: 1,
  };
  const atMost = policy.maximumWaitlistEntries;
  return ok({ entry, changes: [{ type: 'waitlist.entry_added', entry, atMost }] });
}

function hasSameCriteria(a: WaitlistCriteria, b: WaitlistCriteria): boolean {
  return (
    a.appointmentTypeId === b.appointmentTypeId &&
    a.doctorId === b.doctorId &&
    a.specialty?.toLowerCase() === b.specialty?.toLowerCase() &&
    a.from === b.from &&
    a.to === b.to &&
    a.dailyWindow?.start === b.dailyWindow?.start &&
    a.dailyWindow?.end === b.dailyWindow?.end
  );
}

/** Withdraws an entry and its open offer. */
export function withdrawEntry(
  entry: WaitlistEntry,
  openOffer: WaitlistOffer | null,
  now: Instant,
): Result<readonly (WaitlistChange | HoldChange)[], WaitlistRefusal> {
  if (!isWaiting(entry)) return refuse({ code: 'waitlist_entry_closed' });
  const closing = openOffer ? closeOffer(openOffer, 'withdrawn') : [];
  return ok([...closing, moveEntry(entry, 'withdrawn', now)]);
}

/** A booking with what it changes in the waitlist. */
export interface AcceptedOffer extends BookedInstead {
  readonly waitlist: readonly WaitlistChange[];
}

/**
 * Books the offered time through the hold of the offer. The caller has checked that the actor acts for the patient.
 * @param hold the stored hold of the offer; `null` when it is gone
 * @param later the appointment that the patient gives back; `null` for none
 */
export function acceptOffer(
  state: BookingState,
  { offer, entry, hold }: { readonly offer: WaitlistOffer; readonly entry: WaitlistEntry; readonly hold: Hold | null },
  later: Appointment | null,
  context: BookingContext & Pick<BookingRequest, 'dateOfBirth'>,
): Result<AcceptedOffer, BookingRefusal | OfferRefusal | GiveBackMismatch | TransitionRefusal> {
  const barred = offerRefusal(offer, context.now);
  if (barred) return refuse(barred);
  const booking = bookInstead(
    state,
    {
      patientId: offer.patientId,
      dateOfBirth: context.dateOfBirth,
      start: { kind: 'instant', instant: offer.start },
      endTime: null,
      reason: null,
      symptoms: null,
      visitMode: null,
      notes: null,
      answers: null,
      exception: null,
      holdId: offer.holdId,
      holderId: offer.patientId,
    },
    hold,
    later,
    context,
  );
  return booking.ok ? ok({ ...booking.value, waitlist: markAccepted(offer, entry, context.now) }) : booking;
}

/** What a booking of the offered time changes in the waitlist. The booking itself consumes the hold. */
export function markAccepted(offer: WaitlistOffer, entry: WaitlistEntry, now: Instant): readonly WaitlistChange[] {
  return [offerChange(offer, 'accepted'), moveEntry(entry, 'booked', now)];
}

/** Declines an offer: its entry waits again, and its time is freed. The caller has checked that the actor acts for the patient. */
export function declineOffer(
  offer: WaitlistOffer,
  entry: WaitlistEntry,
  now: Instant,
): Result<readonly (WaitlistChange | HoldChange)[], OfferRefusal> {
  const barred = offerRefusal(offer, now);
  return barred ? refuse(barred) : ok(returnOffer(offer, entry, now).changes);
}

/** Closes an offer whose time is given back: as declined, or as expired when the time to answer is over. */
export function returnOffer(
  offer: WaitlistOffer,
  entry: WaitlistEntry,
  now: Instant,
): { readonly as: 'declined' | 'expired'; readonly changes: readonly (WaitlistChange | HoldChange)[] } {
  const as = now < offer.expiresAt ? 'declined' : 'expired';
  return { as, changes: [...closeOffer(offer, as), moveEntry(entry, 'waiting', now)] };
}

/** Closes an offer that has expired. Returns no change when it has not, or when it is closed already. */
export function expireOffer(
  offer: WaitlistOffer,
  entry: WaitlistEntry,
  now: Instant,
): readonly (WaitlistChange | HoldChange)[] {
  return offer.state !== 'open' || now < offer.expiresAt ? [] : returnOffer(offer, entry, now).changes;
}

/** Changes the state of an entry. */
export function moveEntry(entry: WaitlistEntry, state: WaitlistState, now: Instant): WaitlistChange {
  return {
    type: 'waitlist.entry_changed',
    entry: { ...entry, state, updatedAt: now, version: entry.version + 1 },
    expectedVersion: entry.version,
  };
}

function offerRefusal(offer: WaitlistOffer, now: Instant): OfferRefusal | undefined {
  if (offer.state === 'expired' || (offer.state === 'open' && now >= offer.expiresAt)) {
    return { code: 'offer_expired', expiredAt: offer.expiresAt };
  }
  return offer.state === 'open' ? undefined : { code: 'offer_closed' };
}

/** Closes an offer and releases its hold. */
export function closeOffer(offer: WaitlistOffer, state: OfferState): readonly (WaitlistChange | HoldChange)[] {
  return [{ type: 'hold.released', holdId: offer.holdId, holderId: offer.patientId }, offerChange(offer, state)];
}

function offerChange(offer: WaitlistOffer, state: OfferState): WaitlistChange {
  return {
    type: 'waitlist.offer_closed',
    offer: { ...offer, state, version: offer.version + 1 },
    expectedVersion: offer.version,
  };
}

function isWaiting({ state }: WaitlistEntry): boolean {
  return state === 'waiting' || state === 'offered';
}
