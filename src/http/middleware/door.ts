/** Refuses requests while there are too many, before their body is read and before anything is counted or asked (ADR 0275). */
import type { Context as HonoContext, MiddlewareHandler } from 'hono';
import type { Importance } from '../../app/door.ts';
import type { AppEnv } from '../env.ts';
import { Problem } from '../problems.ts';

/** For each level, so that those who were refused do not come back at once. */
const RETRY_SECONDS = 2;

export function admitted(importance: Importance): MiddlewareHandler<AppEnv> {
  return (c, next) => {
    const { door, deps } = c.env.platform;
    // What runs again was let in before.
    if (c.env.isRepeated || door.admits(importance)) return next();
    deps.metrics.count('portal_requests_shed_total', { importance });
    throw new Problem({ code: 'overloaded', headers: { 'Retry-After': String(retryAfterSeconds(c, door.level())) } });
  };
}

/** Between one and two times what the level asks for, so that they do not all come back in the same second. */
function retryAfterSeconds(c: HonoContext<AppEnv>, level: number): number {
  const [random = 0] = c.env.platform.deps.random.bytes(1);
  const least = RETRY_SECONDS * Math.max(1, level);
  return least + (random % (least + 1));
}
