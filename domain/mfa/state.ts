/** What is known of one account's second factors, as it is loaded for a decision. */
import type { UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import type { Instant } from '../shared/time.ts';
import type { AttemptState } from './attempts.ts';
import type { StoredBackupCode } from './backup-codes.ts';

export type MfaMethod = 'totp' | 'backup_code' | 'sms';

export interface EnrolledTotp {
  /** Null when it is damaged: no code of the app fits, the other methods do. */
  readonly secret: Uint8Array | null;
  readonly enabledAt: Instant;
  /** Null only in records that were made before a code was used. */
  readonly lastUsedStep: number | null;
}

/** Begun, but not yet proven by a code. */
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

/** How the second factor can be given. A phone alone does not switch MFA on: it stands in for the app (R14). */
export function availableMethods(state: MfaState): MfaMethod[] {
  if (!isMfaEnabled(state)) return [];
  const methods: MfaMethod[] = ['totp'];
  if (backupCodesLeft(state) > 0) methods.push('backup_code');
  if (state.hasPhone) methods.push('sms');
  return methods;
}
