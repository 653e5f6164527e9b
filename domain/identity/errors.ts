/** What identity refuses. */

import type { StaleVersion } from '../shared/version.ts';
import type { PasswordFault } from './password-policy.ts';
import type { StepUpRequired } from './step-up.ts';

export type IdentityError =
  | { readonly code: 'invalid_credentials' }
  | { readonly code: 'email_unverified' }
  | { readonly code: 'token_invalid' }
  | { readonly code: 'password_required' }
  | { readonly code: 'refresh_token_invalid' }
  | { readonly code: 'password_unacceptable'; readonly reasons: readonly PasswordFault[] }
  | { readonly code: 'email_taken' }
  | StaleVersion
  | StepUpRequired
  | { readonly code: 'last_admin' }
  | { readonly code: 'invitation_accepted' }
  | { readonly code: 'scopes_not_allowed'; readonly scopes: readonly string[] }
  | { readonly code: 'too_many_api_keys' }
  | { readonly code: 'sign_in_paused'; readonly retryAfterSeconds: number }
  | { readonly code: 'not_found' };
