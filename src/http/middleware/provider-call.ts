/**
 * Verifies the signature of a provider's call over its raw bytes before anything else is read from it (R50): without a
 * valid and recent one, 401.
 */
import type { MiddlewareHandler } from 'hono';
import { recordRefusal } from '../../app/identity/denials.ts';
import type { AppEnv } from '../env.ts';
import type { Operation } from '../operation.ts';
import type { ProviderWebhooks } from '../platform.ts';
import { Problem } from '../problems.ts';
import { anonymousContext } from './anonymous.ts';
import { readRaw } from './request.ts';

/** Whose calls an operation takes. */
const CALLERS: Readonly<Record<string, keyof ProviderWebhooks>> = {
  receiveSendgridEvents: 'sendgrid',
  receiveTwilioStatus: 'twilio',
  receiveTwilioText: 'twilio',
};

export function signedByProvider({ operationId, maximumBodyBytes }: Operation): MiddlewareHandler<AppEnv> {
  const caller = CALLERS[operationId];
  if (caller === undefined) throw new Error(`${operationId} does not say which provider calls it`);
  return async (c, next) => {
    const deps = c.get('deps');
    // The provider signs the address that it was told to call; a proxy may have rewritten the request's own (R8).
    const url = deps.settings.publicUrl + c.req.path + new URL(c.req.url).search;
    const body = await readRaw(c, maximumBodyBytes);
    const header = (name: string) => c.req.header(name) ?? null;
    const received = await c.env.platform.providerWebhooks[caller]?.receive({ url, header, body });
    if (received?.ok === true) {
      c.set('notices', received.value);
      return next();
    }
    if (received?.error === 'malformed') throw new Problem({ code: 'validation_failed' });
    const code = 'signature_invalid';
    await recordRefusal(deps, anonymousContext(c), {
      type: 'callback.rejected',
      stream: 'system',
      details: { topic: caller },
      error: code,
    });
    throw new Problem({ code });
  };
}
