/** Signing in, staying signed in, signing out. */

import type { IdentityChange } from '../../../domain/identity/changes.ts';
import { hashToken, issueToken } from '../../../domain/identity/one-time-token.ts';
import type { AccessClaims } from '../../../domain/identity/ports.ts';
import { type Device, openSession, refresh } from '../../../domain/identity/session.ts';
import type { User } from '../../../domain/identity/user.ts';
import type { UserActor } from '../../../domain/shared/actor.ts';
import { type Decision, decided } from '../../../domain/shared/changes.ts';
import type { SessionId } from '../../../domain/shared/ids.ts';
import { permissionsOf, type Role } from '../../../domain/shared/permissions.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { type Contended, commit, execute } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { sessionCacheKey } from './authenticate.ts';
import { passGate } from './gate.ts';

const TOKEN_BYTES = 32;

export interface Tokens {
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
  readonly refreshToken: string;
  readonly sessionId: SessionId;
}

export interface SignedIn extends Tokens {
  readonly user: User;
}

export type LoginRefusal = { readonly code: 'invalid_credentials' } | { readonly code: 'email_unverified' } | Contended;

/** An unknown account and a wrong password answer the same and take as long: a hash is computed either way (R4). */
export async function login(
  deps: Deps,
  context: Context,
  input: { readonly email: string; readonly password: string; readonly device: Device },
): Promise<Result<SignedIn, LoginRefusal>> {
  const [credentials] = await deps.database.load(deps.loads.identity.credentials(input.email));
  const check = await deps.passwords.verify(input.password, credentials?.passwordHash ?? undefined);
  if (credentials === undefined || !check.matches || credentials.user.status !== 'active') {
    await recordFailure(deps, context, credentials?.user);
    return refuse({ code: 'invalid_credentials' });
  }
  const { user } = credentials;
  if (user.emailVerifiedAt === null) return refuse({ code: 'email_unverified' });

  const made = {
    sessionId: newId<'session'>(deps, context.now),
    refresh: issueToken(deps.random.bytes(TOKEN_BYTES)),
    passwordHash: check.outdated ? await deps.passwords.hash(input.password) : null,
  };
  const grant = passGate(user, ['pwd'], context.now);
  const decision = openSession(grant, user.dataKey, input.device, made, deps.settings.sessions, context.now);
  const outcome = await commit(deps, context, decision, { dataKey: user.dataKey });
  if (!outcome.ok) return refuse({ code: 'version_conflict' });
  const session = outcome.value;
  return ok({
    ...(await issueAccess(deps, context, {
      userId: user.id,
      role: user.role,
      sessionId: session.id,
      amr: session.amr,
      authenticatedAt: session.authenticatedAt,
    })),
    refreshToken: made.refresh.token,
    user,
  });
}

async function recordFailure(deps: Deps, context: Context, user: User | undefined): Promise<void> {
  await commit(
    deps,
    context,
    decided({
      value: undefined,
      changes: user === undefined ? [] : [{ type: 'login.failed', userId: user.id, at: context.now }],
      audit: [{ type: 'login.failed', stream: user?.id ?? 'system', outcome: 'failure', error: 'invalid_credentials' }],
    }),
    { dataKey: user?.dataKey },
  );
}

type Bearer = Pick<UserActor, 'userId' | 'role' | 'sessionId' | 'amr' | 'authenticatedAt'>;

async function issueAccess(
  deps: Deps,
  context: Context,
  bearer: Bearer,
): Promise<{ accessToken: string; expiresIn: number; sessionId: SessionId }> {
  const claims: AccessClaims = {
    sub: bearer.userId,
    sid: bearer.sessionId,
    role: bearer.role,
    permissions: permissionsOf(bearer.role as Role),
    amr: bearer.amr,
    auth_time: Math.floor(bearer.authenticatedAt / 1000),
  };
  const expiresIn = deps.settings.sessions.accessTokenSeconds;
  return {
    accessToken: await deps.tokens.sign(claims, context.now, expiresIn),
    expiresIn,
    sessionId: bearer.sessionId,
  };
}

/** Rotates a refresh token. A token that was used before ends its session, whoever holds its successor (R20). */
export async function refreshTokens(
  deps: Deps,
  context: Context,
  refreshToken: string,
): Promise<Result<Tokens, { readonly code: 'refresh_token_invalid' } | Contended>> {
  const next = issueToken(deps.random.bytes(TOKEN_BYTES));
  const result = await execute(deps, context, {
    loads: [deps.loads.identity.refreshState(hashToken(refreshToken))],
    decide: (state) => refresh(state, next, deps.settings.sessions, context.now),
  });
  if (result.ok) return ok({ ...(await issueAccess(deps, context, result.value)), refreshToken: next.token });
  if (result.error.code === 'version_conflict') return refuse({ code: 'version_conflict' });
  const { consequence } = result.error;
  if (consequence !== null) {
    await commit(deps, context, consequence);
    await deps.cache.delete(
      consequence.changes.flatMap((change) =>
        change.type === 'session.revoked' ? [sessionCacheKey(change.sessionId)] : [],
      ),
    );
  }
  return refuse({ code: 'refresh_token_invalid' });
}

/** Ends one session of the caller's. */
export async function endSession(
  deps: Deps,
  context: Context,
  actor: UserActor,
  sessionId: SessionId,
): Promise<Result<void, { readonly code: 'not_found' } | Contended>> {
  const own = sessionId === actor.sessionId;
  const result = await execute(deps, context, {
    loads: [deps.loads.identity.sessionsOf(actor.userId, context.now)],
    decide: (sessions): Result<Decision<IdentityChange, void>, { readonly code: 'not_found' }> => {
      if (!sessions.some(({ id }) => id === sessionId)) return refuse({ code: 'not_found' });
      return ok(
        decided<IdentityChange, void>({
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
  if (result.ok) await deps.cache.delete([sessionCacheKey(sessionId)]);
  return result;
}

/** Ends every session of the caller's, this one too. */
export async function endAllSessions(deps: Deps, context: Context, actor: UserActor): Promise<Result<void, Contended>> {
  const result = await execute(deps, context, {
    loads: [],
    decide: () =>
      ok(
        decided({
          value: undefined,
          changes: [
            { type: 'user.sessions_revoked', userId: actor.userId, reason: 'logout', at: context.now } as const,
          ],
          audit: [{ type: 'logout.all', stream: actor.userId, outcome: 'success' }],
        }),
      ),
  });
  // The others are believed for the rest of their five seconds (R21).
  if (result.ok) await deps.cache.delete([sessionCacheKey(actor.sessionId)]);
  return result;
}
