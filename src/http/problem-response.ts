/** Renders problems as responses. */
import type { Context as HonoContext } from 'hono';
import type { AppEnv } from './env.ts';
import { pathTo } from './links.ts';
import type { ProblemKind } from './problems/kind.ts';
import { type FieldFault, PROBLEMS, type ProblemDetails, pointerTo } from './problems.ts';

/** Every fault has a pointer (R30). */
function withPointer(fault: FieldFault) {
  return fault.pointer === undefined ? { ...fault, pointer: pointerTo(fault.parameter) } : fault;
}

/** RFC 6750 section 3. */
export function unauthenticatedProblem(detail: string): ProblemDetails {
  return { code: 'unauthenticated', detail, headers: { 'WWW-Authenticate': 'Bearer' } };
}

export function problemResponse(
  c: HonoContext<AppEnv>,
  { code, detail, errors, members, headers }: ProblemDetails,
): Response {
  const { status, title, help, type }: ProblemKind = PROBLEMS[code];
  return c.json(
    {
      // First, so that members of a refusal cannot override the properties below.
      ...members,
      type: type ?? pathTo('getProblem', { code }),
      title,
      status,
      detail: detail ?? help,
      code,
      requestId: c.get('requestId'),
      ...(errors === undefined ? {} : { errors: errors.map(withPointer) }),
    },
    status,
    { ...headers, 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' },
  );
}
