/** A problem as it is sent. */
import type { Context as HonoContext } from 'hono';
import type { AppEnv } from './env.ts';
import { PROBLEMS, type ProblemDetails } from './problems.ts';

export function problemResponse(
  c: HonoContext<AppEnv>,
  { code, detail, errors, members, headers }: ProblemDetails,
): Response {
  const { status, title, help } = PROBLEMS[code];
  return c.json(
    {
      // First: what a problem is called and which status it has is not for a refusal's own members to change.
      ...members,
      type: `/problems/${code}`,
      title,
      status,
      detail: detail ?? help,
      code,
      requestId: c.get('requestId'),
      ...(errors === undefined ? {} : { errors }),
    },
    status,
    { ...headers, 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' },
  );
}
