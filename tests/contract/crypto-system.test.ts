import { describe, expect, it } from 'vitest';
import { systemClock, systemRandom } from '../../adapters/crypto/system.ts';
import { toHex } from '../../domain/shared/bytes.ts';

describe('system', () => {
  it('reads the clock in epoch milliseconds', () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1000);
  });

  it('returns any number of random bytes, also more than one call of Web Crypto', () => {
    expect(systemRandom.bytes(0)).toHaveLength(0);
    expect(systemRandom.bytes(16)).not.toEqual(systemRandom.bytes(16));
    const many = systemRandom.bytes(150_000);
    expect(many).toHaveLength(150_000);
    expect(many.subarray(140_000).some((byte) => byte !== 0)).toBe(true);
  });

  it('hands out no random byte twice, and none that it has overwritten', () => {
    const made = Array.from({ length: 3_000 }, (_, n) => systemRandom.bytes(10 + (n % 7)));
    const texts = made.map(toHex);
    expect(new Set(texts).size).toBe(texts.length);
    // Of the first eight bytes, none are found again in another place of what follows.
    const heads = new Set(made.map((bytes) => toHex(bytes.subarray(0, 8))));
    const tails = made.map((bytes) => toHex(bytes.subarray(2, 10)));
    expect(tails.filter((tail) => heads.has(tail))).toEqual([]);
    expect(texts.filter((text) => text.includes('0000000000'))).toEqual([]);
  });
});
