import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBlindIndex, generateIndexKey } from '../../adapters/crypto/blind-index.ts';
import { toHex, utf8 } from '../../domain/shared/bytes.ts';

const KEY = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8';

describe('blind index', () => {
  const index = createBlindIndex(KEY);
  const other = createBlindIndex(generateIndexKey());

  it('is HMAC-SHA-256 of field and value under the key', () => {
    const secret = Buffer.from(KEY, 'base64url');
    const expected = createHmac('sha256', secret).update('11:users.emailada@example.org').digest('hex');
    expect(toHex(index.of('users.email', 'ada@example.org'))).toBe(expected);
    expect(toHex(index.of('users.email', utf8('ada@example.org')))).toBe(expected);
  });

  it('is equal for equal values of one field, and only for those', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (field, value, otherField, otherValue) => {
        const same = field === otherField && value === otherValue;
        expect(toHex(index.of(field, value)) === toHex(index.of(otherField, otherValue))).toBe(same);
      }),
      { seed: 10 },
    );
    expect(toHex(index.of('1:a', 'b'))).not.toBe(toHex(index.of('1', ':ab')));
  });

  it('depends on the key: another key gives another hash', () => {
    expect(toHex(other.of('users.email', 'ada@example.org'))).not.toBe(
      toHex(index.of('users.email', 'ada@example.org')),
    );
  });

  it('refuses an invalid key without repeating it', () => {
    for (const text of ['', KEY.slice(1), `${KEY}A`, KEY.replace('A', '!'), '='.repeat(43)]) {
      expect(() => createBlindIndex(text)).toThrow('the index key is not base64url of 32 bytes');
    }
  });
});
