/** Finds the person and session of an access token. */
import type { AccessClaims, LiveSession } from '../../../domain/identity/ports.ts';
import type { UserActor } from '../../../domain/shared/actor.ts';
import { lacksFactor } from '../../../domain/shared/assurance.ts';
import { fromHex, toHex } from '../../../domain/shared/bytes.ts';
import type { Presumption } from '../../../domain/shared/database.ts';
import { isUuid, type SessionId, type UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { Looked } from '../cache/hot-cache.ts';
import { type CachedSession, type CacheRead, cacheReads } from '../cache/kinds.ts';
import type { Deps } from '../context.ts';

/** How long a confirmed session is used without asking the database again: a revocation takes effect within this time (R21). */
export const SESSION_CACHE_MS = 5_000;

export interface Authenticated {
  readonly actor: UserActor;
  /** Set if the database confirmed the session longer than {@link SESSION_CACHE_MS} ago. */
  readonly presumed?: {
    readonly presumption: Presumption;
    /** Whether the cache says that nothing has changed the session: then an answer that needs no database is sent (ADR 0270). */
    readonly isMarked: boolean;
    /** Remembers that the session was the same at the beginning of this request. */
    noteConfirmed(): void;
    /** Forgets it, so that the next request asks the database. */
    forget(): Promise<void>;
  };
}

/**
 * @param from `memory`: a session that was confirmed earlier may be presumed
 * @returns the person, or `undefined` if the session has ended
 */
export async function authenticate(
  deps: Deps,
  claims: AccessClaims,
  now: Instant,
  from: 'memory' | 'database' = 'memory',
): Promise<Authenticated | undefined> {
  if (!isUuid(claims.sid) || !isUuid(claims.sub)) return undefined;
  const { hot } = deps;
  const read = cacheReads.session(claims.sid as SessionId, claims.sub as UserId);
  const looked = await hot.look(read);
  const remembered = from === 'memory' ? looked.value : undefined;
  if (from === 'memory') hot.count('sessions', remembered !== undefined);
  const session = remembered ?? (await loadSession(deps, read, looked, now));
  if (session === undefined || session.userId !== claims.sub || session.expiresAt <= now) return undefined;
  // An older token proves only what it contains.
  const actor = actorOf(deps, session, Math.min(session.authenticatedAt, authTimeOf(claims, session)));
  if (now < session.confirmedAt + SESSION_CACHE_MS) return { actor };
  return {
    actor,
    presumed: {
      presumption: { load: deps.loads.identity.liveSession(session.sessionId), fingerprint: session.fingerprint },
      isMarked: looked.isCurrent,
      noteConfirmed: () =>
        hot.keep(read, { ...looked, unleasedAt: undefined }, { ...session, confirmedAt: now }, looked.epoch),
      forget: () => hot.forget([read]),
    },
  };
}

/** @param authenticatedAt when the person last proved their identity, as far as the request shows */
export function actorOf(
  deps: Pick<Deps, 'settings'>,
  session: LiveSession,
  authenticatedAt: Instant = session.authenticatedAt,
): UserActor {
  return {
    kind: 'user',
    userId: session.userId,
    role: session.role,
    sessionId: session.sessionId,
    // After a suspicious sign-in only a later step-up counts as a proof.
    authenticatedAt: session.isSuspicious ? 0 : authenticatedAt,
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

/** @param now from before the session is loaded, so that a revocation during the load takes effect in time */
async function loadSession(
  { hot, database, loads }: Deps,
  read: CacheRead<'sessions'>,
  looked: Looked<'sessions'>,
  now: Instant,
): Promise<CachedSession | undefined> {
  const [live, epoch] = await database.load(loads.identity.liveSession(read.key as SessionId), hot.epoch);
  if (live === undefined) return undefined;
  const session = { ...live, confirmedAt: now };
  hot.keep(read, looked, session, epoch);
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

/** How many texts are remembered with what they hold: the same session comes with each request, and is never changed. */
const REMEMBERED = 1_000;
const decoded = new Map<string, unknown>();

export function decode<T extends { readonly dataKey: DataKey }>(text: string): T {
  const known = decoded.get(text);
  if (known !== undefined) return known as T;
  const value = parse<T>(text);
  if (decoded.size >= REMEMBERED) decoded.clear();
  decoded.set(text, value);
  return value;
}

function parse<T extends { readonly dataKey: DataKey }>(text: string): T {
  const stored = JSON.parse(text) as Omit<T, 'dataKey'> & { readonly dataKey: StoredKey };
  return { ...stored, dataKey: dataKeyOf(stored.dataKey) } as T;
}
