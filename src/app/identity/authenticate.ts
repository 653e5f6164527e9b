/** From an access token to the person who asks. */
import type { AccessClaims, LiveSession } from '../../../domain/identity/ports.ts';
import type { UserActor } from '../../../domain/shared/actor.ts';
import { lacksFactor } from '../../../domain/shared/assurance.ts';
import { fromHex, toHex } from '../../../domain/shared/bytes.ts';
import { isUuid, type SessionId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { Deps } from '../context.ts';

/** How long a session may be believed without asking the database: a revocation takes effect within it (R21). */
export const SESSION_CACHE_MS = 5_000;

export function sessionCacheKey(id: SessionId): string {
  return `session:${id}`;
}

/**
 * @returns the person, or `undefined` when the session is over
 */
export async function authenticate(deps: Deps, claims: AccessClaims, now: Instant): Promise<UserActor | undefined> {
  if (!isUuid(claims.sid)) return undefined;
  const session = await liveSession(deps, claims.sid as SessionId, now);
  if (session === undefined || session.userId !== claims.sub || session.expiresAt <= now) return undefined;
  return {
    kind: 'user',
    userId: session.userId,
    role: session.role,
    sessionId: session.sessionId,
    // After an unusual sign-in nothing counts as proven until it is proven again. An older token proves no more than it says.
    authenticatedAt: session.isSuspicious ? 0 : Math.min(session.authenticatedAt, authTimeOf(claims, session)),
    amr: session.amr,
    remembered: session.remembered,
    mfaEnabled: session.mfaEnabled,
    lacksFactor: lacksFactor(session),
    mfaEnrolmentRequired: !session.mfaEnabled && deps.settings.mfaRequiredRoles.includes(session.role),
    dataKey: session.dataKey,
  };
}

/** The claim is in whole seconds: within the same second the session knows better. */
function authTimeOf({ auth_time }: AccessClaims, { authenticatedAt }: LiveSession): number {
  return auth_time === Math.floor(authenticatedAt / 1000) ? authenticatedAt : auth_time * 1000;
}

/** The cache is asked first; without it, every request asks the database (R57). */
async function liveSession(deps: Deps, id: SessionId, now: Instant): Promise<LiveSession | undefined> {
  const key = sessionCacheKey(id);
  const cached = await deps.cache.get(key);
  if (cached !== undefined) return decode<LiveSession>(cached);
  const [session] = await deps.database.load(deps.loads.identity.liveSession(id));
  if (session === undefined) return undefined;
  // Counted from before the load: a revocation in between is seen in time.
  const remaining = now + SESSION_CACHE_MS - deps.clock.now();
  if (remaining > 0) await deps.cache.set(key, encode(session), remaining);
  return session;
}

/** A data key as JSON holds it: bytes as hexadecimal digits, those of the clinical key within it too. */
interface StoredKey extends Omit<DataKey, 'wrapped' | 'clinical'> {
  readonly wrapped: string;
  readonly clinical?: StoredKey;
}

function storedKey({ clinical, wrapped, ...rest }: DataKey): StoredKey {
  return { ...rest, wrapped: toHex(wrapped), ...(clinical === undefined ? {} : { clinical: storedKey(clinical) }) };
}

function dataKeyOf({ clinical, wrapped, ...rest }: StoredKey): DataKey {
  return { ...rest, wrapped: fromHex(wrapped), ...(clinical === undefined ? {} : { clinical: dataKeyOf(clinical) }) };
}

/** What holds a data key, as the cache keeps it: still wrapped. */
export function encode<T extends { readonly dataKey: DataKey }>(value: T): string {
  return JSON.stringify({ ...value, dataKey: storedKey(value.dataKey) });
}

export function decode<T extends { readonly dataKey: DataKey }>(text: string): T {
  const stored = JSON.parse(text) as Omit<T, 'dataKey'> & { readonly dataKey: StoredKey };
  return { ...stored, dataKey: dataKeyOf(stored.dataKey) } as T;
}
