/** The behaviour of every versioned cache. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Instant } from '../../domain/shared/time.ts';
import {
  COUNT_SLOT_MS,
  COUNTED_SLOTS,
  type VersionedCache,
  WRITING_MILLISECONDS,
} from '../../domain/shared/versioned-cache.ts';

export interface VersionedCacheUnderTest {
  readonly cache: VersionedCache;
  now(): Instant;
  /** Lets time pass for stored entries and for the clock. */
  pass(milliseconds: number): Promise<void>;
  stop(): Promise<void>;
}

const address = { kind: 'notes', key: 'a', tags: ['person:a', 'kind:notes'] };
const other = { kind: 'notes', key: 'b', tags: ['person:b', 'kind:notes'] };

export function describeVersionedCache(name: string, start: () => Promise<VersionedCacheUnderTest>): void {
  describe(`versioned cache: ${name}`, () => {
    let under: VersionedCacheUnderTest;
    let cache: VersionedCache;
    beforeEach(async () => {
      under = await start();
      cache = under.cache;
    });
    afterEach(() => under.stop());

    const marks = async (of = address) => (await cache.read(of)).marks ?? expect.unreachable('being written');
    const put = async (value: string, of = address, given?: string, ttlMilliseconds = 60_000) =>
      cache.store(of, { marks: given ?? (await marks(of)), epoch: '', value, ttlMilliseconds });
    const get = async (of = address) => (await cache.read(of)).found?.value;
    const change = async (...tags: string[]) => {
      await cache.begin(tags, 'writer');
      await cache.end(tags, 'writer');
    };

    test('what was stored is found, whatever its text', async () => {
      expect(await get()).toBeUndefined();
      for (const text of ['text', '', '123', 'a\nb\nc', 'ünïcode 🩺', 'x'.repeat(50_000)]) {
        expect(await put(text)).toBe(true);
        expect(await get()).toBe(text);
      }
    });

    test('a value expires', async () => {
      await put('value', address, undefined, 5_000);
      await under.pass(4_000);
      expect(await get()).toBe('value');
      await under.pass(1_001);
      expect(await get()).toBeUndefined();
    });

    test('a change of one of its tags makes a value void, and no other value', async () => {
      await put('a');
      await put('b', other);
      await change('person:a');
      expect([await get(), await get(other)]).toEqual([undefined, 'b']);
      await change('kind:notes');
      expect(await get(other)).toBeUndefined();
    });

    test('a slow reader cannot store what it loaded before a change', async () => {
      const before = await marks();
      await change('person:a');
      expect(await put('stale', address, before)).toBe(false);
      expect(await get()).toBeUndefined();
    });

    test('while a change is being committed, nothing is found or stored, by earlier readers either', async () => {
      await put('old');
      const before = await marks();
      await cache.begin(['person:a'], 'writer');
      expect(await cache.read(address)).toMatchObject({ found: undefined, marks: undefined });
      expect(await put('old', address, before)).toBe(false);
      await cache.end(['person:a'], 'writer');
      expect(await put('new')).toBe(true);
    });

    test('of two changes at once, the first to end does not end the other', async () => {
      await cache.begin(['person:a'], 'one');
      await cache.begin(['person:a'], 'two');
      for (const first of ['two', 'one']) {
        expect((await cache.read(address)).marks).toBeUndefined();
        await cache.end(['person:a'], first);
      }
      expect(await put('new')).toBe(true);
    });

    test('a change whose process died holds its tags no longer than a commit may take', async () => {
      await put('old');
      await cache.begin(['person:a'], 'dead');
      await under.pass(WRITING_MILLISECONDS - 1_000);
      expect((await cache.read(address)).marks).toBeUndefined();
      // A later change of the same tag does not bring the dead one back to life.
      await cache.begin(['person:a'], 'living');
      await under.pass(2_000);
      await cache.end(['person:a'], 'living');
      expect(await get()).toBeUndefined();
      expect(await put('new')).toBe(true);
    });

    test('a change that ends after it was given up for dead makes void what was stored meanwhile', async () => {
      await cache.begin(['person:a'], 'slow');
      await under.pass(WRITING_MILLISECONDS + 1_000);
      await put('before the commit');
      await cache.end(['person:a'], 'slow');
      expect(await get()).toBeUndefined();
    });

    test('removed entries are gone', async () => {
      await put('a');
      await put('b', other);
      await cache.remove([address, { kind: 'notes', key: 'absent' }]);
      expect([await get(), await get(other)]).toEqual([undefined, 'b']);
    });

    const NOTES = { kind: 'notes', dependsOn: ['person', 'kind:notes'] };
    const OTHERS = { kind: 'others', dependsOn: ['clinic', 'kind:others'] };
    const none = { hits: 0, misses: 0, entries: 0, firstExpiresAt: null, invalidatedAt: null };

    test('usage counts look-ups of the last hour and stored entries of each kind', async () => {
      await put('a', address, undefined, 5_000);
      await put('b', other, undefined, 9_000);
      await cache.count([
        { kind: 'notes', outcome: 'hits', times: 3 },
        { kind: 'notes', outcome: 'misses', times: 1 },
      ]);
      await under.pass(COUNT_SLOT_MS);
      await put('b', other, undefined, 9_000);
      await cache.count([{ kind: 'notes', outcome: 'hits', times: 1 }]);
      const notes = { hits: 4, misses: 1, entries: 1, firstExpiresAt: under.now() + 9_000, invalidatedAt: null };
      expect(await cache.usage([NOTES, OTHERS])).toEqual({ notes, others: none });
      await under.pass(COUNT_SLOT_MS * (COUNTED_SLOTS - 1));
      expect(await cache.usage([NOTES])).toEqual({ notes: { ...none, hits: 1 } });
    });

    test('usage says when a change of what a kind depends on began last', async () => {
      const since = under.now();
      await change('person:a', 'person:b');
      await under.pass(1_000);
      await change('clinic');
      const when = async () => Object.values(await cache.usage([NOTES, OTHERS])).map((of) => of.invalidatedAt);
      expect(await when()).toEqual([since, since + 1_000]);
      await under.pass(1_000);
      await change('kind:notes');
      expect(await when()).toEqual([since + 2_000, since + 1_000]);
    });

    test('a kind that is cleared holds nothing, and others what they held', async () => {
      const of = { kind: 'others', key: 'a', tags: ['clinic', 'kind:others'] };
      await put('a');
      await put('c', of);
      await cache.clear(['notes', 'empty']);
      expect([await get(), await get(of)]).toEqual([undefined, 'c']);
      expect(await cache.usage([NOTES, OTHERS])).toMatchObject({ notes: { entries: 0 }, others: { entries: 1 } });
    });
  });
}

/** What only a cache that processes share has. */
export function describeLeases(name: string, start: () => Promise<VersionedCacheUnderTest>): void {
  describe(`leases: ${name}`, () => {
    test('a lease that ends earlier does not replace a later one, and one reader is asked to renew it', async () => {
      const { cache, now, stop } = await start();
      const first = await cache.read(address);
      expect(first).toMatchObject({ lease: undefined, shouldRenew: true });
      expect((await cache.read(address)).shouldRenew).toBe(false);
      const until = now() + 4_000;
      await cache.renew({ epoch: '7', until });
      await cache.renew({ epoch: '6', until: until - 1 });
      expect(await cache.read(address)).toMatchObject({ lease: { epoch: '7', until }, shouldRenew: false });
      await stop();
    });
  });
}
