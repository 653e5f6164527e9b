/**
 * What mfa changes. Each is a plain value; `adapters/postgres` turns it into SQL. Where a change names what it was decided
 * on (`previous…`), the SQL is guarded by it: when the guard fails the whole batch is rolled back.
 */
import type { UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import type { Instant } from '../shared/time.ts';
import type { AttemptState } from './attempts.ts';
import type { MfaChallenge } from './challenge.ts';
import type { StoredSmsCode } from './sms-code.ts';
import type { TrustedDevice, TrustedDeviceId } from './trusted-device.ts';

export type MfaChange =
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
  /** Guarded by the step used last (R12). */
  | {
      readonly type: 'totp.step_consumed';
      readonly userId: UserId;
      readonly step: number;
      readonly previousStep: number | null;
    }
  /** All earlier codes are void (R13). */
  | {
      readonly type: 'backup_codes.replaced';
      readonly userId: UserId;
      readonly hashes: readonly Uint8Array[];
      readonly at: Instant;
    }
  /** Guarded: the code is unused. */
  | { readonly type: 'backup_code.used'; readonly userId: UserId; readonly hash: Uint8Array; readonly at: Instant }
  /** Removes the secret, the phone and the backup codes. */
  | { readonly type: 'mfa.disabled'; readonly userId: UserId; readonly at: Instant }
  | { readonly type: 'mfa_challenge.issued'; readonly challenge: MfaChallenge }
  /** Guarded by the number of attempts before. */
  | { readonly type: 'mfa_challenge.failed'; readonly tokenHash: Uint8Array; readonly previousAttempts: number }
  /** Guarded: not passed before, and the attempts are what they were (R16). */
  | {
      readonly type: 'mfa_challenge.passed';
      readonly tokenHash: Uint8Array;
      readonly previousAttempts: number;
      readonly at: Instant;
    }
  /** Guarded by the number of messages sent before. */
  | {
      readonly type: 'sms_code.issued';
      readonly tokenHash: Uint8Array;
      readonly code: StoredSmsCode;
      readonly previousSends: number;
    }
  /** Guarded by the version before; version 0 is a row that does not exist yet (R15). */
  | {
      readonly type: 'mfa_attempts.recorded';
      readonly userId: UserId;
      readonly attempts: AttemptState;
      readonly previousVersion: number;
    }
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
  | { readonly type: 'mfa_phone.removed'; readonly userId: UserId }
  | {
      readonly type: 'trusted_device.added';
      readonly device: TrustedDevice;
      /** Seals its name. */
      readonly dataKey: DataKey;
    }
  | { readonly type: 'trusted_device.used'; readonly deviceId: TrustedDeviceId; readonly at: Instant }
  | {
      readonly type: 'trusted_device.revoked';
      readonly userId: UserId;
      readonly deviceId: TrustedDeviceId;
      readonly at: Instant;
    };
