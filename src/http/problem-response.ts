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
      type: `/problems/${code}`,
      title,
      status,
      detail: detail ?? help,
      code,
      requestId: c.get('requestId'),
      ...(errors === undefined ? {} : { errors }),
      ...members,
    },
    status,
    { ...headers, 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' },
  );
}
