/** Problems of accounts, sessions and API keys. */
import type { IdentityError } from '../../../domain/identity/errors.ts';
import type { StaleVersion } from '../../../domain/shared/version.ts';
import { kind, type ProblemKind } from './kind.ts';

/** A stale version fails the precondition that named it: `precondition_failed` stands for both. */
export type IdentityErrorCode = Exclude<IdentityError['code'], StaleVersion['code']>;

export const IDENTITY_PROBLEMS = {
  step_up_required: kind(
    403,
    'Confirm your identity again',
    'This needs a proof of identity from the last 5 minutes: give one at /auth/step-up. methods lists what is accepted: `password`, or if a second factor is enrolled `totp`, a code of the authenticator app, and `backup_code`.',
  ),
  sign_in_paused: kind(
    429,
    'Too many failed sign-ins',
    'Wait for the number of seconds in Retry-After, or sign in from a device that you have used before.',
  ),
  last_admin: kind(409, 'The last administrator cannot be removed', 'Make somebody else an administrator first.'),
  invitation_accepted: kind(
    409,
    'The invitation was accepted already',
    'Only an account whose owner has not accepted the invitation can be invited again.',
  ),
  possible_duplicates: kind(
    409,
    'The patient may be registered already',
    'Look at the candidates: book for one of them, or register a new patient with acknowledgeDuplicates.',
  ),
  has_account: kind(
    409,
    'The patient has an account',
    'The person changes the own profile. An officer corrects it at /users/{id}/rectifications.',
  ),
  no_account: kind(409, 'The patient has no account', 'Invite the person first: /patients/{id}/invite.'),
  scopes_not_allowed: kind(
    422,
    'Some scopes cannot be granted',
    'A key cannot do more than you can, nor anything that only a person may do. The errors name the scopes.',
  ),
  too_many_api_keys: kind(409, 'Too many API keys', 'Revoke a key that is no longer used.'),
  not_found: kind(404, 'Not found', 'It does not exist, or you may not see it.'),
  invalid_credentials: kind(
    401,
    'E-mail or password is wrong',
    'Check both. The answer is the same if there is no such account, and if its address is not confirmed yet: such an account cannot sign in. Open the link in the mail, or request another at /auth/resend-verification.',
  ),
  email_unverified: kind(
    403,
    'The e-mail address is not confirmed yet',
    'Open the link in the mail, or request another at /auth/resend-verification.',
  ),
  token_invalid: kind(
    400,
    'The token is not valid',
    'It is unknown, has expired or was used before. Request a new one.',
  ),
  password_required: kind(
    409,
    'Choose a password',
    'This address was registered more than once, so the passwords given then do not count. Send the token again with a password, and with a name if you want one.',
  ),
  refresh_token_invalid: kind(
    401,
    'The refresh token is not valid',
    'It is unknown, has expired or was used before. Sign in again.',
  ),
  password_unacceptable: kind(
    422,
    'The password is not acceptable',
    'The errors say why. A long phrase is the best password.',
  ),
  email_taken: kind(409, 'The e-mail address belongs to another account', 'Use another address.'),
} satisfies Readonly<Record<IdentityErrorCode, ProblemKind>>;
