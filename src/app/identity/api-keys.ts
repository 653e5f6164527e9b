/** Creating, listing, revoking and recognising API keys. */
import type { Change, Decision } from '../../../domain/changes.ts';
import {
  API_KEY_BYTES,
  type ApiKeyRefusal,
  createApiKey,
  hashApiKey,
  looksLikeApiKey,
  type NewApiKey,
  revokeApiKey,
} from '../../../domain/identity/api-key.ts';
import type { LiveApiKey } from '../../../domain/identity/ports.ts';
import type { UserNotFound } from '../../../domain/identity/user.ts';
import type { ProcessingRestricted } from '../../../domain/privacy/processing-limit.ts';
import type { ApiKeyActor, ApiKeyId, UserActor } from '../../../domain/shared/actor.ts';
import { FACTOR_GIVEN } from '../../../domain/shared/assurance.ts';
import { toHex } from '../../../domain/shared/bytes.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { Permission } from '../../../domain/shared/permissions.ts';
import { type Result, refuse } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { type Contended, commit, execute, executeOnce, onlyConflict, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { decode, encode, SESSION_CACHE_MS } from './authenticate.ts';
import { recordRefusal } from './denials.ts';

/** The time of the last use is stored once a minute, so that not every request of a program writes. */
const LAST_USE_SECONDS = 60;

/** A repeated request creates no second key (R31), and is answered with the first one, without its secret. */
export function makeApiKey(
  deps: Deps,
  context: Context,
  actor: UserActor,
  asked: { readonly name: string; readonly scopes: readonly Permission[]; readonly expiresInDays: number },
  represent: (made: NewApiKey) => Representation,
) {
  const made = { id: newId<'api_key'>(deps, context.now), random: deps.random.bytes(API_KEY_BYTES) };
  return executeOnce(
    deps,
    context,
    {
      loads: [deps.loads.identity.apiKeysOf(actor.userId, context.now)],
      decide: (keys): Result<Decision<Change, NewApiKey>, ApiKeyRefusal | ProcessingRestricted> =>
        createApiKey(
          {
            userId: actor.userId,
            role: actor.role,
            dataKey: actor.dataKey,
            liveKeys: keys.length,
            withFactor: actor.amr.includes(FACTOR_GIVEN),
          },
          asked,
          made,
          context.now,
        ),
      onConflict: onlyConflict('processing_restricted'),
      answerOf: 'caller',
    },
    represent,
  );
}

export function endApiKey(
  deps: Deps,
  context: Context,
  actor: UserActor,
  id: ApiKeyId,
): Promise<Result<void, UserNotFound | Contended>> {
  return execute(deps, context, {
    loads: [deps.loads.identity.apiKeysOf(actor.userId, context.now)],
    decide: (keys): Result<Decision<Change, void>, UserNotFound> => {
      const key = keys.find((candidate) => candidate.id === id);
      return key === undefined ? refuse({ code: 'not_found' }) : { ok: true, value: revokeApiKey(key, context.now) };
    },
  });
}

export interface RecognisedKey {
  readonly actor: ApiKeyActor;
  readonly mfaEnrolmentRequired: boolean;
  /** Stores the time of this use unless it was stored recently. Runs after the answer. */
  readonly noteUse: ((context: Context) => Promise<void>) | undefined;
}

/** Identifies the key in counters and caches without revealing it. */
export function apiKeySubject(secret: string): string {
  return toHex(hashApiKey(secret));
}

/** @param hash of the key, which is all that is stored of it */
export function apiKeyCacheKey(hash: Uint8Array): string {
  return `api-key:${toHex(hash)}`;
}

/**
 * A revoked or expired key works for 5 more seconds at most (R21).
 * @param where `cache`: only keys that were used in the last seconds; the database has every key
 */
export async function recognise(
  deps: Deps,
  secret: string,
  where: 'cache' | 'database',
  now: Instant,
): Promise<RecognisedKey | undefined> {
  if (!looksLikeApiKey(secret)) return undefined;
  const cacheKey = apiKeyCacheKey(hashApiKey(secret));
  const live = where === 'cache' ? await cachedKey(deps, cacheKey) : await loadKey(deps, secret, cacheKey, now);
  if (live === undefined || live.key.expiresAt <= now) return undefined;
  const { key, role, mfaEnabled, withFactor, dataKey } = live;
  if (mfaEnabled && !withFactor) return undefined;
  const isStale = where === 'database' && (key.lastUsedAt ?? 0) <= now - LAST_USE_SECONDS * 1000;
  return {
    actor: { kind: 'api_key', userId: key.userId, role, apiKeyId: key.id, scopes: key.scopes, dataKey },
    mfaEnrolmentRequired: !mfaEnabled && deps.settings.mfaRequiredRoles.includes(role),
    noteUse: isStale ? (context) => noteUse(deps, context, key) : undefined,
  };
}

/** Recorded for the owner if the key was revoked or has expired, and for the system if it is unknown. */
export function recordRejectedKey(deps: Deps, context: Context, secret: string): Promise<void> {
  return recordRefusal(deps, context, {
    type: 'api_key.rejected',
    stream: async () => {
      if (!looksLikeApiKey(secret)) return 'system';
      const [owner] = await deps.database.load(deps.loads.identity.apiKeyOwner(hashApiKey(secret)));
      return owner ?? 'system';
    },
    error: 'unauthenticated',
  });
}

async function cachedKey(deps: Deps, cacheKey: string): Promise<LiveApiKey | undefined> {
  const cached = await deps.cache.get(cacheKey);
  return cached === undefined ? undefined : decode<LiveApiKey>(cached);
}

async function loadKey(deps: Deps, secret: string, cacheKey: string, now: Instant): Promise<LiveApiKey | undefined> {
  const [live] = await deps.database.load(deps.loads.identity.apiKey(hashApiKey(secret), now));
  if (live === undefined) return undefined;
  const remaining = now + SESSION_CACHE_MS - deps.clock.now();
  if (remaining > 0) await deps.cache.set(cacheKey, encode(live), remaining);
  return live;
}

async function noteUse(deps: Deps, context: Context, key: LiveApiKey['key']): Promise<void> {
  const used: Change = { type: 'api_key.used', id: key.id, at: context.now };
  await commit(deps, context, decided({ value: undefined, changes: [used], audit: [] }));
}
