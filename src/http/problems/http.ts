/** Problems that HTTP itself causes, before or after a use case runs. */
import { kind, type ProblemKind } from './kind.ts';

export type HttpErrorCode =
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
  | 'signature_invalid'
  | 'unavailable'
  | 'internal_error';

export const HTTP_PROBLEMS = {
  malformed_json: kind(
    400,
    'The body is not valid JSON',
    'Send one JSON document in UTF-8. The detail says where the parser stopped.',
  ),
  malformed_form: kind(
    400,
    'The body is not a valid form',
    'Send multipart/form-data, with the boundary that the Content-Type header names.',
  ),
  unsupported_media_type: kind(
    415,
    'Unsupported media type',
    'Send the body with Content-Type: application/json, or multipart/form-data where the operation says so.',
  ),
  not_acceptable: kind(
    406,
    'No media type in the Accept header can be served',
    'Send Accept: application/json, or leave the header out.',
  ),
  request_timeout: kind(408, 'The body did not arrive in time', 'Send the whole request again.'),
  payload_too_large: kind(413, 'The body is too large', 'Send a smaller body. The detail names the limit in bytes.'),
  malformed_target: kind(400, 'The request URL is not valid', 'Send a Host header with a host name only.'),
  target_too_long: kind(414, 'The request URL is too long', 'Send a URL of at most 8,192 characters.'),
  header_too_large: kind(431, 'A header is too large', 'Send at most 8,192 characters in each header.'),
  validation_failed: kind(
    422,
    'Some fields are not valid',
    'Each entry of errors says what was expected. pointer names a field of the body (RFC 6901); where parameter is given, it names a parameter of the query, the path or the header.',
  ),
  route_not_found: kind(404, 'No such path', 'See /openapi.json for the paths of this API.'),
  method_not_allowed: kind(405, 'Method not allowed', 'The Allow header lists the methods of this path.'),
  precondition_required: kind(
    428,
    'If-Match is missing',
    'Read the resource and send its ETag as If-Match, so that you do not overwrite a change you have not seen.',
  ),
  precondition_failed: kind(
    412,
    'The resource has changed since it was read',
    'Read it again, apply your change to the new version, and send the new ETag.',
  ),
  too_many_requests: kind(429, 'Too many requests', 'Wait for the number of seconds in Retry-After.'),
  unauthenticated: kind(
    401,
    'Sign in first',
    'Sign in and send the access token as Authorization: Bearer. If the token has expired, get a new one at /auth/refresh-token.',
  ),
  forbidden: kind(
    403,
    'You may not do this',
    'The operation needs a permission that your role or your API key does not have.',
  ),
  cross_site_request: kind(
    403,
    'The request comes from another site',
    'A change that is authenticated by a cookie must have an Origin header that names this site.',
  ),
  signature_invalid: kind(401, 'The signature is not valid', 'Only the queue may call this address.'),
  unavailable: kind(
    503,
    'The service is temporarily unavailable',
    'Try again after the number of seconds in Retry-After. A change may or may not have been made: repeat it with the same Idempotency-Key.',
  ),
  internal_error: kind(
    500,
    'Internal error',
    'The error is on our side and was recorded. Quote the request id when you report it.',
  ),
} satisfies Readonly<Record<HttpErrorCode, ProblemKind>>;
