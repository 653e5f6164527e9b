/** Which refusals are recorded as such (R46): every code of 401, 403 and 404 is said here. */
import type { ErrorCode } from './problems.ts';

/**
 * - `denied`: not for the caller
 * - `hidden`: somebody else's or not there, which are one answer (R26): who asks for many is looking for something
 * - `managed`: the same where the route acts on it; what anybody may look up is merely absent
 * - `anonymous`: like `hidden`, of callers who are nobody too
 * - `absent`: not there, and nobody's secret
 * - `elsewhere`: recorded by the use case, with what it knows, or counted by a limit alone (see docs/audit.md)
 */
export type Denial = 'denied' | 'hidden' | 'managed' | 'anonymous' | 'absent' | 'elsewhere';

export const DENIALS: Readonly<Partial<Record<ErrorCode, Denial>>> = {
  forbidden: 'denied',
  mfa_enrolment_required: 'denied',
  second_factor_required: 'denied',
  step_up_required: 'denied',
  scopes_not_allowed: 'denied',
  action_not_permitted: 'denied',
  record_restricted: 'denied',
  own_access: 'denied',

  not_found: 'hidden',
  appointment_not_found: 'hidden',
  hold_not_found: 'hidden',
  waitlist_entry_not_found: 'hidden',
  offer_not_found: 'hidden',
  doctor_not_found: 'managed',
  calendar_feed_not_found: 'anonymous',

  route_not_found: 'absent',
  appointment_type_not_found: 'absent',
  override_not_found: 'absent',
  time_off_not_found: 'absent',
  holiday_not_found: 'absent',

  unauthenticated: 'elsewhere',
  cross_site_request: 'elsewhere',
  signature_invalid: 'elsewhere',
  invalid_credentials: 'elsewhere',
  email_unverified: 'elsewhere',
  refresh_token_invalid: 'elsewhere',
  mfa_code_invalid: 'elsewhere',
  mfa_token_invalid: 'elsewhere',
};
