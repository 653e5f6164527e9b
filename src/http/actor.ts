/** Who asks, for handlers: the access table has let nobody else in. */
import type { Context as HonoContext } from 'hono';
import type { KnownActor, UserActor } from '../../domain/shared/actor.ts';
import type { AppEnv } from './env.ts';
import { Problem } from './problems.ts';

/** A person or a key: whoever is signed in. */
export function knownActor(c: HonoContext<AppEnv>): KnownActor {
  const { actor } = c.get('context');
  if (actor.kind !== 'user' && actor.kind !== 'api_key') throw new Problem({ code: 'unauthenticated' });
  return actor;
}

/** A person with a session. */
export function userActor(c: HonoContext<AppEnv>): UserActor {
  const { actor } = c.get('context');
  if (actor.kind !== 'user')
    throw new Problem({ code: 'forbidden', detail: 'API keys cannot do this: it needs a session.' });
  return actor;
}
