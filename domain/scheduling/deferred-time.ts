/**
 * Time that fits patients who have an open offer. Such a patient gets no second offer, so the time is noted with the first
 * one, and matched again once that is answered. An offer without an answer ends the claim: who is silent is not offered what
 * became bookable until then.
 */
import type { UserId } from '../shared/ids.ts';
import type { Instant } from '../shared/time.ts';
import type { FreedTime } from './freed-time.ts';
import type { WaitlistOfferId } from './ids.ts';

export interface DeferredTime extends FreedTime {
  /** When it became bookable. */
  readonly openedAt: Instant;
}

/** An open offer of a patient whom a time would fit. */
export interface BlockingOffer {
  readonly offerId: WaitlistOfferId;
  readonly patientId: UserId;
}

export type DeferredTimeChange =
  /** Guarded: all of the offers are still open. */
  | { readonly type: 'waitlist.time_deferred'; readonly time: DeferredTime; readonly behind: readonly BlockingOffer[] }
  /** The times up to this one, ordered by doctor, start and end, are matched again. */
  | { readonly type: 'waitlist.deferred_matched'; readonly offerId: WaitlistOfferId; readonly upTo: DeferredTime };
