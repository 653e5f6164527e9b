/**
 * Every change that mfa decides. Each is a plain value that `adapters/postgres` turns into SQL, and stands in the module of its
 * concept. Where a change names what it was decided on (`previous…`), the SQL is guarded by it: when the guard fails the whole
 * batch is rolled back.
 */
import type { AttemptsRecorded } from './attempts.ts';
import type { BackupCodeChange } from './backup-codes.ts';
import type { ChallengeChange } from './challenge.ts';
import type { EnrolmentChange } from './enrolment.ts';
import type { PhoneChange } from './phone.ts';
import type { SmsCodeIssued } from './sms-code.ts';
import type { TotpStepConsumed } from './totp.ts';
import type { TrustedDeviceChange } from './trusted-device.ts';

export type MfaChange =
  | EnrolmentChange
  | TotpStepConsumed
  | BackupCodeChange
  | AttemptsRecorded
  | ChallengeChange
  | SmsCodeIssued
  | PhoneChange
  | TrustedDeviceChange;
