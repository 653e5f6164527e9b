/** What mfa refuses. */
import type { AttemptsExhausted } from './attempts.ts';
import type { MfaTokenInvalid } from './challenge.ts';
import type { MfaNotEnabled, MfaSetupMissing } from './enrolment.ts';
import type { MfaPhoneMissing } from './phone.ts';
import type { SmsThrottled } from './sms-code.ts';
import type { MfaCodeInvalid } from './totp.ts';

export type MfaError =
  | MfaCodeInvalid
  | MfaTokenInvalid
  | AttemptsExhausted
  | MfaNotEnabled
  | MfaSetupMissing
  | MfaPhoneMissing
  | SmsThrottled;
