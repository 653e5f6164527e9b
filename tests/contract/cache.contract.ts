/** The behaviour of every cache. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Cache } from '../../domain/shared/ports.ts';

export interface CacheUnderTest {
  readonly cache: Cache;
  /** Lets time pass for stored entries. */
  pass(milliseconds: number): Promise<void>;
  stop(): Promise<void>;
}

export function describeCache(name: string, start: () => Promise<CacheUnderTest>): void {
  describe(`cache: ${name}`, () => {
    let under: CacheUnderTest;
    beforeEach(async () => {
      under = await start();
    });
    afterEach(() => under.stop());

    test('what was never stored is undefined', async () => {
      expect(await under.cache.get('absent')).toBeUndefined();
    });

    const texts = [
      'text',
      '',
      '123',
      '1e3',
      'null',
      'true',
      'OK',
      '{"a":[1]}',
      '"quoted"',
      'ünïcode 🩺',
      'nul\u0000nul',
      'x'.repeat(100_000),
    ];
    test.each(texts.map((text) => [text.slice(0, 20), text]))('the text %j is returned unchanged', async (_, text) => {
      await under.cache.set('key', text, 60_000);
      expect(await under.cache.get('key')).toBe(text);
    });

    test('a later value replaces an earlier one, and its time to live', async () => {
      await under.cache.set('key', 'first', 1000);
      await under.cache.set('key', 'second', 60_000);
      await under.pass(2000);
      expect(await under.cache.get('key')).toBe('second');
    });

    test('a value expires at the end of its time to live, not before', async () => {
      await under.cache.set('key', 'value', 5000);
      await under.pass(4000);
      expect(await under.cache.get('key')).toBe('value');
      await under.pass(1000);
      expect(await under.cache.get('key')).toBeUndefined();
    });

    test('reading does not prolong the time to live', async () => {
      await under.cache.set('key', 'value', 5000);
      await under.pass(3000);
      await under.cache.get('key');
      await under.pass(3000);
      expect(await under.cache.get('key')).toBeUndefined();
    });

    test('a fraction of a millisecond is a valid time to live', async () => {
      await under.cache.set('key', 'value', 60_000.5);
      expect(await under.cache.get('key')).toBe('value');
    });

    test('deleting removes the given keys and no others', async () => {
      await Promise.all(['a', 'b', 'c', '*'].map((key) => under.cache.set(key, key, 60_000)));
      await under.cache.delete(['a', 'b', '*', 'absent']);
      const values = await Promise.all(['a', 'b', 'c', '*'].map((key) => under.cache.get(key)));
      expect(values).toEqual([undefined, undefined, 'c', undefined]);
    });

    test('deleting nothing is allowed', async () => {
      await expect(under.cache.delete([])).resolves.toBeUndefined();
    });
  });
}
