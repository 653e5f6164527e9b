/** HEAD answers what GET would, without the body (RFC 9110 section 9.3.2). */
import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from '../env.ts';

/** What is made as a whole, and can be measured. Streams are not read for the sake of their length. */
const MADE_WHOLE = /^(application\/(problem\+)?json|text\/(html|calendar|plain|javascript))\b/;

/** The body is dropped later, and its length with it: a server then says 0, which is not what GET would say. */
export const headLength: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  if (c.req.method !== 'HEAD' || c.res.headers.has('Content-Length')) return;
  if (!MADE_WHOLE.test(c.res.headers.get('Content-Type') ?? '')) return;
  const { byteLength } = await c.res.clone().arrayBuffer();
  c.res.headers.set('Content-Length', String(byteLength));
};
