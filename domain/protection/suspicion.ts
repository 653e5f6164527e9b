/**
 * What an address has to expect after what it did without a credential (R65). A strike is a wrong password, code, key or
 * token, or a request that a limit refused. Signed-in people are bound by limits of their own and strike nobody.
 */

export interface SuspicionCounters {
  /** Strikes of the address in the window of the limit `strikes`. */
  readonly strikes: number;
}

export interface SuspicionThresholds {
  /** From this many strikes on a person must prove to be one. */
  readonly challengeAt: number;
  /** From this many strikes on the address is blocked. More than `challengeAt`, where that can be. */
  readonly blockAt: number;
}

export interface SuspicionExemptions {
  /** The clinic trusts the address. */
  readonly isTrusted: boolean;
  /** A challenge was passed a short while ago: no other one is demanded, but the address can still be blocked. */
  readonly hasPassed: boolean;
}

export const NO_EXEMPTIONS: SuspicionExemptions = { isTrusted: false, hasPassed: false };

/**
 * - `none`: nothing is demanded
 * - `challenge`: a request without a credential, and from no known browser, is answered only after a challenge
 * - `block`: the address is blocked
 */
export type Suspicion = 'none' | 'challenge' | 'block';

/** Five wrong passwords from one address demand a challenge of strangers there: people share addresses, so they are not refused. */
export const CHALLENGE_SHARE = 1 / 6;

/** @param blockAt how many strikes the limit `strikes` allows. With 1 an address is blocked at once, and never challenged. */
export function thresholdsOf(blockAt: number): SuspicionThresholds {
  return { challengeAt: Math.max(1, Math.ceil(blockAt * CHALLENGE_SHARE)), blockAt };
}

export function suspicion(
  { strikes }: SuspicionCounters,
  { challengeAt, blockAt }: SuspicionThresholds,
  { isTrusted, hasPassed }: SuspicionExemptions = NO_EXEMPTIONS,
): Suspicion {
  if (isTrusted) return 'none';
  if (strikes >= blockAt) return 'block';
  return strikes >= challengeAt && !hasPassed ? 'challenge' : 'none';
}
