/** HEAD has the headers of GET without the body (RFC 9110 section 9.3.2). */
import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from '../env.ts';

/** Media types that are produced as a whole and can be measured. Streams are not read just for their length. */
export const MADE_WHOLE = /^(application\/(problem\+)?json|text\/(html|calendar|plain|javascript))\b/;

/** Sets the Content-Length of GET. Otherwise the server would drop the body later and send 0. */
export const headLength: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  if (c.req.method !== 'HEAD' || c.res.headers.has('Content-Length')) return;
  if (!MADE_WHOLE.test(c.res.headers.get('Content-Type') ?? '')) return;
  const { byteLength } = await c.res.clone().arrayBuffer();
  c.res.headers.set('Content-Length', String(byteLength));
};
