/** Requests that pages of other sites send with this site's cookies (R23). */
import type { Context as HonoContext } from 'hono';
import type { AppEnv } from '../env.ts';
import { isSameLoopback } from '../hosts.ts';
import { Problem } from '../problems.ts';

/** Methods that change nothing (RFC 9110 section 9.2.1). */
export const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** CSRF protection (R23): a change that is authenticated by cookies needs an `Origin` of the portal, or `Sec-Fetch-Site`. */
export function refuseCrossSite(c: HonoContext<AppEnv>): void {
  if (SAFE_METHODS.includes(c.req.method)) return;
  const isProven = c.req.header('origin') !== undefined || c.req.header('sec-fetch-site') === 'same-origin';
  if (!isProven || isFromElsewhere(c)) throw new Problem({ code: 'cross_site_request' });
}

/** Whether the request comes from a page of another site. Browsers send `Origin` or `Sec-Fetch-Site`, programs do not. */
export function isFromElsewhere(c: HonoContext<AppEnv>): boolean {
  const origin = c.req.header('origin');
  return (origin !== undefined && !isOwnOrigin(c, origin)) || c.req.header('sec-fetch-site') === 'cross-site';
}

function isOwnOrigin(c: HonoContext<AppEnv>, origin: string): boolean {
  const { deps, config } = c.env.platform;
  const own = new URL(deps.settings.publicUrl).origin;
  if (origin === own || config.CORS_ORIGINS.includes(origin)) return true;
  // In development the page may be opened at another loopback name than that of PUBLIC_URL.
  const isLocal = config.mode === 'embedded' || config.APP_ENV === 'development';
  return isLocal && isSameLoopback(origin, own);
}
