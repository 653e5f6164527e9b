/** Which refusals are recorded in the audit log (R46). Every code with status 401, 403 or 404 must be listed. */
import type { ErrorCode } from './problems.ts';

/**
 * - `denied`: recorded, the caller may not do this
 * - `hidden`: recorded, the resource belongs to somebody else or does not exist, which is one answer (R26): many of
 *   these look like
 *   a search for records
 * - `managed`: like `hidden` for routes that change the resource; for lookups, which are public, like `absent`
 * - `anonymous`: like `hidden`, and also recorded for callers who are not signed in
 * - `absent`: not recorded, the resource does not exist and is no secret
 * - `elsewhere`: recorded by the use case, which knows more, or only counted by a limit (see docs/audit.md)
 */
export type DenialRecording = 'denied' | 'hidden' | 'managed' | 'anonymous' | 'absent' | 'elsewhere';

export const DENIALS: Readonly<Partial<Record<ErrorCode, DenialRecording>>> = {
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
  intake_not_found: 'absent',
  hold_not_found: 'hidden',
  waitlist_entry_not_found: 'hidden',
  offer_not_found: 'hidden',
  doctor_not_found: 'managed',
  calendar_feed_not_found: 'anonymous',
  push_subscription_not_found: 'hidden',
  file_not_found: 'hidden',
  file_thumbnail_none: 'absent',
  file_thumbnail_pending: 'absent',
  file_not_yours: 'denied',
  file_share_not_found: 'hidden',
  file_link_invalid: 'anonymous',

  route_not_found: 'absent',
  appointment_type_not_found: 'absent',
  location_not_found: 'absent',
  resource_not_found: 'absent',
  override_not_found: 'absent',
  rebooking_not_found: 'absent',
  time_off_not_found: 'absent',
  holiday_not_found: 'absent',
  ip_block_not_found: 'absent',
  security_finding_not_found: 'absent',
  webhook_not_found: 'absent',
  webhook_delivery_not_found: 'absent',

  unauthenticated: 'elsewhere',
  cross_site_request: 'elsewhere',
  signature_invalid: 'elsewhere',
  invalid_credentials: 'elsewhere',
  email_unverified: 'elsewhere',
  refresh_token_invalid: 'elsewhere',
  mfa_code_invalid: 'elsewhere',
  mfa_token_invalid: 'elsewhere',
};
