/** The tokens of a session. */
import type { AccessClaims } from '../../../domain/identity/ports.ts';
import type { Transport } from '../../../domain/identity/session.ts';
import type { AccountHolder } from '../../../domain/identity/user.ts';
import type { UserActor } from '../../../domain/shared/actor.ts';
import type { SessionId } from '../../../domain/shared/ids.ts';
import { permissionsOf } from '../../../domain/shared/permissions.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { Context, Deps } from '../context.ts';

/** Random bytes of an opaque token: 256 bits. */
export const TOKEN_BYTES = 32;

export interface AccessToken {
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
  readonly sessionId: SessionId;
}

export interface Tokens extends AccessToken {
  readonly refreshToken: string;
  readonly transport: Transport;
  /** Whether the session outlives the browser. */
  readonly remembered: boolean;
}

export interface SignedIn extends Tokens {
  /** Value of the cookie that identifies this browser; `null` if the tokens are not in cookies. */
  readonly browserToken: string | null;
  readonly user: AccountHolder;
  /** When the password that was given was set, by which the browser is known. */
  readonly passwordChangedAt: Instant;
}

type Bearer = Pick<UserActor, 'userId' | 'role' | 'sessionId' | 'amr' | 'authenticatedAt'>;

export async function issueAccess(deps: Deps, context: Context, bearer: Bearer): Promise<AccessToken> {
  const claims: AccessClaims = {
    sub: bearer.userId,
    sid: bearer.sessionId,
    role: bearer.role,
    permissions: permissionsOf(bearer.role),
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
