/** What administrators do with accounts, and how an account is closed. */
import type { Change, Decision } from '../../../domain/changes.ts';
import {
  changeRole,
  closeAccount,
  type InvitationAccepted,
  inviteAgain,
  type LastAdmin,
  type NoAccount,
  unlock,
} from '../../../domain/identity/administration.ts';
import type { KnownBrowser } from '../../../domain/identity/known-browser.ts';
import { issueToken } from '../../../domain/identity/one-time-token.ts';
import { changePreferences, type Preferences } from '../../../domain/identity/preferences.ts';
import type { AccountHolder, User, UserNotFound } from '../../../domain/identity/user.ts';
import type { ErasureFacts } from '../../../domain/privacy/ports.ts';
import type { DoctorStillBooked } from '../../../domain/scheduling/offboarding.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { Role } from '../../../domain/shared/permissions.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { type ExpectedVersion, type StaleVersion, staleness } from '../../../domain/shared/version.ts';
import { type Contended, execute, executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { clearLimits } from '../limits.ts';
import { forgetCached, portionLoads, withErasureInPortions } from '../privacy/erase.ts';
import { withResignation } from '../scheduling/offboarding.ts';
import { TOKEN_BYTES } from './tokens.ts';

type RoleRefusal = UserNotFound | LastAdmin | NoAccount | StaleVersion | DoctorStillBooked;

/** A doctor with future appointments keeps the role: see `resign`. */
export function assignRole(deps: Deps, context: Context, userId: UserId, role: Role, expected: ExpectedVersion) {
  return execute(deps, context, {
    loads: [
      deps.loads.identity.user(userId),
      deps.loads.identity.activeAdmins(),
      deps.loads.scheduling.resignation(userId, context.now),
    ],
    decide: (user, admins, resignation): Result<Decision<Change, User>, RoleRefusal> => {
      if (user === undefined) return refuse({ code: 'not_found' });
      const stale = staleness(user, expected);
      if (stale !== undefined) return refuse(stale);
      const changed = changeRole(user, role, admins, context.now);
      if (!changed.ok || user.role !== 'doctor' || role === 'doctor') return changed;
      return withResignation<User>(deps, context, changed.value, userId, resignation);
    },
  });
}

/** Closes an account and erases the person's data in the same batch (R55). Of a busy doctor, batches before it end the appointments. */
export async function endAccount(deps: Deps, context: Context, userId: UserId, expected: ExpectedVersion) {
  let erased: ErasureFacts | undefined;
  const messageKey = deps.cipher.newKey(newId<'data_key'>(deps, context.now));
  for (;;) {
    const result = await execute(deps, context, {
      loads: [
        deps.loads.identity.user(userId),
        deps.loads.identity.activeAdmins(),
        ...portionLoads(deps, userId, context.now),
      ],
      decide: (
        user,
        admins,
        facts,
        offboarding,
      ): Result<Decision<Change, boolean>, UserNotFound | LastAdmin | StaleVersion> => {
        if (user === undefined) return refuse({ code: 'not_found' });
        const stale = staleness(user, expected);
        if (stale !== undefined) return refuse(stale);
        const closed = closeAccount(user, admins, messageKey, context.now);
        erased = facts;
        return closed.ok ? ok(withErasureInPortions(deps, context, closed.value, userId, facts, offboarding)) : closed;
      },
    });
    if (!result.ok) return result;
    if (!result.value) continue;
    if (erased !== undefined) await forgetCached(deps, userId, erased);
    return ok(undefined);
  }
}

/** A repeated request sends no second mail (R31). */
export function resendInvitation(
  deps: Deps,
  context: Context,
  userId: UserId,
  represent: (user: User) => Representation,
) {
  const issued = issueToken(deps.random.bytes(TOKEN_BYTES));
  return executeOnce(
    deps,
    context,
    {
      loads: [deps.loads.identity.user(userId)],
      decide: (user): Result<Decision<Change, User>, UserNotFound | InvitationAccepted | NoAccount> =>
        user === undefined ? refuse({ code: 'not_found' }) : inviteAgain(user, issued, context.now),
      answerOf: (user) => user.dataKey,
    },
    represent,
  );
}

/** Ends every pause of an account, in the database and in the rate limiter (R65). */
export async function unlockAccount(
  deps: Deps,
  context: Context,
  person: { readonly email: string } | { readonly id: UserId },
): Promise<Result<void, UserNotFound | Contended>> {
  const { identity } = deps.loads;
  let found: (AccountHolder & KnownBrowser) | undefined;
  const result = await execute(deps, context, {
    loads: [
      identity.credentials('id' in person ? { by: 'id', userId: person.id } : { by: 'email', email: person.email }),
    ],
    decide: (credentials): Result<Decision<Change, void>, UserNotFound> => {
      if (credentials === undefined) return refuse({ code: 'not_found' });
      const { user, passwordChangedAt } = credentials;
      found = { ...user, passwordChangedAt };
      return ok(unlock(user));
    },
  });
  if (result.ok && found !== undefined) await clearLimits(deps.limiter, found);
  return result;
}

export function setPreferences(deps: Deps, context: Context, userId: UserId, changed: Partial<Preferences>) {
  return execute(deps, context, {
    loads: [deps.loads.identity.preferences(userId)],
    decide: (current): Result<Decision<Change, Preferences>, UserNotFound> =>
      current === undefined ? refuse({ code: 'not_found' }) : ok(changePreferences(userId, current, changed)),
  });
}
