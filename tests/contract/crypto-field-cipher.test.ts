import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFieldCipher, generateFieldKey, parseFieldKeys } from '../../adapters/crypto/field-cipher.ts';
import { toHex } from '../../domain/shared/bytes.ts';

const ring = (...ids: string[]) => parseFieldKeys(JSON.stringify(ids.map(generateFieldKey)));

describe('field cipher', () => {
  const keys = ring('2026-11', '2026-05');
  const cipher = createFieldCipher({ ring: keys });
  const alice = cipher.newKey('alice');

  it('opens what it sealed, whatever the text (R55)', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(cipher.open(alice, 'user.phone', cipher.seal(alice, 'user.phone', text))).toBe(text);
      }),
    );
    expect(cipher.open(alice, 'f', cipher.seal(alice, 'f', '\ufeffbom'))).toBe('\ufeffbom');
  });

  it('starts each box with a version and uses a fresh nonce', () => {
    const boxes = Array.from({ length: 50 }, () => cipher.seal(alice, 'f', 'same'));
    expect(boxes.every((box) => box[0] === 1)).toBe(true);
    expect(new Set(boxes.map(toHex)).size).toBe(50);
    expect(boxes[0]?.length).toBe(1 + 12 + 4 + 16);
  });

  it('refuses any altered byte, a cut and a longer box', () => {
    const box = cipher.seal(alice, 'f', 'secret');
    for (let i = 0; i < box.length; i++) {
      const altered = Uint8Array.from(box);
      altered[i] = (altered[i] ?? 0) ^ 1;
      expect(() => cipher.open(alice, 'f', altered)).toThrow();
      expect(() => cipher.open(alice, 'f', box.subarray(0, i))).toThrow();
    }
    expect(() => cipher.open(alice, 'f', Uint8Array.from([...box, 0]))).toThrow();
  });

  it('refuses a box of another field, another owner or under another name of the same key', () => {
    const box = cipher.seal(alice, 'user.phone', 'secret');
    expect(() => cipher.open(alice, 'user.bio', box)).toThrow('belongs to another');
    expect(() => cipher.open(cipher.newKey('bob'), 'user.phone', box)).toThrow();
    // Also when the key is at hand already, so that the unwrapping itself is not what refuses.
    expect(() => cipher.open({ ...alice, ownerId: 'bob' }, 'user.phone', box)).toThrow();
    expect(() => cipher.open({ ...alice, ringKeyId: '2026-05' }, 'user.phone', box)).toThrow();
  });

  it('does not mistake one split of owner and field for another', () => {
    const a = cipher.newKey('a');
    const box = cipher.seal(a, '1:b', 'x');
    expect(() => cipher.open(a, '1:b1:', box)).toThrow();
    const same = new Uint8Array(32).fill(1);
    const ambiguous = createFieldCipher({ ring: ['bc', 'c'].map((id) => ({ id, key: same })) });
    const { wrapped } = ambiguous.newKey('a');
    expect(() => ambiguous.seal({ ownerId: 'ab', ringKeyId: 'c', wrapped }, 'f', 'x')).toThrow('another owner');
  });

  it('rewraps to the current ring key, so that the old one can go', () => {
    const old = createFieldCipher({ ring: keys.slice(1) });
    const key = old.newKey('carol');
    const box = old.seal(key, 'f', 'kept');
    const rotated = cipher.rewrap(key);
    expect(rotated).toMatchObject({ ownerId: 'carol', ringKeyId: '2026-11' });
    const fresh = createFieldCipher({ ring: keys.slice(0, 1) });
    expect(fresh.open(rotated, 'f', box)).toBe('kept');
    expect(() => fresh.open(key, 'f', box)).toThrow('the ring has no field key 2026-05');
  });

  it('keeps working when more people come by than it has keys at hand', () => {
    const small = createFieldCipher({ ring: keys, maxCachedKeys: 2 });
    const people = Array.from({ length: 5 }, (_, i) => small.newKey(`p${i}`));
    const boxes = people.map((key) => small.seal(key, 'f', key.ownerId));
    for (const [i, key] of people.entries()) expect(small.open(key, 'f', boxes[i] ?? alice.wrapped)).toBe(key.ownerId);
  });

  it('refuses a ring that is empty, ambiguous or malformed without repeating the secret', () => {
    expect(() => createFieldCipher({ ring: [] })).toThrow('empty');
    const [key] = keys;
    if (key === undefined) throw new Error('no key');
    expect(() => createFieldCipher({ ring: [key, key] })).toThrow('same id');
    expect(() => createFieldCipher({ ring: [{ id: 'x', key: new Uint8Array(16) }] })).toThrow('32 bytes');
    const secret = 'tooshortsecret';
    for (const bad of ['', '[]', '{}', '[null]', '[{"id":"a"}]', JSON.stringify([{ id: 'a', key: secret }])]) {
      let message = '';
      try {
        parseFieldKeys(bad);
      } catch (error) {
        message = String(error);
      }
      expect(message).toMatch(/field key/);
      expect(message).not.toContain(secret);
    }
  });
});
