/** The versioned cache in this process, for a portal of one process. */
import { toHex } from '../../domain/shared/bytes.ts';
import type { Clock, Random } from '../../domain/shared/ports.ts';
import type { Instant } from '../../domain/shared/time.ts';
import {
  type CacheAddress,
  type CacheReading,
  COUNT_SLOT_MS,
  COUNTED_SLOTS,
  familyOf,
  type KindUsage,
  type LookUps,
  type UsageQuestion,
  type VersionedCache,
  WRITING_MILLISECONDS,
} from '../../domain/shared/versioned-cache.ts';

export interface MemoryVersionedCacheOptions {
  /** The least recently used entry is evicted first, and the same holds for tags. Default 10,000. */
  readonly maxEntries?: number;
}

interface Entry {
  readonly kind: string;
  readonly marks: string;
  readonly value: string;
  readonly expiresAt: Instant;
}

interface Tag {
  readonly mark: string;
  /** The changes that are being committed, and when each counts as dead. */
  readonly writers: ReadonlyMap<string, Instant>;
}

/** A map that evicts what was used least recently. */
function boundedMap<V>(maxEntries: number) {
  const held = new Map<string, V>();
  return {
    get(key: string): V | undefined {
      const value = held.get(key);
      if (value === undefined) return undefined;
      held.delete(key);
      held.set(key, value);
      return value;
    },
    set(key: string, value: V): void {
      held.delete(key);
      held.set(key, value);
      const [oldest] = held.keys();
      if (held.size > maxEntries && oldest !== undefined) held.delete(oldest);
    },
    delete: (key: string) => void held.delete(key),
    entries: () => held.entries(),
  };
}

/** The marks of tags, and who is changing what they stand for. A tag that was evicted gets another mark, so nothing of before counts. */
function createTags(clock: Clock, random: Random, maxEntries: number) {
  const tags = boundedMap<Tag>(maxEntries);
  const newMark = () => toHex(random.bytes(16));
  /** By family. */
  const invalidated = new Map<string, Instant>();

  const tagOf = (name: string): Tag => {
    const known = tags.get(name) ?? { mark: newMark(), writers: new Map() };
    const alive = new Map([...known.writers].filter(([, ends]) => ends > clock.now()));
    // Those that died may have committed.
    const tag = alive.size === known.writers.size ? known : { mark: newMark(), writers: alive };
    tags.set(name, tag);
    return tag;
  };
  const marksOf = (names: readonly string[]): string | undefined => {
    const all = names.map(tagOf);
    return all.some(({ writers }) => writers.size > 0) ? undefined : all.map(({ mark }) => mark).join(' ');
  };

  return {
    invalidatedAt: (families: readonly string[]) =>
      families.reduce<Instant | null>((last, family) => latest(last, invalidated.get(family)), null),
    /** `undefined` while one of them is being changed. */
    marksOf,
    async begin(names: readonly string[], writer: string) {
      for (const name of names) {
        const { writers } = tagOf(name);
        const ends = clock.now() + WRITING_MILLISECONDS;
        tags.set(name, { mark: newMark(), writers: new Map([...writers, [writer, ends]]) });
        invalidated.set(familyOf(name), clock.now());
      }
    },
    async end(names: readonly string[], writer: string) {
      for (const name of names) {
        const writers = new Map(tagOf(name).writers);
        writers.delete(writer);
        tags.set(name, { mark: newMark(), writers });
      }
    },
  };
}

function latest(one: Instant | null, other: Instant | undefined): Instant | null {
  return other === undefined || (one !== null && one > other) ? one : other;
}

/** Look-ups of the last hour. */
function createCounts(clock: Clock) {
  const slots = new Map<number, Map<string, number>>();
  const slot = () => Math.floor(clock.now() / COUNT_SLOT_MS);
  return {
    add({ kind, outcome, times }: LookUps) {
      const counts = slots.get(slot()) ?? new Map<string, number>();
      counts.set(`${kind}:${outcome}`, (counts.get(`${kind}:${outcome}`) ?? 0) + times);
      slots.set(slot(), counts);
      for (const each of slots.keys()) if (each <= slot() - COUNTED_SLOTS) slots.delete(each);
    },
    sum: (kind: string, outcome: LookUps['outcome']) =>
      [...slots].reduce(
        (sum, [each, counts]) => (each > slot() - COUNTED_SLOTS ? sum + (counts.get(`${kind}:${outcome}`) ?? 0) : sum),
        0,
      ),
  };
}

export function memoryVersionedCache(
  clock: Clock,
  random: Random,
  { maxEntries = 10_000 }: MemoryVersionedCacheOptions = {},
): VersionedCache {
  const entries = boundedMap<Entry>(maxEntries);
  const { marksOf, begin, end, invalidatedAt } = createTags(clock, random, maxEntries);
  const counts = createCounts(clock);
  const nameOf = ({ kind, key }: CacheAddress) => `${kind}:${key}`;

  return {
    place: 'process',
    isShared: false,
    async read(address): Promise<CacheReading> {
      const marks = marksOf(address.tags);
      const entry = entries.get(nameOf(address));
      const isLive = entry !== undefined && entry.expiresAt > clock.now() && entry.marks === marks;
      return {
        found: isLive ? { epoch: '', value: entry.value } : undefined,
        marks,
        lease: undefined,
        shouldRenew: false,
      };
    },
    async store(address, { marks, value, ttlMilliseconds }) {
      if (marksOf(address.tags) !== marks) return false;
      entries.set(nameOf(address), { kind: address.kind, marks, value, expiresAt: clock.now() + ttlMilliseconds });
      return true;
    },
    begin,
    end,
    async renew() {},
    async remove(addresses) {
      for (const address of addresses) entries.delete(nameOf(address));
    },
    async clear(kinds) {
      for (const [name, { kind }] of [...entries.entries()]) if (kinds.includes(kind)) entries.delete(name);
    },
    async count(lookUps) {
      for (const each of lookUps) counts.add(each);
    },
    async usage(questions) {
      const now = clock.now();
      const live = [...entries.entries()].filter(([, { expiresAt }]) => expiresAt > now);
      const usageOf = ({ kind, dependsOn }: UsageQuestion): KindUsage => {
        const ends = live.flatMap(([, entry]) => (entry.kind === kind ? [entry.expiresAt] : []));
        return {
          hits: counts.sum(kind, 'hits'),
          misses: counts.sum(kind, 'misses'),
          entries: ends.length,
          firstExpiresAt: ends.length === 0 ? null : ends.reduce((a, b) => Math.min(a, b)),
          invalidatedAt: invalidatedAt(dependsOn),
        };
      };
      return Object.fromEntries(questions.map((question) => [question.kind, usageOf(question)]));
    },
  };
}
