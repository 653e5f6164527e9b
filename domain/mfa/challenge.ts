/** The challenge between first and second factor: valid for five minutes, five attempts and one success (R15, R16). */
import { sha256 } from '@noble/hashes/sha2.js';
import { toBase64Url, utf8 } from '../shared/bytes.ts';
import type { UserId } from '../shared/ids.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { StoredSmsCode } from './sms-code.ts';
import type { MfaMethod } from './state.ts';

export type ChallengeChange =
  | { readonly type: 'mfa_challenge.issued'; readonly challenge: MfaChallenge }
  /** Guarded by the number of attempts before. */
  | { readonly type: 'mfa_challenge.failed'; readonly tokenHash: Uint8Array; readonly previousAttempts: number }
  /** Guarded: not passed before, and the attempts are what they were (R16). */
  | {
      readonly type: 'mfa_challenge.passed';
      readonly tokenHash: Uint8Array;
      readonly previousAttempts: number;
      readonly at: Instant;
    };

export const CHALLENGE_SECONDS = 300;
export const CHALLENGE_ATTEMPTS = 5;
export const CHALLENGE_TOKEN_BYTES = 32;

export interface MfaChallenge {
  readonly tokenHash: Uint8Array;
  readonly userId: UserId;
  readonly methods: readonly MfaMethod[];
  /** RFC 8176 methods of the first factor. */
  readonly amr: readonly string[];
  /** How the tokens were asked for at the first factor. Default: bearer. */
  readonly transport?: 'bearer' | 'cookie';
  /** Whether the session is to outlive the browser. Default: true. */
  readonly remembered?: boolean;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  /** Wrong codes so far. */
  readonly attempts: number;
  readonly passedAt: Instant | null;
  readonly sms: StoredSmsCode | null;
}

/** The challenge is unknown, expired, passed or out of attempts. The client signs in again. */
export type MfaTokenInvalid = { readonly code: 'mfa_token_invalid' };

/** An opaque secret and its stored hash. It is not a JWT, so it cannot be used as an access token (R16). */
export interface ChallengeToken {
  readonly token: string;
  readonly hash: Uint8Array;
}

/** @param random 32 random bytes */
export function makeChallengeToken(random: Uint8Array): ChallengeToken {
  if (random.length < CHALLENGE_TOKEN_BYTES) throw new RangeError(`a challenge needs ${CHALLENGE_TOKEN_BYTES} bytes`);
  const token = toBase64Url(random);
  return { token, hash: hashChallengeToken(token) };
}

export function hashChallengeToken(token: string): Uint8Array {
  return sha256(utf8(token));
}

export function issueChallenge(
  asked: {
    readonly tokenHash: Uint8Array;
    readonly userId: UserId;
    readonly methods: readonly MfaMethod[];
    readonly amr: readonly string[];
    readonly transport?: 'bearer' | 'cookie';
    readonly remembered?: boolean;
  },
  now: Instant,
): MfaChallenge {
  return {
    ...asked,
    createdAt: now,
    expiresAt: now + CHALLENGE_SECONDS * 1000,
    attempts: 0,
    passedAt: null,
    sms: null,
  };
}

/** Whether a challenge can still be answered. */
export function openChallenge(
  challenge: MfaChallenge | undefined,
  now: Instant,
): Result<MfaChallenge, MfaTokenInvalid> {
  const isOpen =
    challenge !== undefined &&
    challenge.passedAt === null &&
    challenge.attempts < CHALLENGE_ATTEMPTS &&
    challenge.expiresAt > now;
  return isOpen ? ok(challenge) : refuse({ code: 'mfa_token_invalid' });
}
