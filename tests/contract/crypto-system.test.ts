import { describe, expect, it } from 'vitest';
import { systemClock, systemRandom } from '../../adapters/crypto/system.ts';

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
});
