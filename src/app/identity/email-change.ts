/** Changing an e-mail address, and taking the change back. */
import type { Change } from '../../../domain/changes.ts';
import {
  cancelEmailChange,
  confirmEmailChange,
  type EmailChange,
  type PendingEmail,
  requestEmailChange,
  restoreEmail,
} from '../../../domain/identity/email-change.ts';
import { hashToken, issueToken } from '../../../domain/identity/one-time-token.ts';
import type { UserActor } from '../../../domain/shared/actor.ts';
import type { AuditEventType } from '../../../domain/shared/audit-catalog.ts';
import type { Decision } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { type Result, refuse } from '../../../domain/shared/result.ts';
import { type Contended, execute, executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { recordRefusal } from './denials.ts';
import { TOKEN_BYTES } from './tokens.ts';

type NotFound = { readonly code: 'not_found' };
type TokenInvalid = { readonly code: 'token_invalid' };

/** A repeated request mails nothing more (R31). */
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
      loads: [identity.user(userId), identity.userByEmail(email)],
      decide: (
        user,
        holder,
      ): Result<Decision<Change, PendingEmail>, NotFound | { readonly code: 'email_unverified' }> => {
        if (user === undefined) return refuse({ code: 'not_found' });
        owner = user.dataKey;
        return requestEmailChange(user, holder, asked, context.now);
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
): Promise<Result<void, NotFound | Contended>> {
  return execute(deps, context, {
    loads: [deps.loads.identity.user(userId), deps.loads.identity.openEmailChange(userId)],
    decide: (user, open): Result<Decision<Change, void>, NotFound> =>
      user === undefined ? refuse({ code: 'not_found' }) : cancelEmailChange(user, open, context.now),
  });
}

/** An address that was taken meanwhile is told as a link that works no more: whose it is, is nobody's business (R5). */
export function proveNewEmail(
  deps: Deps,
  context: Context,
  token: string,
): Promise<Result<void, TokenInvalid | Contended>> {
  return recordingLinks(deps, context, 'user.email_change_failed', {
    by: 'confirm',
    token,
    decide: (found) => confirmEmailChange(found, context.now),
  });
}

export function takeEmailBack(
  deps: Deps,
  context: Context,
  token: string,
): Promise<Result<void, TokenInvalid | Contended>> {
  const reset = issueToken(deps.random.bytes(TOKEN_BYTES));
  return recordingLinks(deps, context, 'user.email_restore_failed', {
    by: 'restore',
    token,
    decide: (found) => restoreEmail(found, reset, context.now),
  });
}

/** A link that works no more is told of to whom it concerns, any other to the portal. */
async function recordingLinks(
  deps: Deps,
  context: Context,
  type: AuditEventType,
  link: {
    readonly by: 'confirm' | 'restore';
    readonly token: string;
    readonly decide: (found: Parameters<typeof confirmEmailChange>[0]) => ReturnType<typeof confirmEmailChange>;
  },
): Promise<Result<void, TokenInvalid | Contended>> {
  let owner: UserId | undefined;
  const result = await execute(deps, context, {
    loads: [deps.loads.identity.emailChange(link.by, hashToken(link.token))],
    decide: (found): ReturnType<typeof confirmEmailChange> => {
      owner = found?.user.id;
      return link.decide(found);
    },
    onConflict: () => ({ code: 'token_invalid' }) as const,
  });
  if (!result.ok && result.error.code === 'token_invalid') {
    await recordRefusal(deps, context, { type, stream: owner ?? 'system', error: 'token_invalid' });
  }
  return result;
}
