/**
 * The cap on wrong codes of one account, whatever the factor and the challenge: ten in fifteen minutes, then a pause of
 * fifteen (R15). The state carries a version; the change that stores it is guarded by it, so that parallel guesses are
 * counted one by one.
 */

import type { UserId } from '../shared/ids.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';

export type AttemptsRecorded =
  /** Guarded by the version before; version 0 is a row that does not exist yet (R15). */
  {
    readonly type: 'mfa_attempts.recorded';
    readonly userId: UserId;
    readonly attempts: AttemptState;
    readonly previousVersion: number;
  };

export const ATTEMPTS = 10;
export const ATTEMPT_WINDOW_SECONDS = 900;
export const PAUSE_SECONDS = 900;

export interface AttemptState {
  /** When wrong codes came, oldest first; those out of the window do not count. */
  readonly failures: readonly Instant[];
  readonly pausedUntil: Instant | null;
  /** Grows with each try, right or wrong. */
  readonly version: number;
}

export const NO_ATTEMPTS: AttemptState = { failures: [], pausedUntil: null, version: 0 };

export type AttemptsExhausted = { readonly code: 'mfa_attempts_exhausted'; readonly retryAfterSeconds: number };

export function mayAttempt(state: AttemptState, now: Instant): Result<void, AttemptsExhausted> {
  const wait = (state.pausedUntil ?? 0) - now;
  return wait > 0
    ? refuse({ code: 'mfa_attempts_exhausted', retryAfterSeconds: Math.ceil(wait / 1000) })
    : ok(undefined);
}

/**
 * A right code is not counted, but passes the same guard: a lucky guess out of a burst would otherwise get in although
 * the cap was reached meanwhile. Nor does it take failures back: the owner's own logins would otherwise give a guesser
 * who knows the password fresh attempts all day.
 */
export function recordSuccess(state: AttemptState): AttemptState {
  return { ...state, version: state.version + 1 };
}

export function recordFailure(state: AttemptState, now: Instant): AttemptState {
  const recent = state.failures.filter((at) => at > now - ATTEMPT_WINDOW_SECONDS * 1000);
  const failures = [...recent, now];
  const isFull = failures.length >= ATTEMPTS;
  return {
    failures: isFull ? [] : failures,
    pausedUntil: isFull ? now + PAUSE_SECONDS * 1000 : null,
    version: state.version + 1,
  };
}
