/**
 * What is read often and changes seldom, for requests that then need no round trip to the database. Every failure costs a
 * load and nothing else: what cannot be read is a miss.
 */
import type { Load } from '../../../domain/shared/changes.ts';
import { UUID_RANDOM_BYTES, uuidv7 } from '../../../domain/shared/ids.ts';
import { type Random, Unavailable } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type {
  CacheAddress,
  CacheReading,
  CacheSealer,
  KindUsage,
  LookUps,
  VersionedCache,
} from '../../../domain/shared/versioned-cache.ts';
import type { Metrics } from '../metrics.ts';
import { CACHE_KINDS, type CachedValues, type CacheKind, type CacheRead, KIND_NAMES } from './kinds.ts';
import { type CacheTrust, createTrust, LEASE_MS, type TrustParts } from './trust.ts';
import { textToValue, valueToText } from './value-text.ts';

/** A look-up. Without marks, nothing may be stored. */
export interface Looked<K extends CacheKind> {
  readonly value?: CachedValues[K];
  readonly storedAt?: Instant;
  /**
   * Whether the value counts: its marks and its epoch are those in force. One that is stored under these marks, but whose epoch
   * nobody has confirmed lately, is a guess that the database must confirm.
   */
  readonly isCurrent: boolean;
  readonly marks?: string | undefined;
  /** Under which the value was stored. */
  readonly epoch?: string | undefined;
  /** If no lease is in force: when it was looked up. What is loaded from then on may say a new one. */
  readonly unleasedAt?: Instant | undefined;
}

/** A change that is being committed. */
export interface Writing {
  /** Whether the cache knows. If not, the batch must move the epoch. */
  readonly isAnnounced: boolean;
  end(): void;
}

export interface HotCache {
  look<K extends CacheKind>(read: CacheRead<K>): Promise<Looked<K>>;
  /**
   * Stores a value after the answer, unless one of its tags has changed since it was looked up.
   * @param looked from before the value was loaded
   * @param epoch of the snapshot that the value was loaded from
   */
  keep<K extends CacheKind>(
    read: CacheRead<K>,
    looked: Looked<K>,
    value: CachedValues[K],
    epoch: string | undefined,
  ): void;
  /** The epoch, to be loaded together with what is kept. */
  readonly epoch: Load<string>;
  /** To be awaited before the commit. */
  writing(tags: readonly string[]): Promise<Writing>;
  forget(addresses: readonly CacheAddress[]): Promise<void>;
  /** Frees what the kinds hold, after a change of their tags. */
  clear(kinds: readonly CacheKind[]): Promise<void>;
  /** `undefined` if the cache is away. */
  usage(): Promise<Readonly<Record<string, KindUsage>> | undefined>;
  readonly place: VersionedCache['place'];
  /** Runs `load` once for callers of this process who ask for the same at the same time, where that is possible. */
  once<T>(key: string, load: () => Promise<T>): Promise<T>;
  count(kind: CacheKind, isHit: boolean): void;
  /** The same cache, which looks up each value once. For one request. */
  forRequest(): HotCache;
}

/** What lasts as long as the process or the isolate. */
export interface HotMemory {
  readonly trust: CacheTrust;
  readonly flights: Map<string, Promise<unknown>>;
  readonly counts: Map<string, number>;
  /** Opened texts: what is asked for again and again is opened once. Values are never changed. */
  readonly opened: Map<string, { readonly value: unknown; readonly at: Instant }>;
}

export function createHotMemory(): HotMemory {
  return { trust: createTrust(), flights: new Map(), counts: new Map(), opened: new Map() };
}

export interface HotCacheParts extends TrustParts {
  readonly sealer: CacheSealer;
  readonly memory: HotMemory;
  readonly random: Random;
  readonly metrics: Metrics;
  /** Keeps work running after the answer. */
  readonly background: (work: Promise<unknown>) => void;
  /** Whether a request may wait for the promise of another one. It may not on Workers. */
  readonly sharesLoads: boolean;
  /** For how long a value of a kind is kept, in seconds. Default: as {@link CACHE_KINDS} says. */
  readonly ttlSeconds?: Partial<Record<CacheKind, number>>;
}

/** Texts that are remembered with what they hold. */
const REMEMBERED = 1_000;
const LONGEST_REMEMBERED = 20_000;

interface Stored {
  readonly value: unknown;
  readonly at: Instant;
}

const USAGE_QUESTIONS = KIND_NAMES.map((kind) => ({
  kind,
  dependsOn: [`kind:${kind}`, ...CACHE_KINDS[kind].dependsOn],
}));

const NOTHING = { isCurrent: false } as const;

export function createHotCache(parts: HotCacheParts): HotCache {
  const { cache, memory, clock, random } = parts;
  const { trust } = memory;
  const ttlOf = (kind: CacheKind) => (parts.ttlSeconds?.[kind] ?? CACHE_KINDS[kind].ttlSeconds) * 1000;
  /** Runs a command on the cache. After a failure it is not trusted until the epoch has moved. */
  const attempt: Attempt = async (command) => {
    if (!trust.isTrusted()) {
      parts.background(trust.regain(parts));
      return undefined;
    }
    try {
      return await command();
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      trust.lose();
      return undefined;
    }
  };
  const quietly = (command: () => Promise<unknown>) => parts.background(attempt(command));
  const sendCounts = () => {
    const lookUps = takeCounts(memory.counts);
    if (lookUps.length > 0) quietly(() => cache.count(lookUps));
  };

  const hot: HotCache = {
    epoch: parts.epoch,
    async look(read) {
      sendCounts();
      const reading = await attempt(() => cache.read(read));
      if (reading === undefined) return NOTHING;
      if (reading.shouldRenew) parts.background(trust.renew(parts));
      return lookedOf(parts, read, reading);
    },
    keep(read, { marks, unleasedAt }, value, epoch) {
      if (epoch !== undefined && unleasedAt !== undefined)
        quietly(() => cache.renew({ epoch, until: unleasedAt + LEASE_MS }));
      if (marks === undefined || value === undefined || epoch === undefined) return;
      const text = parts.sealer.seal(read, marks, valueToText({ value, at: clock.now() }));
      quietly(() => cache.store(read, { marks, epoch, value: text, ttlMilliseconds: ttlOf(read.kind) }));
    },
    async writing(tags) {
      const writer = uuidv7<'cache_writer'>(clock.now(), random.bytes(UUID_RANDOM_BYTES));
      const begun = await attempt(async () => {
        await cache.begin(tags, writer);
        return true;
      });
      return {
        isAnnounced: begun === true,
        // Until it arrives, the tags count as being written, which is slower and not stale.
        end: () => quietly(() => cache.end(tags, writer)),
      };
    },
    ...upkeep(parts, attempt, sendCounts),
    once: <T>(key: string, load: () => Promise<T>) => (parts.sharesLoads ? onceIn(memory.flights, key, load) : load()),
    count: (kind, isHit) => note(parts, kind, isHit ? 'hits' : 'misses'),
    forRequest: () => onceLooked(hot),
  };
  return hot;
}

type Attempt = <T>(command: () => Promise<T>) => Promise<T | undefined>;

function upkeep({ cache }: HotCacheParts, attempt: Attempt, sendCounts: () => void) {
  return {
    place: cache.place,
    forget: async (addresses) => void (await attempt(() => cache.remove(addresses))),
    clear: async (kinds) => void (await attempt(() => cache.clear(kinds))),
    usage: async () => {
      sendCounts();
      return attempt(() => cache.usage(USAGE_QUESTIONS));
    },
  } satisfies Pick<HotCache, 'place' | 'forget' | 'clear' | 'usage'>;
}

function lookedOf<K extends CacheKind>(
  parts: HotCacheParts,
  read: CacheRead<K>,
  { found, marks, lease }: CacheReading,
): Looked<K> {
  const now = parts.clock.now();
  const unleasedAt = parts.cache.isShared && (lease === undefined || lease.until <= now) ? now : undefined;
  if (found === undefined || marks === undefined) return { ...NOTHING, marks, unleasedAt };
  const stored = openedValue(parts, read, marks, found.value);
  if (stored === undefined) return { ...NOTHING, marks, unleasedAt };
  const isLeased = unleasedAt === undefined && lease?.epoch === found.epoch;
  return {
    value: stored.value as CachedValues[K],
    storedAt: stored.at,
    isCurrent: !parts.cache.isShared || isLeased,
    marks,
    epoch: found.epoch,
    unleasedAt,
  };
}

function openedValue({ sealer, memory }: HotCacheParts, read: CacheRead, marks: string, text: string) {
  const name = `${read.kind} ${read.key} ${marks} ${text}`;
  const known = memory.opened.get(name);
  if (known !== undefined) return known;
  const opened = sealer.open(read, marks, text);
  if (opened === undefined) return undefined;
  const stored = textToValue(opened) as Stored;
  if (memory.opened.size >= REMEMBERED) memory.opened.clear();
  if (name.length < LONGEST_REMEMBERED) memory.opened.set(name, stored);
  return stored;
}

function note({ metrics, memory }: HotCacheParts, kind: CacheKind, outcome: LookUps['outcome']): void {
  metrics.count('portal_cache_lookups_total', { kind, outcome });
  const field = `${kind} ${outcome}`;
  memory.counts.set(field, (memory.counts.get(field) ?? 0) + 1);
}

function takeCounts(counts: Map<string, number>): LookUps[] {
  const taken = [...counts].map(([field, times]) => {
    const [kind = '', outcome] = field.split(' ');
    return { kind, outcome: outcome as LookUps['outcome'], times };
  });
  counts.clear();
  return taken;
}

/** Who joins does not share the fault of the one who loads: that may be about its request alone. */
async function onceIn<T>(flights: HotMemory['flights'], key: string, load: () => Promise<T>): Promise<T> {
  const running = flights.get(key) as Promise<T> | undefined;
  if (running !== undefined) return running.catch(() => load());
  const flight = load().finally(() => flights.delete(key));
  flights.set(key, flight);
  return flight;
}

function onceLooked(hot: HotCache): HotCache {
  const looked = new Map<string, Promise<unknown>>();
  return {
    ...hot,
    look<K extends CacheKind>(read: CacheRead<K>): Promise<Looked<K>> {
      const name = `${read.kind} ${read.key}`;
      const known = (looked.get(name) as Promise<Looked<K>> | undefined) ?? hot.look(read);
      looked.set(name, known);
      return known;
    },
  };
}
