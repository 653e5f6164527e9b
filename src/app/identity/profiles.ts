/** Reading accounts and profiles; each reading of another person's is recorded (R28, R46). */
import type { Profile } from '../../../domain/identity/email-change.ts';
import type { User } from '../../../domain/identity/user.ts';
import { isAllowed, type KnownActor } from '../../../domain/shared/actor.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { Role } from '../../../domain/shared/permissions.ts';
import { viewerOf } from '../../../domain/shared/viewer.ts';
import { recordEvent } from '../audit.ts';
import type { Context, Deps } from '../context.ts';

/** A page of all accounts. */
export function listAccounts(
  deps: Deps,
  context: Context,
  page: { readonly after: UserId | null; readonly limit: number; readonly role: Role | null },
): Promise<User[]> {
  const event = recordEvent(deps, context, {
    type: 'user.listed',
    stream: 'system',
    outcome: 'success',
    details: { role: page.role, limit: page.limit },
  });
  return deps.database.loadRecorded(deps.loads.identity.usersRead(page), [event]);
}

/** An account, for those who manage accounts. Reading one's own is not recorded. */
export async function readAccount(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  userId: UserId,
): Promise<User | undefined> {
  if (userId === actor.userId) {
    const [own] = await deps.database.load(deps.loads.identity.user(userId));
    return own;
  }
  if (!isAllowed(actor, 'manage:users')) return undefined;
  const event = recordEvent(deps, context, {
    type: 'user.read',
    stream: userId,
    outcome: 'success',
    resource: { type: 'user', id: userId },
  });
  return deps.database.loadRecorded(deps.loads.identity.userRead(userId), [event]);
}

/** @returns `undefined` if the account does not exist or the caller may not see it (R26) */
export function readProfile(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  userId: UserId,
): Promise<Profile | undefined> {
  const event = recordEvent(deps, context, {
    type: 'user.profile_read',
    stream: userId,
    outcome: 'success',
    resource: { type: 'user', id: userId },
  });
  return deps.database.loadRecorded(deps.loads.identity.profileRead(userId, viewerOf(actor, context)), [event]);
}
