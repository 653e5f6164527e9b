/** Waiting for time to be freed: entries with wishes, offers with a limit, each backed by a hold of its own. */
import type { AppointmentTypeId, HoldId, UserId } from '../shared/ids.ts';
import type { Instant, LocalDate } from '../shared/time.ts';
import type { LocalRange } from './availability.ts';
import type { WaitlistEntryId, WaitlistOfferId } from './ids.ts';

export const WAITLIST_STATES = ['waiting', 'offered', 'booked', 'withdrawn', 'expired'] as const;
export type WaitlistState = (typeof WAITLIST_STATES)[number];

export interface WaitlistEntry {
  readonly id: WaitlistEntryId;
  readonly patientId: UserId;
  readonly appointmentTypeId: AppointmentTypeId;
  /** Whom the patient wants; both `null` for anybody. */
  readonly doctorId: UserId | null;
  readonly specialty: string | null;
  /** Local dates in the doctor's zone, both included. */
  readonly from: LocalDate;
  readonly to: LocalDate;
  /** The time of day the whole appointment must lie in; `null` for any. */
  readonly dailyWindow: LocalRange | null;
  /** Set by staff; the higher goes first. Default 0. */
  readonly rank: number;
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
  /** Keeps the time until the offer ends. */
  readonly holdId: HoldId;
  readonly doctorId: UserId;
  readonly start: Instant;
  readonly end: Instant;
  readonly state: OfferState;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  readonly version: number;
}
