/** Changing an e-mail address, and taking the change back. */

import type { AuditEventType } from '../../../domain/audit-catalog.ts';
import type { Change, Decision } from '../../../domain/changes.ts';
import {
  type ChangeWithOwner,
  cancelEmailChange,
  confirmEmailChange,
  type EmailChange,
  type EmailUnverified,
  type PendingEmail,
  requestEmailChange,
  restoreEmail,
} from '../../../domain/identity/email-change.ts';
import { hashToken, issueToken, type TokenInvalid } from '../../../domain/identity/one-time-token.ts';
import type { EmailTaken } from '../../../domain/identity/registration.ts';
import type { UserNotFound } from '../../../domain/identity/user.ts';
import type { ErasureFacts } from '../../../domain/privacy/ports.ts';
import type { UserActor } from '../../../domain/shared/actor.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { type Contended, execute, executeOnce, onlyConflict, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { erasureLoads, forgetCached, withErasure } from '../privacy/erase.ts';
import { recordRefusal } from './denials.ts';
import { TOKEN_BYTES } from './tokens.ts';

/** A repeated request sends no second mail (R31). */
export function askForEmailChange(
  deps: Deps,
  context: Context,
  actor: UserActor,
  userId: UserId,
  email: string,
  represent: (pending: PendingEmail) => Representation,
) {
  const asked = {
    id: newId<'email_change'>(deps, context.now),
    email,
    confirm: issueToken(deps.random.bytes(TOKEN_BYTES)),
    restore: issueToken(deps.random.bytes(TOKEN_BYTES)),
    sessionId: userId === actor.userId ? actor.sessionId : null,
  };
  const { identity } = deps.loads;
  let owner = actor.dataKey;
  return executeOnce(
    deps,
    context,
    {
      loads: [identity.user(userId), identity.userByEmail(email), identity.lastMail(email, 'account-exists')],
      decide: (user, holder, toldAt): Result<Decision<Change, PendingEmail>, UserNotFound | EmailUnverified> => {
        if (user === undefined) return refuse({ code: 'not_found' });
        owner = user.dataKey;
        return requestEmailChange(user, holder, toldAt, asked, context.now);
      },
      answerOf: () => owner,
    },
    represent,
  );
}

export async function readPendingEmail(deps: Deps, userId: UserId): Promise<EmailChange | undefined> {
  const [open] = await deps.database.load(deps.loads.identity.openEmailChange(userId));
  return open;
}

export function dropEmailChange(
  deps: Deps,
  context: Context,
  userId: UserId,
): Promise<Result<void, UserNotFound | Contended>> {
  return execute(deps, context, {
    loads: [deps.loads.identity.user(userId), deps.loads.identity.openEmailChange(userId)],
    decide: (user, open): Result<Decision<Change, void>, UserNotFound> =>
      user === undefined ? refuse({ code: 'not_found' }) : cancelEmailChange(user, open, context.now),
  });
}

type Found = ChangeWithOwner | undefined;
type Confirmed = Result<Decision<Change, void>, TokenInvalid | EmailTaken>;

/**
 * If another account has taken the address meanwhile, the answer is the same as for an invalid link (R5). The other account is
 * loaded only in that case: if it is unproven, it is closed and erased in the same batch.
 */
export function proveNewEmail(
  deps: Deps,
  context: Context,
  token: string,
): Promise<Result<void, TokenInvalid | Contended>> {
  const load = deps.loads.identity.emailChange('confirm', hashToken(token));
  return recordingLinks(deps, context, 'user.email_change_failed', async (note) => {
    let found: Found;
    const first = await execute(deps, context, {
      loads: [load],
      decide: (each): Confirmed => {
        found = each;
        note(each);
        return confirmEmailChange(each, undefined, context.now);
      },
      onConflict: onlyConflict('email_taken'),
    });
    if (first.ok || first.error.code !== 'email_taken' || found === undefined) return tellNothingOfTaken(first);
    const [holder] = await deps.database.load(deps.loads.identity.userByEmail(found.change.newEmail));
    if (holder === undefined) return refuse({ code: 'token_invalid' });
    let erased: ErasureFacts | undefined;
    const second = await execute(deps, context, {
      loads: [load, deps.loads.identity.user(holder.id), ...erasureLoads(deps, holder.id, context.now)],
      decide: (each, unproven, facts, departure): Confirmed => {
        const confirmed = confirmEmailChange(each, unproven, context.now);
        if (!confirmed.ok || unproven === undefined) return confirmed;
        erased = facts;
        return ok(withErasure<void>(deps, context, confirmed.value, unproven.id, facts, departure));
      },
      onConflict: onlyConflict('email_taken'),
    });
    if (second.ok && erased !== undefined) await forgetCached(deps, holder.id, erased);
    return tellNothingOfTaken(second);
  });
}

function tellNothingOfTaken(
  result: Result<void, TokenInvalid | EmailTaken | Contended>,
): Result<void, TokenInvalid | Contended> {
  if (result.ok) return result;
  return refuse(result.error.code === 'email_taken' ? { code: 'token_invalid' } : result.error);
}

export function takeEmailBack(
  deps: Deps,
  context: Context,
  token: string,
): Promise<Result<void, TokenInvalid | Contended>> {
  const reset = issueToken(deps.random.bytes(TOKEN_BYTES));
  return recordingLinks(deps, context, 'user.email_restore_failed', (note) =>
    execute(deps, context, {
      loads: [deps.loads.identity.emailChange('restore', hashToken(token))],
      decide: (found): Result<Decision<Change, void>, TokenInvalid> => {
        note(found);
        return restoreEmail(found, reset, context.now);
      },
      onConflict: () => ({ code: 'token_invalid' }) as const,
    }),
  );
}

/** Recorded for the owner of an expired or used link, and for the system if the link is unknown. */
async function recordingLinks(
  deps: Deps,
  context: Context,
  type: AuditEventType,
  follow: (note: (found: Found) => void) => Promise<Result<void, TokenInvalid | Contended>>,
): Promise<Result<void, TokenInvalid | Contended>> {
  let owner: UserId | undefined;
  const result = await follow((found) => {
    owner = found?.user.id;
  });
  if (!result.ok && result.error.code === 'token_invalid') {
    await recordRefusal(deps, context, { type, stream: owner ?? 'system', error: 'token_invalid' });
  }
  return result;
}
