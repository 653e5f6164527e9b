/** What identity refuses. */
export type IdentityError =
  | { readonly code: 'invalid_credentials' }
  | { readonly code: 'email_unverified' }
  | { readonly code: 'token_invalid' }
  | { readonly code: 'refresh_token_invalid' }
  | { readonly code: 'password_unacceptable'; readonly reasons: readonly string[] }
  | { readonly code: 'email_taken' }
  | { readonly code: 'stale_version'; readonly version: number }
  | { readonly code: 'not_found' };
