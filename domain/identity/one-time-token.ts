/** Tokens that arrive by mail: 256 random bits, stored hashed, single use, expiring (R7). */
import { sha256 } from '@noble/hashes/sha2.js';
import { toBase64Url, utf8 } from '../shared/bytes.ts';
import type { UserId } from '../shared/ids.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';

/** Unknown, expired, or used before. */
export type TokenInvalid = { readonly code: 'token_invalid' };

export type TokenChange =
  | {
      readonly type: 'one_time_token.issued';
      readonly hash: Uint8Array;
      readonly userId: UserId;
      readonly purpose: TokenPurpose;
      readonly createdAt: Instant;
      readonly expiresAt: Instant;
      /** Whether tokens of the same purpose that were mailed before go on working. */
      readonly beside: boolean;
    }
  /** Changes nothing. Guarded: no token that works was issued since. Locks the account, and comes first. */
  | {
      readonly type: 'one_time_token.none_since';
      readonly userId: UserId;
      readonly purpose: TokenPurpose;
      readonly since: Instant;
    }
  | { readonly type: 'one_time_token.used'; readonly hash: Uint8Array; readonly usedAt: Instant };

export type TokenPurpose = 'verify_email' | 'reset_password' | 'accept_invitation';

/** How long each kind works, in seconds: 24 hours to verify, 1 hour to reset, 7 days to accept an invitation. */
export const TOKEN_LIFETIME_SECONDS: Readonly<Record<TokenPurpose, number>> = {
  verify_email: 86_400,
  reset_password: 3_600,
  accept_invitation: 604_800,
};

/** A secret for its receiver, and the hash that is kept. */
export interface IssuedToken {
  readonly token: string;
  readonly hash: Uint8Array;
}

export interface OneTimeToken {
  readonly hash: Uint8Array;
  readonly userId: UserId;
  readonly purpose: TokenPurpose;
  readonly expiresAt: Instant;
  readonly usedAt: Instant | null;
}

export function hashToken(token: string): Uint8Array {
  return sha256(utf8(token));
}

/** @param random 32 random bytes */
export function issueToken(random: Uint8Array): IssuedToken {
  if (random.length < 32) throw new RangeError('a token needs 32 random bytes');
  const token = toBase64Url(random);
  return { token, hash: hashToken(token) };
}

/** When a token that is issued now stops working. */
export function tokenEnd(purpose: TokenPurpose, now: Instant): Instant {
  return now + TOKEN_LIFETIME_SECONDS[purpose] * 1000;
}

/**
 * The change that stores a token; earlier ones of the same purpose stop working.
 * @param beside whether they go on working instead. Default: false
 */
export function oneTimeToken(
  issued: IssuedToken,
  userId: UserId,
  purpose: TokenPurpose,
  now: Instant,
  beside = false,
): TokenChange {
  return {
    type: 'one_time_token.issued',
    hash: issued.hash,
    userId,
    purpose,
    createdAt: now,
    expiresAt: tokenEnd(purpose, now),
    beside,
  };
}

/** Uses a token up. Two parallel uses: the guarded change lets one through. */
export function redeem(token: OneTimeToken | undefined, now: Instant): Result<TokenChange, TokenInvalid> {
  if (token === undefined || token.usedAt !== null || token.expiresAt <= now) return refuse({ code: 'token_invalid' });
  return ok({ type: 'one_time_token.used', hash: token.hash, usedAt: now });
}
