/** HEAD has the headers of GET without the body (RFC 9110 section 9.3.2). */
import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from '../env.ts';

const MADE_WHOLE = /^(application\/(problem\+)?json|text\/(html|calendar|plain|javascript))\b/;

/**
 * Whether the body was produced as a whole and is to be measured. A stream that knows its length states it, and is not held
 * in memory: the file of a person may be text too.
 */
export function isMadeWhole(headers: Headers): boolean {
  return !headers.has('Content-Length') && MADE_WHOLE.test(headers.get('Content-Type') ?? '');
}

/** Sets the Content-Length of GET. Otherwise the server would drop the body later and send 0. */
export const headLength: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  if (c.req.method !== 'HEAD' || !isMadeWhole(c.res.headers)) return;
  const { byteLength } = await c.res.clone().arrayBuffer();
  c.res.headers.set('Content-Length', String(byteLength));
};
