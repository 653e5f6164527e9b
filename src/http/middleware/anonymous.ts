/** The context of a request before its caller is known. */
import type { Context as HonoContext } from 'hono';
import type { Actor } from '../../../domain/shared/actor.ts';
import type { Context } from '../../app/context.ts';
import type { AppEnv } from '../env.ts';

const ANONYMOUS: Actor = { kind: 'anonymous' };

/** The context of a request before its caller is identified. */
export function anonymousContext(c: HonoContext<AppEnv>): Context {
  return {
    actor: ANONYMOUS,
    now: c.env.platform.deps.clock.now(),
    requestId: c.get('requestId'),
    ip: c.env.clientAddress,
    userAgent: c.req.header('user-agent')?.slice(0, 512) ?? null,
    idempotency: null,
  };
}
