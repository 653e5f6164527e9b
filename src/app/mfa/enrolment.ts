/** Enrolling a second factor, switching it off, renewing backup codes, and the devices that are trusted. */
import type { Change, Decision } from '../../../domain/changes.ts';
import { type FactorAction, factorsChanged } from '../../../domain/identity/factors-changed.ts';
import { type InvalidCredentials, wrongPassword } from '../../../domain/identity/passwords.ts';
import { requireStepUp, type StepUpRequired } from '../../../domain/identity/step-up.ts';
import { hasAddress, type UserNotFound } from '../../../domain/identity/user.ts';
import { BACKUP_CODE_BYTES, BACKUP_CODES, makeBackupCodes } from '../../../domain/mfa/backup-codes.ts';
import {
  type CodeGuarded,
  disableMfa,
  enableMfa,
  type MfaNotEnabled,
  type MfaSetupMissing,
  regenerateBackupCodes,
  SETUP_SECONDS,
  startSetup,
} from '../../../domain/mfa/enrolment.ts';
import { changesFactors } from '../../../domain/mfa/factor-changes.ts';
import type { SecondFactorAnswer, SecondFactorError } from '../../../domain/mfa/second-factor.ts';
import { isMfaEnabled, type MfaState } from '../../../domain/mfa/state.ts';
import { encodeSecret, otpauthUrl, TOTP_SECRET_BYTES } from '../../../domain/mfa/totp.ts';
import type { TrustedDeviceId } from '../../../domain/mfa/trusted-device.ts';
import type { UserActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { type Contended, execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { comparisonOf } from '../identity/passwords.ts';
import { codeAttempts } from './code-attempts.ts';
import { type FactorNotice, mfaNotice } from './notices.ts';

const ISSUER = 'Patient Portal';

export interface Setup {
  /** Base32. */
  readonly secret: string;
  readonly otpauthUrl: string;
  /** Seconds. */
  readonly expiresIn: number;
}

type Guarded<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'refused'; readonly error: SecondFactorError };

/** A setup does nothing until a code proves it (R17). */
export function setUpMfa(
  deps: Deps,
  context: Context,
  actor: UserActor,
): Promise<Result<Setup, StepUpRequired | UserNotFound | Contended>> {
  const random = deps.random.bytes(TOTP_SECRET_BYTES);
  const person = { by: 'id', userId: actor.userId } as const;
  return execute(deps, context, {
    loads: [deps.loads.mfa.state(person), deps.loads.identity.user(actor.userId)],
    decide: (state, user): Result<Decision<Change, Setup>, StepUpRequired | UserNotFound> => {
      if (state === undefined || user === undefined || !hasAddress(user)) return refuse({ code: 'not_found' });
      const stepped = requireStepUp(actor, context.now);
      if (!stepped.ok) return stepped;
      const { secret, changes, audit } = startSetup(state, random, actor.dataKey, context.now);
      const value = {
        secret: encodeSecret(secret),
        otpauthUrl: otpauthUrl({ issuer: ISSUER, account: user.email, secret }),
        expiresIn: SETUP_SECONDS,
      };
      return ok(decided({ value, changes, audit }));
    },
  });
}

type CodeRefusal = SecondFactorError | UserNotFound | Contended;

/** @returns the backup codes, which cannot be read again */
export async function switchMfaOn(
  deps: Deps,
  context: Context,
  actor: UserActor,
  token: string,
): Promise<Result<readonly string[], MfaSetupMissing | CodeRefusal>> {
  const backup = newBackupCodes(deps);
  const result = await guardedByCode(
    deps,
    context,
    actor,
    (state) => enableMfa(state, token, backup.hashes, context.now),
    { value: backup.codes, notice: (state) => (isMfaEnabled(state) ? 'replaced' : 'enabled') },
  );
  return result;
}

export function renewBackupCodes(
  deps: Deps,
  context: Context,
  actor: UserActor,
  answer: SecondFactorAnswer,
): Promise<Result<readonly string[], MfaNotEnabled | CodeRefusal>> {
  const backup = newBackupCodes(deps);
  return guardedByCode(
    deps,
    context,
    actor,
    (state) => regenerateBackupCodes(state, answer, backup.hashes, context.now),
    { value: backup.codes, notice: () => 'backup_codes' },
  );
}

/** Requires both factors, however recent the last proof is. */
export async function switchMfaOff(
  deps: Deps,
  context: Context,
  actor: UserActor,
  input: { readonly password: string; readonly answer: SecondFactorAnswer },
): Promise<Result<void, MfaNotEnabled | InvalidCredentials | CodeRefusal>> {
  const person = { by: 'id', userId: actor.userId } as const;
  type Outcome = Guarded<void> | { readonly kind: 'wrong_password' };
  const compare = comparisonOf(deps, input.password);
  const result = await execute(deps, context, {
    loads: [deps.loads.identity.credentials(person), deps.loads.mfa.state(person)],
    ...codeAttempts(() => actor.userId),
    decide: async (
      credentials,
      state,
    ): Promise<Result<Decision<Change, Outcome>, MfaNotEnabled | UserNotFound | SecondFactorError>> => {
      if (credentials === undefined || state === undefined) return refuse({ code: 'not_found' });
      if (state.totp === null) return refuse({ code: 'mfa_not_enabled' });
      const check = await compare(credentials.passwordHash ?? undefined);
      if (!check.matches) {
        const failed = wrongPassword(credentials.user, 'mfa.disable_failed', []);
        return ok({ ...failed, value: { kind: 'wrong_password' } });
      }
      const outcome = disableMfa(state, input.answer, context.now);
      return outcome.ok
        ? settle<void>(outcome.value, actor, state, { value: undefined, notice: () => 'disabled' }, context.now)
        : outcome;
    },
  });
  if (!result.ok) return result;
  if (result.value.kind === 'wrong_password') return refuse({ code: 'invalid_credentials' });
  return result.value.kind === 'done' ? ok(undefined) : refuse(result.value.error);
}

interface Done<T> {
  readonly value: T;
  readonly notice: (former: MfaState) => FactorNotice;
}

async function guardedByCode<T, E extends { readonly code: string }>(
  deps: Deps,
  context: Context,
  actor: UserActor,
  decide: (state: MfaState) => Result<CodeGuarded, E>,
  done: Done<T>,
): Promise<Result<T, E | CodeRefusal>> {
  const result = await execute(deps, context, {
    loads: [deps.loads.mfa.state({ by: 'id', userId: actor.userId })],
    ...codeAttempts(() => actor.userId),
    decide: (state): Result<Decision<Change, Guarded<T>>, E | UserNotFound | SecondFactorError> => {
      if (state === undefined) return refuse({ code: 'not_found' });
      const outcome = decide(state);
      return outcome.ok ? settle(outcome.value, actor, state, done, context.now) : outcome;
    },
  });
  if (!result.ok) return result;
  return result.value.kind === 'done' ? ok(result.value.value) : refuse(result.value.error);
}

/** A refusal that counts an attempt is committed; a refusal without a checked code is answered at once. */
function settle<T>(
  outcome: CodeGuarded,
  actor: UserActor,
  state: MfaState,
  done: Done<T>,
  now: Instant,
): Result<Decision<Change, Guarded<T>>, SecondFactorError> {
  const { changes, audit } = outcome;
  if (outcome.kind === 'refused') {
    if (changes.length === 0) return refuse(outcome.error);
    return ok(decided({ value: { kind: 'refused', error: outcome.error }, changes, audit }));
  }
  return ok(
    decided({
      value: { kind: 'done', value: done.value },
      changes: [...changes, ...consequences(changes, actor, state, 'otp', now)],
      audit,
      messages: [mfaNotice(actor, done.notice(state))],
    }),
  );
}

/** @param given the method of the code that was given (RFC 8176), or `null` if none was required */
export function consequences(
  changes: readonly Change[],
  actor: UserActor,
  state: MfaState,
  given: 'otp' | 'sms' | null,
  now: Instant,
): Change[] {
  if (!changesFactors(changes)) return [];
  return factorsChanged(actor, factorAction(changes, state), given, now);
}

function factorAction(changes: readonly Change[], state: MfaState): FactorAction {
  if (changes.some(({ type }) => type === 'mfa.disabled')) return 'factors_disabled';
  return isMfaEnabled(state) ? 'factors_changed' : 'factor_enrolled';
}

function newBackupCodes(deps: Deps) {
  return makeBackupCodes(deps.random.bytes(BACKUP_CODES * BACKUP_CODE_BYTES));
}

export function forgetDevice(
  deps: Deps,
  context: Context,
  actor: UserActor,
  deviceId: TrustedDeviceId,
): Promise<Result<void, UserNotFound | Contended>> {
  return execute(deps, context, {
    loads: [deps.loads.mfa.trustedDeviceOf(actor.userId, deviceId, context.now)],
    decide: (device): Result<Decision<Change, void>, UserNotFound> => {
      if (device === undefined) return refuse({ code: 'not_found' });
      return ok(
        decided({
          value: undefined,
          changes: [{ type: 'trusted_device.revoked', userId: actor.userId, deviceId, at: context.now }],
          audit: [
            {
              type: 'trusted_device.revoked',
              stream: actor.userId,
              outcome: 'success',
              resource: { type: 'trusted_device', id: deviceId },
            },
          ],
        }),
      );
    },
  });
}
