/**
 * Which pages of other origins may read answers (Fetch standard, section 3.3). Headers are set when the answer is known:
 * Hono copies an answer whose headers were touched before.
 */
import type { Context as HonoContext, MiddlewareHandler } from 'hono';
import type { AppEnv } from '../env.ts';

/** Response headers that browser applications may read. */
const EXPOSED =
  'ETag,Link,Location,RateLimit,RateLimit-Policy,Retry-After,Upload-Complete,Upload-Length,Upload-Limit,Upload-Offset,X-Request-Id';
/** How long browsers remember the answer to a preflight. */
const MAXIMUM_AGE_SECONDS = '600';

/** @param isOpen whether pages of any origin may read what is at a path, never with credentials */
export function cors(isOpen: (path: string) => boolean): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const isPublic = isOpen(c.req.path);
    if (c.req.method === 'OPTIONS') c.res = preflight(c, isPublic);
    else await next();
    const { headers } = c.res;
    if (!isPublic) headers.append('Vary', 'Origin');
    const allowed = isPublic ? '*' : allowedOrigin(c);
    if (allowed === undefined) return;
    headers.set('Access-Control-Allow-Origin', allowed);
    headers.set('Access-Control-Expose-Headers', EXPOSED);
    if (!isPublic) headers.set('Access-Control-Allow-Credentials', 'true');
  };
}

function allowedOrigin(c: HonoContext<AppEnv>): string | undefined {
  const origin = c.req.header('origin');
  return origin !== undefined && c.env.platform.config.CORS_ORIGINS.includes(origin) ? origin : undefined;
}

function preflight(c: HonoContext<AppEnv>, isPublic: boolean): Response {
  const headers = new Headers({
    'Access-Control-Allow-Methods': isPublic ? 'GET' : 'GET,POST,PUT,PATCH,DELETE',
    'Access-Control-Max-Age': MAXIMUM_AGE_SECONDS,
  });
  const asked = c.req.header('access-control-request-headers');
  if (asked !== undefined) {
    headers.set('Access-Control-Allow-Headers', asked);
    headers.set('Vary', 'Access-Control-Request-Headers');
  }
  return new Response(null, { status: 204, headers });
}
