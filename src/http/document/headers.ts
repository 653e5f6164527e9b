/** The headers of requests and responses, each described once. */

import { isSigned } from '../access.ts';
import { MAXIMUM_HEADER_UNITS } from '../bounds.ts';
import { pathTo } from '../links.ts';
import type { Operation } from '../operation.ts';

interface Form {
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
}

const text = (description: string, example: string, form: Form) => ({
  description,
  schema: { type: 'string' as const, ...form, example },
});

/** Longer headers are refused with 431. */
const OF_A_REQUEST = { maxLength: MAXIMUM_HEADER_UNITS };
/** RFC 9110 section 8.8.3. */
const ENTITY_TAG = { pattern: '^"[\\x21\\x23-\\x7e]+"$', maxLength: 200 };

const NUMBER = { pattern: '^\\d{1,15}$' };

export const PARAMETERS = {
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    required: true,
    ...text(
      'The ETag of the version to change, or `*` for any version (RFC 9110 section 13.1.1)',
      '"v1"',
      OF_A_REQUEST,
    ),
  },
  OptionalIfMatch: {
    name: 'If-Match',
    in: 'header',
    ...text('The ETag of the version to change. Default: any version (RFC 9110 section 13.1.1)', '"v1"', OF_A_REQUEST),
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    ...text('The ETag of a cached copy: 304 if it is current (RFC 9110 section 13.1.2)', '"v1"', OF_A_REQUEST),
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'A request that is repeated with the same key within 24 hours is executed once and gets the same answer. 1 to 255 visible ASCII characters',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$', example: 'my-first-booking' },
  },
} as const;

export const RESPONSE_HEADERS = {
  RequestId: text('Quote it when you report a fault', '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f', { maxLength: 128 }),
  ETag: text('The version, for If-Match and If-None-Match', '"v1"', ENTITY_TAG),
  Location: text(
    'Where the new resource is',
    pathTo('getAppointment', { id: '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f' }),
    { format: 'uri-reference' },
  ),
  Link: text(
    'The next page, or what replaces a deprecated operation (RFC 8288)',
    `<${pathTo('listDoctors')}?cursor=WyJhIl0>; rel="next"`,
    { maxLength: MAXIMUM_HEADER_UNITS },
  ),
  RetryAfter: {
    description: 'Seconds to wait (RFC 9110 section 10.2.3)',
    schema: { type: 'string' as const, pattern: '^\\d+$', example: '30' },
  },
  RateLimitPolicy: text(
    'The limits that count the request, the one that is nearest to its end first (draft-ietf-httpapi-ratelimit-headers-10)',
    '"patient";q=1000;w=3600',
    { maxLength: 500 },
  ),
  RateLimit: text('What is left of each, and seconds until it is reset', '"patient";r=999;t=3600', { maxLength: 500 }),
  Deprecation: text('Since when the operation is deprecated (RFC 9745)', '@1796515200', { pattern: '^@\\d+$' }),
  UploadOffset: text('Bytes of the file that are stored', '8388608', NUMBER),
  UploadComplete: text('`?1`: nothing can be appended any more', '?0', { pattern: '^\\?[01]$' }),
  UploadLength: text('Bytes of the whole file', '20000000', NUMBER),
  UploadLimit: text(
    '`max-size` and `max-append-size` in bytes, `max-age` in seconds',
    'max-size=20000000, max-age=3600',
    {
      maxLength: 200,
    },
  ),
  WwwAuthenticate: text('RFC 6750 section 3', 'Bearer', { maxLength: 1000 }),
} as const;

export type HeaderName = keyof typeof RESPONSE_HEADERS;

/** As they are sent. */
export const SENT_AS: Readonly<Record<HeaderName, string>> = {
  RequestId: 'X-Request-Id',
  ETag: 'ETag',
  Location: 'Location',
  Link: 'Link',
  RetryAfter: 'Retry-After',
  RateLimitPolicy: 'RateLimit-Policy',
  RateLimit: 'RateLimit',
  Deprecation: 'Deprecation',
  UploadOffset: 'Upload-Offset',
  UploadComplete: 'Upload-Complete',
  UploadLength: 'Upload-Length',
  UploadLimit: 'Upload-Limit',
  WwwAuthenticate: 'WWW-Authenticate',
};

type Reference = { readonly $ref: string };

export function headerReferences(names: readonly HeaderName[]): Record<string, Reference> {
  return Object.fromEntries(names.map((name) => [SENT_AS[name], { $ref: `#/components/headers/${name}` }]));
}

interface OperationHeaders {
  readonly parameters: Reference[];
  /** Of every response. */
  readonly ofAll: readonly HeaderName[];
  /** Of those that succeed. */
  readonly ofAnswers: Record<string, Reference>;
}

export function headersOf(operation: Operation): OperationHeaders {
  const { access, ifMatch, versioned, located, isIdempotent, unlimited, method, deprecation } = operation;
  const parameter = (name: keyof typeof PARAMETERS) => ({ $ref: `#/components/parameters/${name}` });
  const isLimited = !unlimited && !isSigned(access);
  const ofAll: HeaderName[] = [
    'RequestId',
    ...(operation.tellsUpload ? (['UploadComplete'] as const) : []),
    ...(isLimited ? (['RateLimitPolicy', 'RateLimit'] as const) : []),
    ...(deprecation ? (['Deprecation', 'Link'] as const) : []),
  ];
  return {
    parameters: [
      ...(ifMatch === 'required' ? [parameter('IfMatch')] : []),
      ...(ifMatch === 'optional' ? [parameter('OptionalIfMatch')] : []),
      ...(versioned && method === 'get' ? [parameter('IfNoneMatch')] : []),
      ...(isIdempotent ? [parameter('IdempotencyKey')] : []),
    ],
    ofAll,
    ofAnswers: headerReferences([
      ...ofAll,
      ...(versioned ? (['ETag'] as const) : []),
      ...(operation.tellsUpload ? (['UploadOffset', 'UploadLength', 'UploadLimit'] as const) : []),
      ...(located ? (['Location'] as const) : []),
      ...(isPaged(operation) ? (['Link'] as const) : []),
    ]),
  };
}

/** Of an answer that tells no problem. */
export function headersOfStatus(operation: Operation, status: string): Record<string, Reference> {
  const { ofAll, ofAnswers } = headersOf(operation);
  if (status.startsWith('2') || status === '304') return ofAnswers;
  return headerReferences(status === '503' ? [...ofAll, 'RetryAfter'] : ofAll);
}

function isPaged({ request }: Operation): boolean {
  const shape = (request?.query as { readonly shape?: object } | undefined)?.shape;
  return shape !== undefined && 'cursor' in shape;
}
