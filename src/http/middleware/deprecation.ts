/** Tells clients that an operation is deprecated. */
import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from '../env.ts';
import { hrefOf } from '../links.ts';
import type { Deprecation } from '../operation.ts';

/**
 * Every answer, refusals too, says since when the operation is deprecated (`Deprecation: @1796515200`, RFC 9745 section 2.1)
 * and what to call instead (`Link: </api/v1/…>; rel="successor-version"`, RFC 5829 section 3.2).
 */
export function deprecated({ since, successor }: Deprecation): MiddlewareHandler<AppEnv> {
  const date = `@${Date.parse(since) / 1000}`;
  return async (c, next) => {
    await next();
    c.res.headers.set('Deprecation', date);
    c.res.headers.append('Link', `<${hrefOf(successor, c.req.param())}>; rel="successor-version"`);
  };
}
