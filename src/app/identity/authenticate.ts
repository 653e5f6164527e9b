/** Finds the person and session of an access token. */
import type { AccessClaims, LiveSession } from '../../../domain/identity/ports.ts';
import type { UserActor } from '../../../domain/shared/actor.ts';
import { lacksFactor } from '../../../domain/shared/assurance.ts';
import { fromHex, toHex } from '../../../domain/shared/bytes.ts';
import { isUuid, type SessionId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { Deps } from '../context.ts';

/** How long a loaded session is used without asking the database again: a revocation takes effect within this time (R21). */
export const SESSION_CACHE_MS = 5_000;

export function sessionCacheKey(id: SessionId): string {
  return `session:${id}`;
}

/**
 * @returns the person, or `undefined` if the session has ended
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
    // After a suspicious sign-in only a later step-up counts as a proof. An older token proves only what it contains.
    authenticatedAt: session.isSuspicious ? 0 : Math.min(session.authenticatedAt, authTimeOf(claims, session)),
    amr: session.amr,
    remembered: session.remembered,
    mfaEnabled: session.mfaEnabled,
    lacksFactor: lacksFactor(session),
    mfaEnrolmentRequired: !session.mfaEnabled && deps.settings.mfaRequiredRoles.includes(session.role),
    dataKey: session.dataKey,
  };
}

/** The claim is in whole seconds; within the same second the time of the session is used. */
function authTimeOf({ auth_time }: AccessClaims, { authenticatedAt }: LiveSession): number {
  return auth_time === Math.floor(authenticatedAt / 1000) ? authenticatedAt : auth_time * 1000;
}

/** Asks the cache first. If the cache fails, every request asks the database (R57). */
async function liveSession(deps: Deps, id: SessionId, now: Instant): Promise<LiveSession | undefined> {
  const key = sessionCacheKey(id);
  const cached = await deps.cache.get(key);
  if (cached !== undefined) return decode<LiveSession>(cached);
  const [session] = await deps.database.load(deps.loads.identity.liveSession(id));
  if (session === undefined) return undefined;
  // The lifetime counts from before the load, so that a revocation during the load takes effect in time.
  const remaining = now + SESSION_CACHE_MS - deps.clock.now();
  if (remaining > 0) await deps.cache.set(key, encode(session), remaining);
  return session;
}

/** A data key as JSON: bytes as hexadecimal digits, also those of the clinical key in it. */
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
