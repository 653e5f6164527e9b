/** The versioned cache in Redis, over any client that runs its scripts. */
import { createHash } from 'node:crypto';
import { toHex } from '../../domain/shared/bytes.ts';
import type { Clock, Random } from '../../domain/shared/ports.ts';
import {
  type CacheReading,
  COUNT_SLOT_MS,
  COUNTED_SLOTS,
  type EpochLease,
  familyOf,
  type KindUsage,
  type UsageQuestion,
  type VersionedCache,
  WRITING_MILLISECONDS,
} from '../../domain/shared/versioned-cache.ts';
import type { RunScript } from './cache-scripts.ts';
import type { RedisConnection } from './connection.ts';

/** Longer than any entry lives. A mark that expires earlier than an entry makes it void, which costs a load. */
const MARK_MILLISECONDS = 26 * 3_600_000;
/** How long before its end a lease is renewed, and how long nobody else is asked to. */
const RENEWAL_MILLISECONDS = 2_000;
const ASKED_MILLISECONDS = 1_000;
const LEASE_KEPT_MILLISECONDS = 60_000;
const MARK_BYTES = 16;

/** On the connection that the rate limits use, so that commands of one turn share a round trip. */
export function redisScripts(connection: RedisConnection): RunScript {
  return (name, keys, args) => connection.run((redis) => redis[name](keys.length, ...keys, ...args));
}

/** @param prefix of all keys. Default `cache` */
export function redisVersionedCache(run: RunScript, clock: Clock, random: Random, prefix = 'cache'): VersionedCache {
  const entry = ({ kind, key }: { readonly kind: string; readonly key: string }) => `${prefix}:e:${kind}:${key}`;
  const index = (kind: string) => `${prefix}:index:${kind}`;
  const marksOf = (tags: readonly string[]) => tags.map((tag) => `${prefix}:t:${tag}`);
  const lease = `${prefix}:lease`;
  const invalidated = `${prefix}:invalidated`;
  /** @param before how many slots before the one that runs */
  const counts = (before = 0) => `${prefix}:counts:${Math.floor(clock.now() / COUNT_SLOT_MS) - before}`;
  const newMark = () => toHex(random.bytes(MARK_BYTES));

  return {
    place: 'redis',
    isShared: true,
    async read(address) {
      const keys = [entry(address), lease, `${prefix}:renewal`, ...marksOf(address.tags)];
      const args = [newMark(), clock.now(), MARK_MILLISECONDS, RENEWAL_MILLISECONDS, ASKED_MILLISECONDS];
      return readingOf((await run('cacheRead', keys, args.map(String))) as ReadReply);
    },
    async store(address, { marks, epoch, value, ttlMilliseconds }) {
      const ttl = Math.ceil(ttlMilliseconds);
      const keys = [entry(address), index(address.kind), ...marksOf(address.tags)];
      const args = [`${hashOf(marks)}\n${epoch}\n${value}`, String(ttl), String(clock.now()), address.key];
      return Number(await run('cacheStore', keys, [...args, ...marks.split(' ')])) === 1;
    },
    async begin(tags, writer) {
      const now = clock.now();
      const args = [writer, now, now + WRITING_MILLISECONDS, WRITING_MILLISECONDS, MARK_MILLISECONDS].map(String);
      const families = [...new Set(tags.map(familyOf))];
      await run('cacheBegin', [invalidated, ...marksOf(tags)], [...args, ...families]);
    },
    async end(tags, writer) {
      await run('cacheEnd', marksOf(tags), [writer, String(clock.now()), newMark(), String(MARK_MILLISECONDS)]);
    },
    async renew({ epoch, until }) {
      await run('cacheRenew', [lease], [epoch, String(until), String(LEASE_KEPT_MILLISECONDS)]);
    },
    async remove(addresses) {
      for (const [kind, ofKind] of Map.groupBy(addresses, (address) => address.kind)) {
        const keys = [index(kind), ...ofKind.map(entry)];
        await run(
          'cacheRemove',
          keys,
          ofKind.map(({ key }) => key),
        );
      }
    },
    async clear(kinds) {
      await Promise.all(kinds.map((kind) => run('cacheClear', [index(kind)], [entry({ kind, key: '' })])));
    },
    async count(lookUps) {
      if (lookUps.length === 0) return;
      const args = lookUps.flatMap(({ kind, outcome, times }) => [`${kind}:${outcome}`, String(times)]);
      await run('cacheCount', [counts()], [String(COUNT_SLOT_MS * (COUNTED_SLOTS + 1)), ...args]);
    },
    async usage(questions) {
      const slots = Array.from({ length: COUNTED_SLOTS }, (_, before) => counts(before));
      const keys = [invalidated, ...slots, ...questions.map(({ kind }) => index(kind))];
      return usageOf(questions, (await run('cacheUsage', keys, [clock.now(), slots.length].map(String))) as UsageReply);
    },
  };
}

type Turns = readonly (string | number)[];
type UsageReply = [invalidated: Turns, counts: Turns, kinds: Turns];

function usageOf(questions: readonly UsageQuestion[], [invalidated, counts, kinds]: UsageReply) {
  const ofFamily = new Map(pairsOf(invalidated));
  const sum = (field: string) =>
    pairsOf(counts).reduce((all, [name, times]) => (name === field ? all + times : all), 0);
  const orNull = (instant: number) => (instant === 0 ? null : instant);
  return Object.fromEntries(
    questions.map(({ kind, dependsOn }, place): [string, KindUsage] => [
      kind,
      {
        ...{ hits: sum(`${kind}:hits`), misses: sum(`${kind}:misses`), entries: Number(kinds[2 * place]) },
        firstExpiresAt: orNull(Number(kinds[2 * place + 1])),
        invalidatedAt: orNull(Math.max(0, ...dependsOn.map((family) => ofFamily.get(family) ?? 0))),
      },
    ]),
  );
}

function pairsOf(turns: Turns): [name: string, value: number][] {
  return Array.from({ length: turns.length / 2 }, (_, n) => [String(turns[2 * n]), Number(turns[2 * n + 1])]);
}

type ReadReply = [entry: string, lease: string, renews: number | string, ...marks: string[]];

function readingOf([stored, lease, renews, ...all]: ReadReply): CacheReading {
  const marks = all.some((mark) => mark.startsWith('!')) ? undefined : all.join(' ');
  const [hash, epoch, value] = partsOf(stored);
  return {
    found: marks !== undefined && hash === hashOf(marks) ? { epoch, value } : undefined,
    marks,
    lease: leaseOf(lease),
    shouldRenew: Number(renews) === 1,
  };
}

/** Entries do not hold their marks, which are part of the key that seals them. */
function hashOf(marks: string): string {
  return createHash('sha256').update(marks).digest('base64url');
}

function partsOf(stored: string): [hash: string | undefined, epoch: string, value: string] {
  const [first, second] = [stored.indexOf('\n'), stored.indexOf('\n', stored.indexOf('\n') + 1)];
  if (first < 0) return [undefined, '', ''];
  return [stored.slice(0, first), stored.slice(first + 1, second), stored.slice(second + 1)];
}

function leaseOf(text: string): EpochLease | undefined {
  const space = text.indexOf(' ');
  return space < 0 ? undefined : { epoch: text.slice(space + 1), until: Number(text.slice(0, space)) };
}
