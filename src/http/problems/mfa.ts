/** Problems of multi-factor authentication. */
import type { MfaError } from '../../../domain/mfa/errors.ts';
import { kind, type ProblemKind } from './kind.ts';

/** The first two are refused before a use case runs, for a session that has not passed a second factor. */
export type MfaErrorCode = 'mfa_enrolment_required' | 'second_factor_required' | MfaError['code'];

export const MFA_PROBLEMS = {
  mfa_enrolment_required: kind(
    403,
    'Set up a second factor first',
    'Your role requires multi-factor authentication: enrol at /mfa/setup.',
    'The role requires a second factor, and none is enrolled yet.',
  ),
  second_factor_required: kind(
    403,
    'This session has not passed the second factor',
    'The account has a second factor, and this session was opened without it. Give a code of it, or a backup code, at /auth/step-up, or sign out and sign in again.',
    'The session began before the second factor was enrolled, or with a trusted device that is no longer trusted.',
  ),
  mfa_code_invalid: kind(
    401,
    'The code is wrong',
    'It is mistyped, was used before, or is too old. Each code of an authenticator app works once.',
    'The code is wrong, has expired, or was used before.',
  ),
  mfa_token_invalid: kind(
    401,
    'The MFA token is not valid',
    'It is unknown, has expired, was used before, or was tried too often. Sign in again.',
    'The sign-in has ended: five minutes have passed, or five codes were wrong.',
  ),
  mfa_attempts_exhausted: kind(
    429,
    'Too many wrong codes',
    'Wait for the number of seconds in Retry-After; no code is checked before.',
    'Ten wrong codes within 15 minutes pause the second factor of the account.',
  ),
  mfa_not_enabled: kind(
    409,
    'No second factor is enrolled',
    'Enrol one at /mfa/setup.',
    'The account has no second factor.',
  ),
  mfa_setup_missing: kind(
    409,
    'No setup has been started',
    'Start one at /mfa/setup and finish it within 15 minutes.',
    'No setup was started in the last 15 minutes.',
  ),
  mfa_phone_missing: kind(
    409,
    'No phone is enrolled for codes',
    'Use another of the methods, or enrol a phone at /mfa/phone.',
    'The account has no phone to which a code could be sent.',
  ),
  sms_throttled: kind(
    429,
    'Another message cannot be sent yet',
    'Wait for the number of seconds in Retry-After.',
    'A code was sent less than a minute ago, or three codes were sent for this sign-in.',
  ),
} satisfies Readonly<Record<MfaErrorCode, ProblemKind>>;
