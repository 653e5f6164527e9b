/**
 * Throttling of failed sign-ins (R6). Failures are counted per e-mail address, with or without an account, and per client
 * address. After the free failures each further one starts a pause, twice as long as the one before. A pause does not lock
 * the owner out: a password from a known device is checked during it.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8 } from '../shared/bytes.ts';
import type { UserId } from '../shared/ids.ts';
import type { Instant } from '../shared/time.ts';
import type { User } from './user.ts';

export type SignInPaused = { readonly code: 'sign_in_paused'; readonly retryAfterSeconds: number };

export type SignInCounterChange =
  /** Counts one failure for an account or an address, and pauses it after the free ones. Seconds. */
  | {
      readonly type: 'sign_in.failed';
      readonly counter: Uint8Array;
      readonly freeFailures: number;
      readonly firstPauseSeconds: number;
      readonly longestPauseSeconds: number;
      readonly forgiveSeconds: number;
      readonly forgetAfterSeconds: number;
      readonly at: Instant;
    }
  /** The same on the account itself, for whoever looks at it. */
  | { readonly type: 'login.failed'; readonly userId: UserId; readonly counter: Uint8Array }
  | { readonly type: 'sign_in.cleared'; readonly counter: Uint8Array; readonly userId: UserId }
  /** Wrong second factors are forgotten. */
  | { readonly type: 'user.attempts_cleared'; readonly userId: UserId };

/** Times in seconds. */
export interface BackOffPolicy {
  /** Failures of one account before the first pause; 0 switches pauses off. */
  readonly accountFailures: number;
  /** The same for one client address, which many people may share. */
  readonly addressFailures: number;
  readonly firstPauseSeconds: number;
  readonly longestPauseSeconds: number;
  /**
   * After this time one failure of a client address is forgiven. Otherwise the typing errors of a clinic behind one address
   * would add up over days and lock everybody out.
   */
  readonly addressForgiveSeconds: number;
  /** After this time without a failure, counting starts again. */
  readonly forgetAfterSeconds: number;
}

export const DEFAULT_BACK_OFF: BackOffPolicy = {
  accountFailures: 10,
  addressFailures: 50,
  firstPauseSeconds: 30,
  longestPauseSeconds: 900,
  addressForgiveSeconds: 300,
  forgetAfterSeconds: 86_400,
};

/** @param factor multiplies how many failures are free; 0 switches pauses off */
export function scaledBackOff(factor: number): BackOffPolicy {
  const scale = (failures: number) => (factor === 0 ? 0 : Math.max(1, Math.floor(failures * factor)));
  return {
    ...DEFAULT_BACK_OFF,
    accountFailures: scale(DEFAULT_BACK_OFF.accountFailures),
    addressFailures: scale(DEFAULT_BACK_OFF.addressFailures),
  };
}

/** Hashed, so that the stored counters contain no e-mail addresses. */
export function accountCounter(email: string): Uint8Array {
  return sha256(utf8(`account ${email}`));
}

export function addressCounter(address: string): Uint8Array {
  return sha256(utf8(`address ${address}`));
}

/** Counts browsers that have signed in to the account before. Other browsers add nothing to it (R65). */
export function knownBrowsersCounter(email: string): Uint8Array {
  return sha256(utf8(`known ${email}`));
}

/** Clears every counter in the database that can keep somebody from signing in. */
export function clearedSignIns({ id, email }: Pick<User, 'id' | 'email'>): SignInCounterChange[] {
  if (email === null) return [];
  return [accountCounter(email), knownBrowsersCounter(email)].map((counter) => ({
    type: 'sign_in.cleared',
    counter,
    userId: id,
  }));
}

/** Also clears the wrong codes of the second factor: after a password reset and when an account is unlocked. */
export function clearedCounters(user: Pick<User, 'id' | 'email'>): SignInCounterChange[] {
  return [...clearedSignIns(user), { type: 'user.attempts_cleared', userId: user.id }];
}

/** The counters that one attempt adds to. */
export interface SignInCounters {
  readonly account: Uint8Array;
  /** Null for an address that is trusted, and for a browser that has signed in to the account before: what others do at the same address does not count against it. */
  readonly address: Uint8Array | null;
}

export function countersOf(email: string, address: string | null, isKnownBrowser: boolean): SignInCounters {
  return isKnownBrowser
    ? { account: knownBrowsersCounter(email), address: null }
    : { account: accountCounter(email), address: address === null ? null : addressCounter(address) };
}

export interface SignInPauses {
  readonly account: Instant | null;
  readonly address: Instant | null;
}

/** Seconds to wait, or 0. A known device waits for its address only. */
export function secondsToWait(pauses: SignInPauses, isKnownDevice: boolean, now: Instant): number {
  const until = Math.max(pauses.address ?? 0, isKnownDevice ? 0 : (pauses.account ?? 0));
  return Math.max(0, Math.ceil((until - now) / 1000));
}

/** Counts a failure. The store increments each counter in one statement, so that parallel failures are all counted. */
export function countFailure(counters: SignInCounters, policy: BackOffPolicy, now: Instant): SignInCounterChange[] {
  if (policy.accountFailures === 0) return [];
  const counted = (counter: Uint8Array, freeFailures: number, forgiveSeconds: number): SignInCounterChange => ({
    type: 'sign_in.failed',
    counter,
    freeFailures,
    forgiveSeconds,
    firstPauseSeconds: policy.firstPauseSeconds,
    longestPauseSeconds: policy.longestPauseSeconds,
    forgetAfterSeconds: policy.forgetAfterSeconds,
    at: now,
  });
  return [
    counted(counters.account, policy.accountFailures, policy.forgetAfterSeconds),
    ...(counters.address === null
      ? []
      : [counted(counters.address, policy.addressFailures, policy.addressForgiveSeconds)]),
  ];
}
