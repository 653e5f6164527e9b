/** Setting a second factor up, switching it off, and renewing backup codes (R13, R17). */

import type { UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { AuditDraft, MfaEvent } from './audit-events.ts';
import { type SecondFactorAnswer, type SecondFactorError, type TryChange, trySecondFactor } from './second-factor.ts';
import { isMfaEnabled, type MfaState } from './state.ts';
import { encodeSecret, TOTP_SECRET_BYTES } from './totp.ts';

export type EnrolmentChange =
  /** Replaces an earlier setup that was not finished. */
  | {
      readonly type: 'totp.setup_started';
      readonly userId: UserId;
      /** Seals the secret. */
      readonly dataKey: DataKey;
      /** Base32. */
      readonly secret: string;
      readonly expiresAt: Instant;
    }
  /**
   * Makes the pending secret the enrolled one, in place of one enrolled before. The secret is sealed anew, since a sealed
   * value is bound to its column. Guarded: the setup is the one whose secret was proven.
   */
  | {
      readonly type: 'totp.enrolled';
      readonly userId: UserId;
      readonly dataKey: DataKey;
      readonly secret: string;
      readonly usedStep: number;
      /** Of the setup. */
      readonly setupExpiresAt: Instant;
      readonly at: Instant;
    }
  /** Removes the secret, the phone and the backup codes. */
  | { readonly type: 'mfa.disabled'; readonly userId: UserId; readonly at: Instant };

/** How long a setup is valid. */
export const SETUP_SECONDS = 900;

export type MfaNotEnabled = { readonly code: 'mfa_not_enabled' };
/** No setup was begun, or it has expired. */
export type MfaSetupMissing = { readonly code: 'mfa_setup_missing' };

type Change = EnrolmentChange | TryChange;

export interface Recorded<C = Change> {
  readonly changes: readonly C[];
  readonly audit: readonly AuditDraft[];
}

/** Both outcomes are committed: a wrong code spends an attempt. */
export type CodeGuarded = Recorded &
  ({ readonly kind: 'done' } | { readonly kind: 'refused'; readonly error: SecondFactorError });

/**
 * Stores a new secret, which has no effect until it is enabled. The secret can be read in the answer only. An enrolled app continues
 * to work until the new one is enabled. The caller requires a recent proof, with the factor if one is enrolled, because a session
 * alone must not replace a factor.
 *
 * @param random 20 random bytes, which become the secret
 */
export function startSetup(
  state: MfaState,
  random: Uint8Array,
  dataKey: DataKey,
  now: Instant,
): Recorded & { readonly secret: Uint8Array } {
  if (random.length < TOTP_SECRET_BYTES) throw new RangeError(`a TOTP secret needs ${TOTP_SECRET_BYTES} random bytes`);
  const secret = random.slice(0, TOTP_SECRET_BYTES);
  const { userId } = state;
  return {
    secret,
    changes: [
      {
        type: 'totp.setup_started',
        userId,
        dataKey,
        secret: encodeSecret(secret),
        expiresAt: now + SETUP_SECONDS * 1000,
      },
    ],
    audit: [{ type: 'mfa.setup_started', stream: userId, outcome: 'success' }],
  };
}

/**
 * A first code proves that the app holds the secret; that code's step is used up with it. An app that was enrolled before is
 * replaced, and so are the backup codes.
 */
export function enableMfa(
  state: MfaState,
  code: string,
  backupCodeHashes: readonly Uint8Array[],
  now: Instant,
): Result<CodeGuarded, MfaSetupMissing> {
  const { userId, pending } = state;
  if (pending === null || pending.expiresAt <= now) return refuse({ code: 'mfa_setup_missing' });
  // The code is checked against the new secret, and counted with those of the account.
  const provisional = { ...state, totp: { secret: pending.secret, enabledAt: now, lastUsedStep: null } };
  const attempt = trySecondFactor(provisional, { method: 'totp', code }, null, 'mfa.enable_failed', now);
  if (attempt.kind === 'refused') return ok(attempt);
  const [step] = attempt.changes.flatMap((change) => (change.type === 'totp.step_consumed' ? [change.step] : []));
  if (step === undefined) throw new Error('a TOTP code was accepted without its step');
  return ok({
    kind: 'done',
    changes: [
      ...attempt.changes.filter(({ type }) => type !== 'totp.step_consumed'),
      {
        type: 'totp.enrolled',
        userId,
        dataKey: state.dataKey,
        secret: encodeSecret(pending.secret),
        usedStep: step,
        setupExpiresAt: pending.expiresAt,
        at: now,
      },
      { type: 'backup_codes.replaced', userId, hashes: backupCodeHashes, at: now },
    ],
    audit: [{ type: isMfaEnabled(state) ? 'mfa.app_replaced' : 'mfa.enabled', stream: userId, outcome: 'success' }],
  });
}

/** The caller has checked the password. The revocation matrix determines which credentials end (R64). */
export function disableMfa(
  state: MfaState,
  answer: SecondFactorAnswer,
  now: Instant,
): Result<CodeGuarded, MfaNotEnabled> {
  const { userId } = state;
  return withCode(state, answer, 'mfa.disable_failed', now, {
    changes: [{ type: 'mfa.disabled', userId, at: now }],
    audit: [{ type: 'mfa.disabled', stream: userId, outcome: 'success' }],
  });
}

/** Removes every factor without a code, for a person who has lost them. The administrator has verified who requests it. */
export function resetFactors(state: MfaState, now: Instant): Result<Recorded, MfaNotEnabled> {
  if (!isMfaEnabled(state)) return refuse({ code: 'mfa_not_enabled' });
  const { userId } = state;
  return ok({
    changes: [{ type: 'mfa.disabled', userId, at: now }],
    audit: [{ type: 'mfa.reset', stream: userId, outcome: 'success', resource: { type: 'user', id: userId } }],
  });
}

/** Replaces the backup codes; the former ones stop working. */
export function regenerateBackupCodes(
  state: MfaState,
  answer: SecondFactorAnswer,
  hashes: readonly Uint8Array[],
  now: Instant,
): Result<CodeGuarded, MfaNotEnabled> {
  const { userId } = state;
  return withCode(state, answer, 'mfa.challenge_failed', now, {
    changes: [{ type: 'backup_codes.replaced', userId, hashes, at: now }],
    audit: [{ type: 'mfa.backup_codes_regenerated', stream: userId, outcome: 'success' }],
  });
}

function withCode(
  state: MfaState,
  answer: SecondFactorAnswer,
  failure: MfaEvent,
  now: Instant,
  done: Recorded,
): Result<CodeGuarded, MfaNotEnabled> {
  if (!isMfaEnabled(state)) return refuse({ code: 'mfa_not_enabled' });
  const attempt = trySecondFactor(state, answer, null, failure, now);
  if (attempt.kind === 'refused') return ok(attempt);
  return ok({
    kind: 'done',
    changes: [...attempt.changes, ...done.changes],
    audit: [...attempt.audit, ...done.audit],
  });
}
