/**
 * One attempt at a second factor, for every purpose: signing in, step-up, disabling MFA. The cap on wrong codes is applied
 * here, so that no purpose can bypass it.
 */

import type { AuditDraftOf } from '../shared/audit-event-kind.ts';
import { ok, type Result } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import {
  ATTEMPTS,
  type AttemptState,
  type AttemptsExhausted,
  type AttemptsRecorded,
  mayAttempt,
  recordFailure,
  recordSuccess,
} from './attempts.ts';
import type { AuditDraft, MfaEvent } from './audit-events.ts';
import { BACKUP_CODES, type BackupCodeChange, verifyBackupCode } from './backup-codes.ts';
import { type StoredSmsCode, verifySmsCode } from './sms-code.ts';
import { backupCodesLeft, type MfaMethod, type MfaState } from './state.ts';
import { ACCEPTED_STEPS, type MfaCodeInvalid, type TotpStepConsumed, verifyTotp } from './totp.ts';

export interface SecondFactorAnswer {
  readonly method: MfaMethod;
  readonly code: string;
}

export type SecondFactorError = MfaCodeInvalid | AttemptsExhausted;

/** The changes of an attempt, passed or refused. */
export type TryChange = AttemptsRecorded | TotpStepConsumed | BackupCodeChange;

/** A refusal has changes too: the attempt is counted in the same batch that refuses it. */
export type SecondFactorAttempt<E extends string = MfaEvent> =
  | {
      readonly kind: 'passed';
      readonly method: MfaMethod;
      /** RFC 8176. */
      readonly amr: string;
      readonly backupCodesLeft: number;
      readonly changes: readonly TryChange[];
      readonly audit: readonly AuditDraftOf<MfaEvent | E>[];
    }
  | {
      readonly kind: 'refused';
      readonly error: SecondFactorError;
      readonly changes: readonly TryChange[];
      readonly audit: readonly AuditDraftOf<MfaEvent | E>[];
    };

/**
 * How many parallel attempts can be stored before an attempt is refused without being stored: wrong ones up to the cap, and
 * right ones up to the number of single-use codes. A command that is decided once more than that reaches the refusal.
 */
export const TRIES_BEFORE_REFUSAL = ATTEMPTS + BACKUP_CODES + ACCEPTED_STEPS;

/** RFC 8176 has no value for backup codes; they are one-time passwords. */
const AMR: Readonly<Record<MfaMethod, string>> = { totp: 'otp', backup_code: 'otp', sms: 'sms' };

/**
 * @param sms the code sent for the challenge that is answered, if any
 * @param failure how a wrong code is recorded: an event of the context that asked for the code
 */
export function trySecondFactor<E extends string>(
  state: MfaState,
  answer: SecondFactorAnswer,
  sms: StoredSmsCode | null,
  failure: E,
  now: Instant,
): SecondFactorAttempt<E> {
  const allowed = mayAttempt(state.attempts, now);
  if (!allowed.ok) return { kind: 'refused', error: allowed.error, changes: [], audit: [] };
  const checked = check(state, answer, sms, now);
  if (!checked.ok) return refuseAttempt(state, answer.method, checked.error, failure, now);
  const isBackupCode = answer.method === 'backup_code';
  const left = backupCodesLeft(state) - (isBackupCode ? 1 : 0);
  const used: AuditDraft[] = isBackupCode
    ? [{ type: 'mfa.backup_code_used', stream: state.userId, outcome: 'success', details: { left } }]
    : [];
  return {
    kind: 'passed',
    method: answer.method,
    amr: AMR[answer.method],
    backupCodesLeft: left,
    changes: [attemptsRecorded(state, recordSuccess(state.attempts)), ...checked.value],
    audit: used,
  };
}

function check(
  state: MfaState,
  { method, code }: SecondFactorAnswer,
  sms: StoredSmsCode | null,
  now: Instant,
): Result<readonly TryChange[], MfaCodeInvalid> {
  const { userId, totp } = state;
  // Without an enrolled app there is no second factor, even if backup codes or a phone are stored.
  if (totp === null) return { ok: false, error: { code: 'mfa_code_invalid' } };
  switch (method) {
    case 'totp': {
      if (totp.secret === null) return { ok: false, error: { code: 'mfa_code_invalid' } };
      const verified = verifyTotp(totp.secret, code, now, totp.lastUsedStep);
      if (!verified.ok) return verified;
      const { step } = verified.value;
      return ok([{ type: 'totp.step_consumed', userId, step, previousStep: totp.lastUsedStep }]);
    }
    case 'backup_code': {
      const verified = verifyBackupCode(code, state.backupCodes);
      return verified.ok ? ok([{ type: 'backup_code.used', userId, hash: verified.value.hash, at: now }]) : verified;
    }
    case 'sms': {
      const verified = verifySmsCode(code, state.hasPhone ? sms : null, now);
      return verified.ok ? ok([]) : verified;
    }
  }
}

function refuseAttempt<E extends string>(
  state: MfaState,
  method: MfaMethod,
  error: MfaCodeInvalid,
  failure: E,
  now: Instant,
): SecondFactorAttempt<E> {
  const stream = state.userId;
  const counted = recordFailure(state.attempts, now);
  const audit: AuditDraftOf<MfaEvent | E>[] = [
    { type: failure, stream, outcome: 'failure', details: { method }, error: error.code },
  ];
  if (counted.pausedUntil !== null) audit.push({ type: 'mfa.attempts_exhausted', stream, outcome: 'failure' });
  return { kind: 'refused', error, changes: [attemptsRecorded(state, counted)], audit };
}

function attemptsRecorded({ userId, attempts: { version } }: MfaState, attempts: AttemptState): TryChange {
  return { type: 'mfa_attempts.recorded', userId, attempts, previousVersion: version };
}
