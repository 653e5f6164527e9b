/**
 * Verifies the signature of queue callbacks before anything else is read from them (R47): without a valid signature,
 * 401.
 */
import type { MiddlewareHandler } from 'hono';
import { recordRefusal } from '../../app/identity/denials.ts';
import type { AppEnv } from '../env.ts';
import { Problem } from '../problems.ts';
import { anonymousContext } from './anonymous.ts';
import { readRaw } from './request.ts';

export const signedCallback: MiddlewareHandler<AppEnv> = async (c, next) => {
  const { callbacks } = c.env.platform;
  const deps = c.get('deps');
  const signature = c.req.header('upstash-signature') ?? '';
  // Verifies the URL that the queue was told to call, because a proxy may have rewritten the request's own (R8).
  const url = `${deps.settings.publicUrl}${c.req.path}`;
  const isSigned =
    callbacks !== null &&
    signature !== '' &&
    (await callbacks.verify({ signature, body: new TextDecoder().decode(await readRaw(c)), url }));
  if (isSigned) return next();
  const topic = c.req.param('topic') ?? '';
  const code = 'signature_invalid';
  await recordRefusal(deps, anonymousContext(c), {
    type: 'callback.rejected',
    stream: 'system',
    details: { topic: /^[a-z_.]{1,64}$/.test(topic) ? topic : null },
    error: code,
  });
  throw new Problem({ code });
};
