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
  ),
  second_factor_required: kind(
    403,
    'This session has not passed the second factor',
    'The account has a second factor, and this session was opened without it. Give a code of it, or a backup code, at /auth/step-up, or sign out and sign in again.',
  ),
  mfa_code_invalid: kind(
    401,
    'The code is wrong',
    'It is mistyped, was used before, or is too old. Each code of an authenticator app works once.',
  ),
  mfa_token_invalid: kind(
    401,
    'The MFA token is not valid',
    'It is unknown, has expired, was used before, or was tried too often. Sign in again.',
  ),
  mfa_attempts_exhausted: kind(
    429,
    'Too many wrong codes',
    'Wait for the number of seconds in Retry-After; no code is checked before.',
  ),
  mfa_not_enabled: kind(409, 'No second factor is enrolled', 'Enrol one at /mfa/setup.'),
  mfa_setup_missing: kind(409, 'No setup has been started', 'Start one at /mfa/setup and finish it within 15 minutes.'),
  mfa_phone_missing: kind(
    409,
    'No phone is enrolled for codes',
    'Use another of the methods, or enrol a phone at /mfa/phone.',
  ),
  sms_throttled: kind(429, 'Another message cannot be sent yet', 'Wait for the number of seconds in Retry-After.'),
} satisfies Readonly<Record<MfaErrorCode, ProblemKind>>;
