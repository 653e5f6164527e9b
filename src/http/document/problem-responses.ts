/** Refusals as responses: by status, and within a status by code, each with its own members. */
import { type RouteConfig, z } from '@hono/zod-openapi';
import { pathTo } from '../links.ts';
import { type ErrorCode, PROBLEMS } from '../problems.ts';
import { SAMPLE_ID, shownCode, shownReference, shownText } from '../shown.ts';
import { type HeaderName, headerReferences } from './headers.ts';
import { PROBLEM_MEMBERS } from './problem-members.ts';

const fault = z
  .object({
    pointer: shownText(1000, '/email').openapi({
      description: 'RFC 6901 pointer into the body, or into the parameters if parameter is given',
    }),
    parameter: shownText(100, 'limit').optional().openapi({
      description: 'Name of the invalid parameter of the query, the path or the header',
    }),
    code: shownCode('invalid'),
    message: shownText(1000, 'must not be empty'),
  })
  .openapi('FieldFault');

const problem = z
  .object({
    type: shownReference.openapi({ example: pathTo('getProblem', { code: 'validation_failed' }) }),
    title: shownText(200, 'Some fields are invalid'),
    status: z.int(),
    detail: shownText(4000, 'Each entry of errors says what was expected.'),
    code: shownCode('validation_failed'),
    requestId: shownText(128, SAMPLE_ID),
    errors: z.array(fault).optional().openapi({ description: 'The invalid fields, if there are any' }),
  })
  .openapi('Problem', { description: 'RFC 9457 problem details. `code` says which refusal it is' });

/** `slot_taken` is a `SlotTakenProblem`. */
export function problemSchemaName(code: ErrorCode): string {
  const words = code.split('_').map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`);
  return `${words.join('')}Problem`;
}

const schemas = new Map<ErrorCode, z.ZodObject>();

/** The schema of one code. */
export function problemSchema(code: ErrorCode): z.ZodObject {
  const known = schemas.get(code);
  if (known !== undefined) return known;
  const { title, help, status } = PROBLEMS[code];
  const made = problem
    .extend({ status: z.literal(status), code: z.literal(code), ...PROBLEM_MEMBERS[code] })
    .openapi(problemSchemaName(code), { description: `${title}. ${help}` });
  schemas.set(code, made);
  return made;
}

/** Of a code: what is sent beside the body. */
const HEADERS: Readonly<Partial<Record<ErrorCode, HeaderName>>> = {
  too_many_requests: 'RetryAfter',
  address_blocked: 'RetryAfter',
  unavailable: 'RetryAfter',
  overloaded: 'RetryAfter',
  sign_in_paused: 'RetryAfter',
  mfa_attempts_exhausted: 'RetryAfter',
  sms_throttled: 'RetryAfter',
  unauthenticated: 'WwwAuthenticate',
  precondition_failed: 'ETag',
  file_offset_mismatch: 'UploadOffset',
};

/** The headers that come with a code, as they are sent. */
export function headersOfCode(code: ErrorCode): readonly string[] {
  return Object.keys(headerReferences(HEADERS[code] === undefined ? [] : [HEADERS[code]]));
}

/** @param general the headers of every response of the operation */
export function problemResponses(
  codes: ReadonlySet<ErrorCode>,
  general: readonly HeaderName[],
): RouteConfig['responses'] {
  const byStatus = Map.groupBy([...codes].toSorted(), (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, list]) => [
      status,
      {
        description: list.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('; '),
        content: { 'application/problem+json': { schema: oneOf(list) } },
        headers: headerReferences([...new Set([...general, ...list.flatMap((code) => HEADERS[code] ?? [])])]),
      },
    ]),
  );
}

function oneOf(codes: readonly ErrorCode[]): z.ZodType {
  const [first, ...others] = codes.map(problemSchema);
  if (first === undefined) throw new Error('a status without a code');
  return others.length === 0 ? first : z.discriminatedUnion('code', [first, ...others]);
}
