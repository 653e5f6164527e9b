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
    'The operation is sensitive, and the last proof of identity is older than five minutes.',
  ),
  sign_in_paused: kind(
    429,
    'Too many failed sign-ins',
    'Wait for the number of seconds in Retry-After, or sign in from a device that you have used before.',
    'The account or the address has had too many failed sign-ins.',
  ),
  last_admin: kind(
    409,
    'The last administrator cannot be removed',
    'Make somebody else an administrator first.',
    'The change would remove the role or the account of the only administrator.',
  ),
  invitation_accepted: kind(
    409,
    'The invitation was accepted already',
    'Only an account whose owner has not accepted the invitation can be invited again.',
    'The person has already accepted the invitation.',
  ),
  possible_duplicates: kind(
    409,
    'The patient may be registered already',
    'Look at the candidates: book for one of them, or register a new patient with acknowledgeDuplicates.',
    'A patient whom you may see has the same phone, e-mail address, or date of birth and a similar name; reasons says which.',
  ),
  has_account: kind(
    409,
    'The patient has an account',
    'The person changes the own profile. An officer corrects it at /users/{id}/rectifications.',
    'The clinic changes the details of a patient only while the person has no account.',
  ),
  no_account: kind(
    409,
    'The patient has no account',
    'Invite the person first: /patients/{id}/invite.',
    'The clinic has registered the patient without an e-mail address.',
  ),
  scopes_not_allowed: kind(
    422,
    'Some scopes cannot be granted',
    'A key cannot do more than you can, nor anything that only a person may do. The errors name the scopes.',
    'The key would have a scope that its owner lacks, or that only a person may have.',
  ),
  too_many_api_keys: kind(
    409,
    'Too many API keys',
    'Revoke a key that is no longer used.',
    'The account has the maximum number of active keys.',
  ),
  not_found: kind(
    404,
    'Not found',
    'It does not exist, or you may not see it.',
    'It does not exist, or you may not see it. The answer is the same in both cases.',
  ),
  invalid_credentials: kind(
    401,
    'E-mail or password is wrong',
    'Check both. The answer is the same if there is no such account, and if its address is not confirmed yet: such an account cannot sign in. Open the link in the mail, or request another at /auth/resend-verification.',
    'The password is wrong, there is no account with this address, or the link that was mailed after the registration was not opened.',
  ),
  email_unverified: kind(
    403,
    'The e-mail address is not confirmed yet',
    'Open the link in the mail, or request another at /auth/resend-verification.',
    'The link that was mailed after the registration was not opened.',
  ),
  token_invalid: kind(
    400,
    'The token is not valid',
    'It is unknown, has expired or was used before. Request a new one.',
    'The token was used, has expired, was replaced by a newer one, or was never issued.',
  ),
  password_required: kind(
    409,
    'Choose a password',
    'This address was registered more than once, so the passwords given then do not count. Send the token again with a password, and with a name if you want one.',
    'The address was registered more than once before anybody verified it, so the passwords given then do not count.',
  ),
  refresh_token_invalid: kind(
    401,
    'The refresh token is not valid',
    'It is unknown, has expired or was used before. Sign in again.',
    'The token was used before, has expired, or its session has ended. A used one ends its session.',
  ),
  password_unacceptable: kind(
    422,
    'The password is not acceptable',
    'The errors say why. A long phrase is the best password.',
    'The password is too short, too common, or derived from what is known about the account.',
  ),
  email_taken: kind(
    409,
    'The e-mail address belongs to another account',
    'Use another address.',
    'Another account uses the address.',
  ),
} satisfies Readonly<Record<IdentityErrorCode, ProblemKind>>;
