/** Members that refusals of this context add to their problem. */

import type { Context as HonoContext } from 'hono';
import { MAXIMUM_LENGTH, type PasswordFault } from '../../../../domain/identity/password-policy.ts';
import type { AppEnv } from '../../env.ts';
import type { ProblemDetails } from '../../problems.ts';

/** What is wrong with a password and how to correct it, for the person who chooses it. */
const PASSWORD_ADVICE: Readonly<Record<Exclude<PasswordFault, 'too_short'>, string>> = {
  too_long: `is too long: use ${MAXIMUM_LENGTH} characters at most`,
  not_unicode: 'contains half of a character: type it again',
  common:
    'is made of what guessers try first, such as common words, runs of keys or repetitions: add words that do not belong together',
  personal:
    'is made of your name, your e-mail address or the name of the portal: add words that have nothing to do with you',
};

/** @param pointer the field that held the password */
export function describePassword(c: HonoContext<AppEnv>, pointer: string) {
  const minimum = c.get('deps').settings.passwordMinimumLength;
  const advice = {
    ...PASSWORD_ADVICE,
    too_short: `is too short: use ${minimum} characters or more, such as several words in a row`,
  };
  return (error: { readonly code: string; readonly reasons?: readonly PasswordFault[] }) =>
    error.reasons === undefined
      ? undefined
      : {
          errors: error.reasons.map((reason) => ({
            pointer,
            code: 'password_unacceptable',
            message: advice[reason],
          })),
        };
}

/**
 * Says that the password was wrong: the caller is signed in, so this reveals no account.
 * @param pointer the field that held the password
 */
export function describeWrongPassword(pointer: string) {
  return (error: { readonly code: string }): Partial<ProblemDetails> | undefined =>
    error.code === 'invalid_credentials'
      ? {
          detail: 'The current password is wrong.',
          errors: [{ pointer, code: 'wrong_password', message: 'expected the current password' }],
        }
      : undefined;
}

/** Sets `Retry-After` if the refusal says how long to wait. */
export function describeWait(error: {
  readonly code: string;
  readonly retryAfterSeconds?: number;
}): Omit<ProblemDetails, 'code'> | undefined {
  return error.retryAfterSeconds === undefined
    ? undefined
    : { headers: { 'Retry-After': String(error.retryAfterSeconds) } };
}
