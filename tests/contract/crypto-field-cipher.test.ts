import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFieldCipher, generateFieldKey, parseFieldKeys } from '../../adapters/crypto/field-cipher.ts';
import { toHex } from '../../domain/shared/bytes.ts';
import { ok } from '../../domain/shared/result.ts';
import { type BoxFormat, type Damage, type SealedColumnOf, sealedPlaceOf } from '../../domain/shared/sealed-columns.ts';

const ring = (...ids: string[]) => parseFieldKeys(JSON.stringify(ids.map(generateFieldKey)));

const place = (column: SealedColumnOf<'users'>, row = 'alice') => sealedPlaceOf('users', column, row);
const f = place('bio');
const PHONE = place('phone_number');
const text = (value: string) => ok(value);
const refusedAs = (kind: string) => expect.objectContaining({ ok: false, error: expect.objectContaining({ kind }) });

describe('field cipher', () => {
  const keys = ring('2026-11', '2026-05');
  const cipher = createFieldCipher({ ring: keys });
  const alice = cipher.newKey('alice');

  it('opens what it sealed, for any text (R55)', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        expect(cipher.open(alice, PHONE, cipher.seal(alice, PHONE, value))).toEqual(text(value));
      }),
    );
    expect(cipher.open(alice, f, cipher.seal(alice, f, '\ufeffbom'))).toEqual(text('\ufeffbom'));
  });

  it('starts each box with a version and uses a fresh nonce', () => {
    const boxes = Array.from({ length: 50 }, () => cipher.seal(alice, f, 'same'));
    expect(boxes.every((box) => box[0] === 2)).toBe(true);
    expect(new Set(boxes.map(toHex)).size).toBe(50);
    expect(boxes[0]?.length).toBe(1 + 12 + 4 + 16);
  });

  it('refuses a box with an altered byte, a truncated and an extended one', () => {
    const box = cipher.seal(alice, f, 'secret');
    for (let i = 0; i < box.length; i++) {
      const altered = Uint8Array.from(box);
      altered[i] = (altered[i] ?? 0) ^ 1;
      expect(cipher.open(alice, f, altered).ok).toBe(false);
      expect(cipher.open(alice, f, box.subarray(0, i)).ok).toBe(false);
    }
    expect(cipher.open(alice, f, Uint8Array.from([...box, 0]))).toEqual(refusedAs('altered'));
  });

  it('refuses a box of another field, another owner or another name of the same key', () => {
    const box = cipher.seal(alice, PHONE, 'secret');
    expect(cipher.open(alice, place('bio'), box)).toEqual(refusedAs('altered'));
    expect(cipher.open(alice, place('phone_number', 'another row'), box)).toEqual(refusedAs('altered'));
    expect(cipher.open(cipher.newKey('bob'), PHONE, box)).toEqual(refusedAs('altered'));
    // Also when the key is cached, so that it is not the unwrapping that refuses.
    expect(cipher.open({ ...alice, ownerId: 'bob' }, PHONE, box)).toEqual(refusedAs('key'));
    expect(cipher.open({ ...alice, ringKeyId: '2026-05' }, PHONE, box)).toEqual(refusedAs('key'));
  });

  it('distinguishes different splits of the same owner and field text', () => {
    const a = cipher.newKey('a');
    const box = cipher.seal(a, place('bio', '1:b'), 'x');
    expect(cipher.open(a, place('bio', '1:b1:'), box)).toEqual(refusedAs('altered'));
    const same = new Uint8Array(32).fill(1);
    const ambiguous = createFieldCipher({ ring: ['bc', 'c'].map((id) => ({ id, key: same })) });
    const { wrapped } = ambiguous.newKey('a');
    expect(ambiguous.isUsable({ ownerId: 'ab', ringKeyId: 'c', wrapped })).toBe(false);
    expect(() => ambiguous.seal({ ownerId: 'ab', ringKeyId: 'c', wrapped }, f, 'x')).toThrow('unavailable');
  });

  it('rewraps with the current ring key, so that the old one can be removed', () => {
    const old = createFieldCipher({ ring: keys.slice(1) });
    const key = old.newKey('carol');
    const box = old.seal(key, f, 'kept');
    const rotated = cipher.rewrap(key);
    expect(rotated).toMatchObject({ ownerId: 'carol', ringKeyId: '2026-11' });
    const fresh = createFieldCipher({ ring: keys.slice(0, 1) });
    expect(fresh.open(rotated, f, box)).toEqual(text('kept'));
    expect(fresh.open(key, f, box)).toEqual(refusedAs('key'));
  });

  it('R77 opens boxes of format 1 until everything is bound, and writes them while other instances only know format 1', () => {
    const format: BoxFormat = { state: 'unbound' };
    const noted: Damage[] = [];
    const mixed = createFieldCipher({ ring: keys, format, onDamage: (damage) => void noted.push(damage) });
    const former = mixed.seal(alice, PHONE, 'kept');
    expect(former[0]).toBe(1);
    format.state = 'binding';
    expect(mixed.seal(alice, PHONE, 'kept')[0]).toBe(2);
    expect(mixed.open(alice, PHONE, former)).toEqual(text('kept'));
    format.state = 'bound';
    expect(mixed.open(alice, PHONE, former)).toEqual(refusedAs('unbound'));
    expect(noted).toEqual([{ kind: 'unbound', table: 'users', column: 'phone_number', row: 'alice' }]);
  });

  it('R77 treats NULL as damage only where a value is required', () => {
    expect(cipher.open(alice, place('first_name'), null)).toEqual(refusedAs('missing'));
    expect(cipher.open(alice, place('bio'), null)).toEqual({ ok: true, value: null });
  });

  it('works with more people than its cache of keys holds', () => {
    const small = createFieldCipher({ ring: keys, maxCachedKeys: 2 });
    const people = Array.from({ length: 5 }, (_, i) => small.newKey(`p${i}`));
    const boxes = people.map((key) => small.seal(key, f, key.ownerId));
    for (const [i, key] of people.entries())
      expect(small.open(key, f, boxes[i] ?? alice.wrapped)).toEqual(text(key.ownerId));
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
