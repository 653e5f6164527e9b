/** The actor of a request, for handlers. The access table has refused all others before. */
import type { Context as HonoContext } from 'hono';
import type { KnownActor, UserActor } from '../../domain/shared/actor.ts';
import type { AppEnv } from './env.ts';
import { Problem } from './problems.ts';

/** A signed-in person or an API key. */
export function knownActor(c: HonoContext<AppEnv>): KnownActor {
  const { actor } = c.get('context');
  if (actor.kind !== 'user' && actor.kind !== 'api_key') throw new Problem({ code: 'unauthenticated' });
  return actor;
}

/** A person with a session. */
export function userActor(c: HonoContext<AppEnv>): UserActor {
  const { actor } = c.get('context');
  if (actor.kind !== 'user')
    throw new Problem({ code: 'forbidden', detail: 'An API key may not do this. Sign in instead.' });
  return actor;
}
