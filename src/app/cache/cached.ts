/** Reads through the cache. */
import type { Load } from '../../../domain/shared/changes.ts';
import type { Deps } from '../context.ts';
import type { Looked } from './hot-cache.ts';
import { CACHE_KINDS, type CachedValues, type CacheKind, type CacheRead } from './kinds.ts';

type CachedDeps = Pick<Deps, 'hot' | 'database' | 'clock' | 'random'>;

/** From this part of its time to live on, a value may be loaded again although it counts. */
const REFRESHED_FROM = 0.8;

/**
 * The value from the cache; otherwise from the database, in one round trip. Loads of one value by several callers of this
 * process at once are one. Shortly before a value expires, some of its readers load it again, so that not all do when it has
 * expired. Only for answers to reads: a command decides on what the database holds. `undefined` is not cached.
 */
export async function cached<K extends CacheKind, V extends CachedValues[K] | undefined>(
  deps: CachedDeps,
  read: CacheRead<K>,
  load: Load<V>,
): Promise<CachedValues[K] | Extract<V, undefined>> {
  const { hot, database } = deps;
  const looked = await hot.look(read);
  if (isHit(deps, read, looked)) return looked.value;
  const fetch = async () => {
    const [value, epoch] = await database.load(load, hot.epoch);
    if (value !== undefined) hot.keep(read, looked, value as CachedValues[K], epoch as string);
    return value as CachedValues[K] | Extract<V, undefined>;
  };
  // Whoever has just changed something has other marks, and does not join a load from before.
  return looked.marks === undefined ? fetch() : hot.once(`${read.kind} ${read.key} ${looked.marks}`, fetch);
}

/**
 * The same for a load that also returns what belongs to the caller alone: others never get it.
 * @param shared the part that is cached; `undefined` if nothing is
 */
export async function cachedPart<K extends CacheKind, V>(
  deps: CachedDeps,
  read: CacheRead<K>,
  load: Load<V>,
  shared: (value: V) => CachedValues[K] | undefined,
): Promise<V | CachedValues[K]> {
  const { hot, database } = deps;
  const looked = await hot.look(read);
  if (isHit(deps, read, looked)) return looked.value;
  const [value, epoch] = await database.load(load, hot.epoch);
  const part = shared(value as V);
  if (part !== undefined) hot.keep(read, looked, part, epoch as string);
  return value as V;
}

function isHit<K extends CacheKind>(
  deps: CachedDeps,
  { kind }: CacheRead<K>,
  looked: Looked<K>,
): looked is Looked<K> & { readonly value: CachedValues[K] } {
  const isUsed = looked.isCurrent && looked.value !== undefined && !isDue(deps, kind, looked.storedAt ?? 0);
  deps.hot.count(kind, isUsed);
  return isUsed;
}

/** More likely the nearer the end is: about one of many readers loads it before it expires. */
function isDue({ clock, random }: CachedDeps, kind: CacheKind, storedAt: number): boolean {
  const age = (clock.now() - storedAt) / (CACHE_KINDS[kind].ttlSeconds * 1000);
  if (age < REFRESHED_FROM) return false;
  const [byte = 0] = random.bytes(1);
  return byte / 256 < (age - REFRESHED_FROM) / (1 - REFRESHED_FROM) / 4;
}
