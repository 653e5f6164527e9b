/** Reading profiles: who may, and that it is recorded (R28, R46). */
import type { User } from '../../../domain/identity/user.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { viewerOf } from '../../../domain/shared/viewer.ts';
import { recordEvent } from '../audit.ts';
import type { Context, Deps } from '../context.ts';

/** @returns `undefined` for an account that does not exist as for one the caller may not see (R26) */
export function readProfile(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  userId: UserId,
): Promise<User | undefined> {
  const event = recordEvent(deps, context, {
    type: 'user.profile_read',
    stream: userId,
    outcome: 'success',
    resource: { type: 'user', id: userId },
  });
  return deps.database.loadRecorded(deps.loads.identity.profileRead(userId, viewerOf(actor)), [event]);
}
