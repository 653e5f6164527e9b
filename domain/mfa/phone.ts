/**
 * A phone that can receive codes instead of the authenticator app (R14). A code sent to it proves that the owner has it. It can
 * only be enrolled beside an app: a phone number alone is too easily taken over.
 */

import type { UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import { type AttemptsRecorded, mayAttempt, recordFailure, recordSuccess } from './attempts.ts';
import { type MfaChallenge, type MfaTokenInvalid, openChallenge } from './challenge.ts';
import type { MfaNotEnabled, Recorded } from './enrolment.ts';
import type { SecondFactorError } from './second-factor.ts';
import { issueSmsCode, type SmsCodeIssued, type SmsThrottled, type StoredSmsCode, verifySmsCode } from './sms-code.ts';
import { isMfaEnabled, type MfaState } from './state.ts';

export type PhoneChange =
  /** Guarded by the number of messages sent before. */
  | {
      readonly type: 'mfa_phone.code_issued';
      readonly userId: UserId;
      /** Seals the number. */
      readonly dataKey: DataKey;
      readonly phone: string;
      readonly code: StoredSmsCode;
      readonly previousSends: number;
    }
  /** Makes the pending phone the enrolled one. Guarded: one is pending. */
  | {
      readonly type: 'mfa_phone.enrolled';
      readonly userId: UserId;
      readonly dataKey: DataKey;
      readonly phone: string;
      readonly at: Instant;
    }
  | { readonly type: 'mfa_phone.removed'; readonly userId: UserId };

export type MfaPhoneMissing = { readonly code: 'mfa_phone_missing' };

export interface PhoneState {
  readonly dataKey: DataKey;
  /** Proven. E.164. */
  readonly phone: string | null;
  /** Not yet confirmed by its code. */
  readonly pending: { readonly phone: string; readonly code: StoredSmsCode } | null;
}

export interface SentCode extends Recorded<PhoneChange | SmsCodeIssued> {
  readonly code: string;
  readonly phone: string;
  readonly expiresAt: Instant;
}

/** Sends a code to a phone that is to be enrolled. @param random 24 random bytes */
export function startPhone(
  state: MfaState,
  current: PhoneState,
  phone: string,
  random: Uint8Array,
  now: Instant,
): Result<SentCode, MfaNotEnabled | SmsThrottled> {
  if (!isMfaEnabled(state)) return refuse({ code: 'mfa_not_enabled' });
  const previous = current.pending?.code ?? null;
  // Messages are limited per hour, so codes that expired long ago do not count.
  const issued = issueSmsCode(previous === null || isForgotten(previous, now) ? null : previous, random, now);
  if (!issued.ok) return issued;
  const { code, stored } = issued.value;
  return ok({
    code,
    phone,
    expiresAt: stored.expiresAt,
    changes: [
      {
        type: 'mfa_phone.code_issued',
        userId: state.userId,
        dataKey: current.dataKey,
        phone,
        code: stored,
        previousSends: previous?.sends ?? 0,
      },
    ],
    audit: [{ type: 'mfa.sms_sent', stream: state.userId, outcome: 'success' }],
  });
}

const FORGOTTEN_AFTER_SECONDS = 3600;

function isForgotten(code: StoredSmsCode, now: Instant): boolean {
  return code.sentAt <= now - FORGOTTEN_AFTER_SECONDS * 1000;
}

export type PhoneProof = Recorded<PhoneChange | AttemptsRecorded> &
  ({ readonly kind: 'done' } | { readonly kind: 'refused'; readonly error: SecondFactorError });

/** Both outcomes are committed: a wrong code counts as an attempt of the account. */
export function verifyPhone(state: MfaState, current: PhoneState, entered: string, now: Instant): PhoneProof {
  const { userId, attempts } = state;
  const allowed = mayAttempt(attempts, now);
  if (!allowed.ok) return { kind: 'refused', error: allowed.error, changes: [], audit: [] };
  const checked = verifySmsCode(entered, current.pending?.code ?? null, now);
  const recorded = (next: typeof attempts): AttemptsRecorded => ({
    type: 'mfa_attempts.recorded',
    userId,
    attempts: next,
    previousVersion: attempts.version,
  });
  if (!checked.ok) {
    return {
      kind: 'refused',
      error: checked.error,
      changes: [recorded(recordFailure(attempts, now))],
      audit: [{ type: 'mfa.enable_failed', stream: userId, outcome: 'failure', details: { method: 'sms' } }],
    };
  }
  return {
    kind: 'done',
    changes: [
      recorded(recordSuccess(attempts)),
      {
        type: 'mfa_phone.enrolled',
        userId,
        dataKey: current.dataKey,
        phone: current.pending?.phone ?? '',
        at: now,
      },
    ],
    audit: [{ type: 'mfa.phone_enrolled', stream: userId, outcome: 'success' }],
  };
}

/** Sends a code to the enrolled phone, for a challenge. @param random 24 random bytes */
export function sendChallengeCode(
  challenge: MfaChallenge | undefined,
  current: PhoneState | undefined,
  random: Uint8Array,
  now: Instant,
): Result<SentCode, MfaTokenInvalid | MfaPhoneMissing | SmsThrottled> {
  const opened = openChallenge(challenge, now);
  if (!opened.ok) return opened;
  const { tokenHash, userId, sms } = opened.value;
  if (current === undefined || current.phone === null) return refuse({ code: 'mfa_phone_missing' });
  const issued = issueSmsCode(sms, random, now);
  if (!issued.ok) return issued;
  const { code, stored } = issued.value;
  return ok({
    code,
    phone: current.phone,
    expiresAt: stored.expiresAt,
    changes: [{ type: 'sms_code.issued', tokenHash, code: stored, previousSends: sms?.sends ?? 0 }],
    audit: [{ type: 'mfa.sms_sent', stream: userId, outcome: 'success' }],
  });
}
