/**
 * The cap on wrong codes of an account, across factors and challenges: ten in 15 minutes, then a pause of 15 minutes (R15).
 * The state has a version, and the change that stores it is guarded by that version, so that parallel guesses are counted one
 * by one.
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
  /** Times of wrong codes, oldest first. Those older than the window do not count. */
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
 * A right code is not counted as a failure but passes the same guard. Without it, a lucky guess in a burst would succeed after
 * the cap was reached. It does not reset the failures: otherwise each sign-in of the owner would give a guesser who knows the
 * password new attempts.
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
