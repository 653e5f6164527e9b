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
  | 'address_blocked'
  | 'unauthenticated'
  | 'forbidden'
  | 'cross_site_request'
  | 'signature_invalid'
  | 'unavailable'
  | 'overloaded'
  | 'internal_error';

export const HTTP_PROBLEMS = {
  malformed_json: kind(
    400,
    'The body is not valid JSON',
    'Send one JSON document in UTF-8. The detail says where the parser stopped.',
    'The body is empty, is cut off, is not UTF-8, or has the same name twice in one object.',
  ),
  malformed_form: kind(
    400,
    'The body is not a valid form',
    'Send multipart/form-data, with the boundary that the Content-Type header names.',
    'The Content-Type is multipart/form-data, but the body cannot be split into parts.',
  ),
  unsupported_media_type: kind(
    415,
    'Unsupported media type',
    'Send the body with Content-Type: application/json, or multipart/form-data where the operation says so.',
    'The Content-Type is missing, or is not one that the operation takes.',
  ),
  not_acceptable: kind(
    406,
    'No media type in the Accept header can be served',
    'Send Accept: application/json, or leave the header out.',
    'The Accept header excludes every media type that the operation answers with.',
  ),
  request_timeout: kind(
    408,
    'The body did not arrive in time',
    'Send the whole request again.',
    'The connection was too slow, or stopped, before the whole body was received.',
  ),
  payload_too_large: kind(
    413,
    'The body is too large',
    'Send a smaller body. The detail names the limit in bytes.',
    'The body has more bytes, more values or more levels than the operation takes.',
  ),
  malformed_target: kind(
    400,
    'The request URL is not valid',
    'Send a Host header with a host name only.',
    'Host and path do not form a URL, or the URL contains a user name or a password.',
  ),
  target_too_long: kind(
    414,
    'The request URL is too long',
    'Send a URL of at most 8,192 characters.',
    'The path and its query have more than 8,192 characters.',
  ),
  header_too_large: kind(
    431,
    'A header is too large',
    'Send at most 8,192 characters in each header.',
    'One header has more than 8,192 characters.',
  ),
  validation_failed: kind(
    422,
    'Some fields are not valid',
    'Each entry of errors says what was expected. pointer names a field of the body (RFC 6901); where parameter is given, it names a parameter of the query, the path or the header.',
    'A field or parameter is missing, has the wrong type, is out of bounds, or is unknown.',
  ),
  route_not_found: kind(
    404,
    'No such path',
    'See /openapi.json for the paths of this API.',
    'The path is misspelt, or belongs to a feature that is switched off.',
  ),
  method_not_allowed: kind(
    405,
    'Method not allowed',
    'The Allow header lists the methods of this path.',
    'The path exists, but does not support this method.',
  ),
  precondition_required: kind(
    428,
    'If-Match is missing',
    'Read the resource and send its ETag as If-Match, so that you do not overwrite a change you have not seen.',
    'Others may change the same resource, so the operation requires the version that you saw.',
  ),
  precondition_failed: kind(
    412,
    'The resource has changed since it was read',
    'Read it again, apply your change to the new version, and send the new ETag.',
    'The resource changed after you read it: its version is no longer the one in If-Match.',
  ),
  too_many_requests: kind(
    429,
    'Too many requests',
    'Wait for the number of seconds in Retry-After.',
    'A limit of the caller, of the address or of this operation is exhausted. RateLimit names it.',
  ),
  address_blocked: kind(
    429,
    'Your network address is blocked for a while',
    'Wait for the number of seconds in Retry-After. If you share the address with others, sign in from a browser that you have used before, or ask the clinic to lift the block.',
    'Too many wrong passwords, codes, keys or tokens came from the address, or it went on after it was refused, or the clinic has blocked it. until says when the block ends.',
  ),
  unauthenticated: kind(
    401,
    'Sign in first',
    'Sign in and send the access token as Authorization: Bearer. If the token has expired, get a new one at /auth/refresh-token.',
    'The access token, cookie or API key is missing, has expired, was revoked, or was not issued by this portal.',
  ),
  forbidden: kind(
    403,
    'You may not do this',
    'The operation needs a permission that your role or your API key does not have.',
    'The role of the person, or the scopes of the API key, do not include a permission that the operation needs.',
  ),
  cross_site_request: kind(
    403,
    'The request comes from another site',
    'A change that is authenticated by a cookie must have an Origin header that names this site.',
    'The session is in cookies, and the Origin of the request is missing or is of another site.',
  ),
  signature_invalid: kind(
    401,
    'The signature is not valid',
    'Only the service that signs its calls may call this address. The signature is missing, wrong or too old.',
    'The request does not carry a recent signature, of the queue or of the provider whose notices the address takes, for this very body.',
  ),
  unavailable: kind(
    503,
    'The service is temporarily unavailable',
    'Try again after the number of seconds in Retry-After. A change may or may not have been made: repeat it with the same Idempotency-Key.',
    'The database or another required service did not answer in time.',
  ),
  overloaded: kind(
    503,
    'The portal has more requests than it can serve',
    'Try again after the number of seconds in Retry-After. Nothing was done.',
    'Requests wait too long, so those that can wait are refused first: lists, searches and exports before bookings under way.',
  ),
  internal_error: kind(
    500,
    'Internal error',
    'The error is on our side and was recorded. Quote the request id when you report it.',
    'The portal met an error that it does not handle.',
  ),
} satisfies Readonly<Record<HttpErrorCode, ProblemKind>>;
