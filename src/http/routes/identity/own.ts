/** The account of the caller. */

import type { Context as HonoContext } from 'hono';
import type { User } from '../../../../domain/identity/user.ts';
import { isAllowed } from '../../../../domain/shared/actor.ts';
import type { UserId } from '../../../../domain/shared/ids.ts';
import { cached } from '../../../app/cache/cached.ts';
import { cacheReads } from '../../../app/cache/kinds.ts';
import { knownActor } from '../../actor.ts';
import type { AppEnv } from '../../env.ts';
import { Problem } from '../../problems.ts';

/** Refuses any account but the caller's own with the 404 of an account that does not exist (R26). */
export function requireOwn(c: HonoContext<AppEnv>, id: UserId): void {
  if (id !== knownActor(c).userId) throw new Problem({ code: 'not_found' });
}

/** Like {@link requireOwn}, but lets those who manage accounts use any account. */
export function requireOwnOrManaged(c: HonoContext<AppEnv>, id: UserId): void {
  if (!isAllowed(knownActor(c), 'manage:users')) requireOwn(c, id);
}

export async function ownAccount(c: HonoContext<AppEnv>): Promise<User> {
  const deps = c.get('deps');
  const { userId } = knownActor(c);
  const user = await cached(deps, cacheReads.profile(userId), deps.loads.identity.user(userId));
  if (user === undefined) throw new Problem({ code: 'not_found' });
  return user;
}
