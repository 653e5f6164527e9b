/** The second factors of an account, as loaded for a decision. */
import type { UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import type { Instant } from '../shared/time.ts';
import type { AttemptState } from './attempts.ts';
import type { StoredBackupCode } from './backup-codes.ts';

export type MfaMethod = 'totp' | 'backup_code' | 'sms';

export interface EnrolledTotp {
  /** Null when it cannot be decrypted: codes of the app fail then, the other methods still work. */
  readonly secret: Uint8Array | null;
  readonly enabledAt: Instant;
  /** Null until the first code was used. */
  readonly lastUsedStep: number | null;
}

/** A setup that is not yet confirmed by a code. */
export interface PendingTotp {
  readonly secret: Uint8Array;
  readonly expiresAt: Instant;
}

export interface MfaState {
  readonly userId: UserId;
  readonly dataKey: DataKey;
  readonly totp: EnrolledTotp | null;
  readonly pending: PendingTotp | null;
  readonly backupCodes: readonly StoredBackupCode[];
  /** Whether a verified phone is enrolled to receive codes. */
  readonly hasPhone: boolean;
  readonly attempts: AttemptState;
}

export function isMfaEnabled(state: MfaState): boolean {
  return state.totp !== null;
}

export function backupCodesLeft(state: MfaState): number {
  return state.backupCodes.filter(({ usedAt }) => usedAt === null).length;
}

/** The methods that can be used. A phone alone does not enable MFA; it is an alternative to the app (R14). */
export function availableMethods(state: MfaState): MfaMethod[] {
  if (!isMfaEnabled(state)) return [];
  const methods: MfaMethod[] = ['totp'];
  if (backupCodesLeft(state) > 0) methods.push('backup_code');
  if (state.hasPhone) methods.push('sms');
  return methods;
}
