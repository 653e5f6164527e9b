/**
 * Every refusal as an RFC 9457 problem. One exhaustive table: a new error code does not compile until it has its line,
 * and the OpenAPI responses and the pages under `/problems/` come from the same table.
 */
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { IdentityError } from '../../domain/identity/errors.ts';
import type { MfaError } from '../../domain/mfa/errors.ts';
import type { EmergencyNotNeeded, ReviewRefused } from '../../domain/privacy/emergency-access.ts';
import type { LegalTextUnknown, LegalVersionExists } from '../../domain/privacy/legal-text.ts';
import type { LimitInForce } from '../../domain/privacy/processing-limit.ts';
import type { SchedulingErrorCode } from '../../domain/scheduling/errors.ts';
import type { StaleVersion } from '../../domain/shared/version.ts';
import type { NewOriginRefusal } from '../app/audit/new-origin.ts';
import type { LogTooLarge } from '../app/audit/verify.ts';
import type { Contended, KeyReused } from '../app/command.ts';

/** What HTTP itself refuses. */
type HttpErrorCode =
  | 'malformed_json'
  | 'malformed_form'
  | 'unsupported_media_type'
  | 'not_acceptable'
  | 'payload_too_large'
  | 'malformed_target'
  | 'target_too_long'
  | 'header_too_large'
  | 'request_timeout'
  | 'validation_failed'
  | 'route_not_found'
  | 'method_not_allowed'
  | 'precondition_required'
  | 'precondition_failed'
  | 'too_many_requests'
  | 'unauthenticated'
  | 'forbidden'
  | 'cross_site_request'
  | 'mfa_enrolment_required'
  | 'second_factor_required'
  | 'signature_invalid'
  | 'unavailable'
  | 'internal_error';

export type ErrorCode =
  | 'export_not_ready'
  | LegalTextUnknown['code']
  | EmergencyNotNeeded['code']
  | ReviewRefused['code']
  | LimitInForce['code']
  | 'record_restricted'
  | LegalVersionExists['code']
  | 'clinical_hold_exists'
  | HttpErrorCode
  // A version that is not the latest fails the precondition that named it: one code for both.
  | Exclude<IdentityError['code'] | SchedulingErrorCode, StaleVersion['code']>
  | MfaError['code']
  | NewOriginRefusal['code']
  | LogTooLarge['code']
  | Contended['code']
  | KeyReused['code'];

interface Kind {
  readonly status: ContentfulStatusCode;
  readonly title: string;
  /** For whoever reads the problem's page: what happened and what to do. */
  readonly help: string;
}

function kind(status: ContentfulStatusCode, title: string, help: string): Kind {
  return { status, title, help };
}

export const PROBLEMS: Readonly<Record<ErrorCode, Kind>> = {
  malformed_json: kind(
    400,
    'The body is not JSON',
    'Send one JSON document in UTF-8. The detail says where reading stopped.',
  ),
  malformed_form: kind(
    400,
    'The body is not a form',
    'Send multipart/form-data, with the boundary that its header names.',
  ),
  unsupported_media_type: kind(
    415,
    'This media type is not understood',
    'Send the body with Content-Type: application/json, or multipart/form-data where the operation says so.',
  ),
  not_acceptable: kind(406, 'None of the accepted media types can be served', 'Accept application/json.'),
  request_timeout: kind(408, 'The body did not arrive in time', 'Send the whole request again.'),
  payload_too_large: kind(413, 'The body is too large', 'Send less. The detail names the limit in bytes.'),
  malformed_target: kind(400, 'The address of the request is no URL', 'Send a Host header with a host name only.'),
  target_too_long: kind(414, 'The address of the request is too long', 'Send 8,192 characters at most.'),
  header_too_large: kind(431, 'A header is too large', 'Send 8,192 characters at most in each header.'),
  validation_failed: kind(
    422,
    'Some fields are not as they must be',
    'Each entry of errors says what was expected: pointer names a field of the body (RFC 6901), or, where parameter is given, that parameter of the query, the path or the header.',
  ),
  route_not_found: kind(404, 'There is nothing at this path', 'See /openapi.json for the paths there are.'),
  method_not_allowed: kind(405, 'The path does not know this method', 'The Allow header lists the methods it knows.'),
  precondition_required: kind(
    428,
    'If-Match is missing',
    'Read the resource, and send its ETag as If-Match, so that nobody’s change is overwritten unseen.',
  ),
  precondition_failed: kind(
    412,
    'The resource has changed since it was read',
    'Read it again, apply the change to what it is now, and send its new ETag.',
  ),
  too_many_requests: kind(429, 'Too many requests', 'Wait for as many seconds as Retry-After says.'),
  unauthenticated: kind(
    401,
    'Who are you?',
    'Sign in, and send the access token as Authorization: Bearer. An expired token is replaced at /auth/refresh-token.',
  ),
  forbidden: kind(
    403,
    'This is not allowed to you',
    'The operation needs a permission that your role or key does not have.',
  ),
  cross_site_request: kind(
    403,
    'The request does not come from this site',
    'With cookies, a change needs an Origin that is this site.',
  ),
  mfa_enrolment_required: kind(
    403,
    'A second factor must be set up first',
    'Your role requires multi-factor authentication: enrol at /mfa/setup.',
  ),
  second_factor_required: kind(
    403,
    'This session has not passed the second factor',
    'The account has a second factor, and this session was opened without it. Give its code at /auth/step-up, or sign out and in again.',
  ),
  signature_invalid: kind(401, 'The signature is not valid', 'Callbacks are accepted from the queue only.'),
  unavailable: kind(
    503,
    'Something this needs is not available now',
    'Try again after as many seconds as Retry-After says. Whether something was changed is not certain: repeat a change with the same Idempotency-Key.',
  ),
  internal_error: kind(
    500,
    'Something went wrong here',
    'It is not your fault and was recorded. Quote the request id when you report it.',
  ),
  step_up_required: kind(
    403,
    'Prove again who you are',
    'This needs a proof no older than 5 minutes: give one at /auth/step-up. methods says which it takes: `password`, or `totp`, the code of the app where one is enrolled.',
  ),
  sign_in_paused: kind(
    429,
    'Too many failed sign-ins',
    'Wait for as many seconds as Retry-After says, or sign in from a device that was used before.',
  ),
  origin_not_needed: kind(
    409,
    'The audit log needs no new origin',
    'It continues every checkpoint that is known. See /audit/status.',
  ),
  log_too_large: kind(
    409,
    'The audit log is too large to be verified within a request',
    'POST /api/v1/audit/verifications verifies it in the background.',
  ),
  last_admin: kind(409, 'There would be no administrator left', 'Make somebody else an administrator first.'),
  invitation_accepted: kind(409, 'The account is open already', 'Only an account that waits for its owner is invited.'),
  scopes_not_allowed: kind(
    422,
    'Some scopes cannot be given',
    'A key can do no more than you, and nothing that only a person may do. The errors name the scopes.',
  ),
  too_many_api_keys: kind(409, 'Too many API keys', 'Revoke one that is not used any more.'),
  mfa_code_invalid: kind(
    401,
    'The code is wrong',
    'It is mistyped, used already, or too old. Codes of an authenticator app work once.',
  ),
  mfa_token_invalid: kind(
    401,
    'The MFA token does not work',
    'It is unknown, expired, used already, or was tried too often. Sign in again.',
  ),
  mfa_attempts_exhausted: kind(
    429,
    'Too many wrong codes',
    'Wait for as many seconds as Retry-After says; codes are not looked at before.',
  ),
  mfa_already_enabled: kind(409, 'A second factor is enrolled already', 'Disable it at /mfa/disable first.'),
  mfa_not_enabled: kind(409, 'No second factor is enrolled', 'Enrol one at /mfa/setup.'),
  mfa_setup_missing: kind(409, 'There is nothing to enable', 'Begin at /mfa/setup: a setup lives 15 minutes.'),
  mfa_phone_missing: kind(
    409,
    'No phone is enrolled for codes',
    'Use another of the methods, or enrol one at /mfa/phone.',
  ),
  sms_throttled: kind(429, 'Another message cannot be sent yet', 'Wait for as many seconds as Retry-After says.'),
  not_found: kind(404, 'There is no such thing', 'It does not exist, or it is not yours to see.'),
  export_not_ready: kind(409, 'The copy is not ready yet', 'Ask for its status again in a moment.'),
  record_restricted: kind(
    403,
    'The use of this record is restricted',
    'The person has had the processing restricted (GDPR Art. 18): the record is stored and not used. An administrator who has one of the grounds of Art. 18(2) names it in the header X-Access-Ground.',
  ),
  emergency_not_needed: kind(409, 'The record is open to you', 'Read it as usual: no emergency access is needed.'),
  already_reviewed: kind(409, 'It was reviewed already', 'Read it: it says by whom and how.'),
  own_access: kind(403, 'Nobody reviews their own access', 'Another administrator has to do it.'),
  limit_in_force: kind(409, 'The same limit is in force already', 'GET the limits of the person to see it.'),
  legal_text_unknown: kind(
    422,
    'There is no such legal text',
    'Only a text that is published and in force can be agreed to. The errors name the kinds or versions there are; GET /api/v1/legal lists them.',
  ),
  legal_version_exists: kind(
    409,
    'This version is published already, with another text',
    'A published version never changes. Publish the text under a new version.',
  ),
  invalid_credentials: kind(
    401,
    'E-mail or password is wrong',
    'Check both. The answer is the same when there is no such account.',
  ),
  email_unverified: kind(
    403,
    'The e-mail address is not confirmed yet',
    'Open the link that was mailed, or ask for another at /auth/resend-verification.',
  ),
  token_invalid: kind(400, 'The token does not work', 'It is unknown, expired or used already. Ask for a new one.'),
  password_required: kind(
    409,
    'A password must be chosen',
    'More than one registration was made with this address, so no password given before counts. Send the token again, with a password, and the name if it is to be known.',
  ),
  refresh_token_invalid: kind(
    401,
    'The refresh token does not work',
    'It is unknown, expired or used already. Sign in again.',
  ),
  password_unacceptable: kind(422, 'The password is not acceptable', 'The errors say why. A long phrase is best.'),
  email_taken: kind(409, 'The e-mail address belongs to another account', 'Use another address.'),
  version_conflict: kind(
    409,
    'Others changed the same thing at the same time',
    'Nothing was changed. Read it again and retry.',
  ),
  clinical_hold_exists: kind(409, 'The record is under a legal hold already', 'Lift it first to state another reason.'),
  idempotency_key_reused: kind(
    422,
    'The idempotency key was used for another request',
    'Use a new key for a new request.',
  ),
  invalid_fields: kind(
    422,
    'Some fields are not as they must be',
    'Each entry of errors points at a field (RFC 6901) and says what was expected.',
  ),
  slot_taken: kind(409, 'The time was just taken', 'Choose another; alternatives lists the nearest free ones.'),
  slot_unavailable: kind(
    422,
    'The time cannot be booked',
    'reasons lists everything that stands against it; alternatives the nearest free times.',
  ),
  hold_not_found: kind(404, 'There is no such hold', 'It was released or used, or is somebody else’s.'),
  hold_expired: kind(409, 'The hold has expired', 'Hold the time again, or book it directly.'),
  hold_mismatch: kind(422, 'The hold is for something else', 'Book the doctor, time and type that were held.'),
  too_many_holds: kind(409, 'Too many times are held already', 'Book or release one of them first.'),
  appointment_not_found: kind(404, 'There is no such appointment', 'It does not exist, or it is not yours to see.'),
  invalid_transition: kind(
    409,
    'The appointment is not in a state that allows this',
    'Read it: _links lists what can be done now.',
  ),
  appointment_closed: kind(
    409,
    'The appointment is over',
    'A cancelled, completed or missed appointment cannot be changed.',
  ),
  action_not_permitted: kind(403, 'This is not allowed to you', 'The operation is for other people than you.'),
  too_late_to_cancel: kind(409, 'It is too late to cancel', 'Call the clinic.'),
  too_late_to_reschedule: kind(409, 'It is too late to move the appointment', 'Call the clinic.'),
  too_many_reschedules: kind(409, 'The appointment was moved too often', 'Call the clinic.'),
  too_early: kind(
    409,
    'It is too early for this',
    'from says when it will be possible. Until then _links leaves it out.',
  ),
  waitlist_entry_not_found: kind(
    404,
    'There is no such waitlist entry',
    'It does not exist, or it is not yours to see.',
  ),
  waitlist_entry_closed: kind(409, 'The waitlist entry is closed', 'Join the waitlist again.'),
  offer_not_found: kind(404, 'There is no such offer', 'It does not exist, or it is not yours to see.'),
  offer_expired: kind(409, 'The offer has expired', 'The time went to the next person waiting.'),
  offer_closed: kind(409, 'The offer is closed', 'It was accepted or declined already.'),
  waitlist_entry_exists: kind(
    409,
    'The patient waits for this already',
    'entryId names the open entry with the same wishes. Leave it first, or wish for something else.',
  ),
  too_many_waitlist_entries: kind(409, 'Too many waitlist entries', 'Leave one of them first.'),
  series_unavailable: kind(
    409,
    'Some dates of the series cannot be had',
    'occurrences lists them, each with its reasons.',
  ),
  doctor_still_booked: kind(
    409,
    'Patients are still to come to this doctor',
    'appointments says how many, appointmentIds names the first 100, until is when the last begins. Move each to another doctor or cancel it, and try again. Nothing was changed.',
  ),
  doctor_not_found: kind(404, 'There is no such doctor', 'See /api/v1/doctors for the directory.'),
  appointment_type_not_found: kind(404, 'There is no such type of appointment', 'See /api/v1/appointment-types.'),
  appointment_type_exists: kind(409, 'A type with this code exists', 'Choose another code, or change that type.'),
  override_not_found: kind(404, 'There is no such override', 'It was removed already.'),
  override_exists: kind(409, 'There is an override for this date', 'Remove it first.'),
  time_off_not_found: kind(404, 'There is no such time off', 'It was removed already.'),
  holiday_not_found: kind(404, 'There is no such holiday', 'It was removed already.'),
  calendar_feed_not_found: kind(404, 'There is no such calendar link', 'It was revoked already, or is not yours.'),
  too_many_calendar_feeds: kind(409, 'Too many calendar links', 'Revoke one that is not used any more.'),
};

/** A name as one step of an RFC 6901 pointer. */
export function pointerTo(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** Where the fault is: in the body, or in a parameter. */
type FaultyPart =
  /** RFC 6901 pointer into the body. */
  | { readonly pointer: string; readonly parameter?: never }
  /** Name of a parameter of the query, the path or the header; the pointer to it is added when the problem is sent. */
  | { readonly parameter: string; readonly pointer?: never };

export type FieldFault = FaultyPart & { readonly code: string; readonly message: string };

export interface ProblemDetails {
  readonly code: ErrorCode;
  readonly detail?: string;
  readonly errors?: readonly FieldFault[];
  /** Further members, such as `reasons` and `alternatives`. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Ends a request with a problem. Thrown at the edge only: below it, refusals are values. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly details: ProblemDetails;

  constructor(details: ProblemDetails) {
    super(details.code);
    this.details = details;
  }
}
