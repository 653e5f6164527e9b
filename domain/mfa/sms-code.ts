/** Codes sent to an enrolled phone: six digits, valid for five minutes, with a limit on repeated sending (R14). */
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, equalBytes, utf8 } from '../shared/bytes.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { MfaCodeInvalid } from './totp.ts';

export type SmsCodeIssued =
  /** Guarded by the number of messages sent before. */
  {
    readonly type: 'sms_code.issued';
    readonly tokenHash: Uint8Array;
    readonly code: StoredSmsCode;
    readonly previousSends: number;
  };

export const SMS_CODE_SECONDS = 300;
/** Between two messages of one challenge. */
export const SMS_RESEND_SECONDS = 60;
/** Messages of one challenge. */
export const SMS_SENDS = 3;
/** Random bytes that one code takes: 8 for the digits, 16 for the salt. */
export const SMS_RANDOM_BYTES = 24;

/** A code as it is stored. Attempts are counted by the challenge it belongs to. */
export interface StoredSmsCode {
  readonly hash: Uint8Array;
  readonly salt: Uint8Array;
  readonly sentAt: Instant;
  readonly expiresAt: Instant;
  /** How many were sent for this challenge, this one included. */
  readonly sends: number;
}

export type SmsThrottled = { readonly code: 'sms_throttled'; readonly retryAfterSeconds: number };

/**
 * @param previous the last code sent for the same challenge; it stops working
 * @param random 24 random bytes
 * @returns `sms_throttled` within a minute of the last message, and always after the third
 */
export function issueSmsCode(
  previous: StoredSmsCode | null,
  random: Uint8Array,
  now: Instant,
): Result<{ readonly code: string; readonly stored: StoredSmsCode }, SmsThrottled> {
  if (random.length < SMS_RANDOM_BYTES) throw new RangeError(`an SMS code needs ${SMS_RANDOM_BYTES} random bytes`);
  const sends = (previous?.sends ?? 0) + 1;
  if (sends > SMS_SENDS) return refuse({ code: 'sms_throttled', retryAfterSeconds: SMS_CODE_SECONDS });
  const wait = previous === null ? 0 : previous.sentAt + SMS_RESEND_SECONDS * 1000 - now;
  if (wait > 0) return refuse({ code: 'sms_throttled', retryAfterSeconds: Math.ceil(wait / 1000) });
  const code = sixDigits(random.subarray(0, 8));
  const salt = random.slice(8, SMS_RANDOM_BYTES);
  const stored = { hash: hashSmsCode(code, salt), salt, sentAt: now, expiresAt: now + SMS_CODE_SECONDS * 1000, sends };
  return ok({ code, stored });
}

export function verifySmsCode(
  entered: string,
  stored: StoredSmsCode | null,
  now: Instant,
): Result<void, MfaCodeInvalid> {
  if (stored === null || stored.expiresAt <= now) return refuse({ code: 'mfa_code_invalid' });
  const matches = equalBytes(hashSmsCode(entered.replace(/\s/g, ''), stored.salt), stored.hash);
  return matches ? ok(undefined) : refuse({ code: 'mfa_code_invalid' });
}

/** 64 bits taken modulo a million: the bias is below 2^-44. */
function sixDigits(bytes: Uint8Array): string {
  let bits = 0n;
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte);
  return String(bits % 1_000_000n).padStart(6, '0');
}

/** The salt makes hashes of equal codes differ. Six digits are protected by their lifetime of five minutes and five attempts. */
function hashSmsCode(code: string, salt: Uint8Array): Uint8Array {
  return sha256(concat(salt, utf8(code)));
}
