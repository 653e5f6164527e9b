/** The cache as administrators see and empty it. */
import { emptyCache } from '../../../domain/protection/cache-emptying.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { commit } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { CACHE_KINDS, type CacheKind, KIND_NAMES } from './kinds.ts';

/** What is null is not known, because the cache is away. */
export interface KindReport {
  readonly kind: CacheKind;
  readonly holds: string;
  readonly ttlSeconds: number;
  readonly entries: number | null;
  readonly oldestAgeSeconds: number | null;
  readonly lastHour: Looked | null;
  readonly invalidatedAt: Instant | null;
}

interface Looked {
  readonly hits: number;
  readonly misses: number;
  /** Null: nobody has looked anything up. */
  readonly hitRate: number | null;
}

export async function readCache({ hot }: Pick<Deps, 'hot'>, now: Instant) {
  const usage = await hot.usage();
  const kinds = KIND_NAMES.map((kind): KindReport => {
    const { holds, ttlSeconds } = CACHE_KINDS[kind];
    const used = usage?.[kind];
    if (used === undefined)
      return { kind, holds, ttlSeconds, entries: null, oldestAgeSeconds: null, lastHour: null, invalidatedAt: null };
    const { entries, firstExpiresAt, invalidatedAt } = used;
    const age = firstExpiresAt === null ? null : ttlSeconds - Math.floor((firstExpiresAt - now) / 1000);
    return { kind, holds, ttlSeconds, entries, oldestAgeSeconds: age, lastHour: lookedOf([used]), invalidatedAt };
  });
  const lastHour = usage === undefined ? null : lookedOf(Object.values(usage));
  return { place: hot.place, isReachable: usage !== undefined, lastHour, kinds };
}

function lookedOf(used: readonly Pick<Looked, 'hits' | 'misses'>[]): Looked {
  const hits = used.reduce((sum, each) => sum + each.hits, 0);
  const misses = used.reduce((sum, each) => sum + each.misses, 0);
  const all = hits + misses;
  return { hits, misses, hitRate: all === 0 ? null : Math.round((hits / all) * 10_000) / 10_000 };
}

/** From the commit on, no process answers with what was cached. @param kind `null`: all kinds */
export async function clearCache(deps: Deps, context: Context, kind: CacheKind | null): Promise<void> {
  await commit(deps, context, emptyCache(kind, KIND_NAMES));
  await deps.hot.clear(kind === null ? KIND_NAMES : [kind]);
}
