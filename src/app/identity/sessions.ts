/** Refreshing tokens and signing out. */

import type { Decision } from '../../../domain/changes.ts';
import type { IdentityChange } from '../../../domain/identity/changes.ts';
import { hashToken } from '../../../domain/identity/one-time-token.ts';
import { type RefreshTokenInvalid, refresh } from '../../../domain/identity/refresh.ts';
import type { UserNotFound } from '../../../domain/identity/user.ts';
import type { UserActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { SessionId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { revokeCredentials } from '../../../domain/shared/revocation.ts';
import { type Contended, commit, execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { recordRefusal } from './denials.ts';
import { issueAccess, type Tokens } from './tokens.ts';

/**
 * Rotates a refresh token. A token that was used before ends its session (R20), unless the same browser sends it again within the
 * leeway.
 *
 * @param browserToken the cookie that identifies the browser, if it sent one
 */
export async function refreshTokens(
  deps: Deps,
  context: Context,
  refreshToken: string,
  browserToken: string | undefined,
): Promise<Result<Tokens, RefreshTokenInvalid | Contended>> {
  const next = deps.refreshSuccessors.of(refreshToken);
  const browserHash = browserToken === undefined ? null : hashToken(browserToken);
  const result = await execute(deps, context, {
    loads: [deps.loads.identity.refreshState(hashToken(refreshToken))],
    decide: (state) => {
      const { hash } = state?.successor ?? {};
      const current = hash === undefined ? undefined : deps.refreshSuccessors.again(refreshToken, hash);
      return refresh(state, { browserHash, next, current }, deps.settings.sessions, context.now);
    },
  });
  if (result.ok) {
    const { state, refreshToken: given } = result.value;
    const { transport, remembered } = state;
    return ok({ ...(await issueAccess(deps, context, state)), refreshToken: given, transport, remembered });
  }
  if (result.error.code === 'version_conflict') return refuse({ code: 'version_conflict' });
  const { consequence } = result.error;
  if (consequence.changes.length === 0) {
    for (const draft of consequence.audit) await recordRefusal(deps, context, draft);
  } else {
    await commit(deps, context, consequence);
  }
  return refuse({ code: 'refresh_token_invalid' });
}

/** Ends one session of the caller. */
export async function endSession(
  deps: Deps,
  context: Context,
  actor: UserActor,
  sessionId: SessionId,
): Promise<Result<void, UserNotFound | Contended>> {
  const own = sessionId === actor.sessionId;
  const result = await execute(deps, context, {
    loads: [deps.loads.identity.liveSession(sessionId)],
    decide: (session): Result<Decision<IdentityChange, void>, UserNotFound> => {
      if (session?.userId !== actor.userId || session.expiresAt <= context.now) return refuse({ code: 'not_found' });
      return ok(
        decided({
          value: undefined,
          changes: [{ type: 'session.revoked', sessionId, reason: own ? 'logout' : 'revoked', at: context.now }],
          audit: [
            {
              type: own ? 'logout' : 'session.revoked',
              stream: actor.userId,
              outcome: 'success',
              resource: { type: 'session', id: sessionId },
            },
          ],
        }),
      );
    },
  });
  return result;
}

/** Ends every session of the caller, also this one, and all long-lived credentials (R64). */
export async function endAllSessions(deps: Deps, context: Context, actor: UserActor): Promise<Result<void, Contended>> {
  const result = await execute(deps, context, {
    loads: [],
    decide: () =>
      ok(
        decided({
          value: undefined,
          changes: [revokeCredentials('signed_out_everywhere', actor.userId, null, context.now)],
          audit: [{ type: 'logout.all', stream: actor.userId, outcome: 'success' }],
          messages: [
            {
              template: 'signed-out-everywhere',
              variables: {},
              userId: actor.userId,
              dataKey: actor.dataKey,
            },
          ],
        }),
      ),
  });
  return result;
}
