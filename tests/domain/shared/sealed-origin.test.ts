/** The origin of an action, sealed under a stand-in for the cipher that shows which key sealed what. */
import { describe, expect, test } from 'vitest';
import type { DataKey, FieldCipher } from '../../../domain/shared/ports.ts';
import { mayBeAbsent, namedPlace, rowColumn, sealedPlaceOf } from '../../../domain/shared/sealed-columns.ts';
import { openOrigin, sealOrigin } from '../../../domain/shared/sealed-origin.ts';

const ORIGIN = { ip: '192.0.2.7', userAgent: 'Firefox' };
const key = (ownerId: string, wrapped: number[]): DataKey => ({
  ownerId,
  ringKeyId: 'ring-2026',
  wrapped: Uint8Array.from(wrapped),
});
const ADA = key('ada', [1, 2, 3]);
const BEN = key('ben', [4, 5]);

const named = ({ ownerId, ringKeyId, wrapped }: DataKey, row: string) =>
  `${ownerId}/${ringKeyId}/${wrapped.join()}/${row}:`;

const CIPHER: Pick<FieldCipher, 'isUsable' | 'newKey' | 'seal' | 'tryOpen'> = {
  isUsable: ({ wrapped }) => wrapped.length > 0,
  newKey: (ownerId) => key(ownerId, [9, 8, 7, 6]),
  seal: (sealing, { row }, text) => new TextEncoder().encode(named(sealing, row) + text),
  tryOpen: (opening, { table, column, row }, sealed) => {
    const text = new TextDecoder().decode(sealed ?? new Uint8Array());
    const start = named(opening, row);
    if (text.startsWith(start)) return { ok: true, value: text.slice(start.length) || null };
    return { ok: false, error: { kind: 'altered', table, column, row } };
  },
};
const cipher = CIPHER as FieldCipher;

describe('the origin of an action', () => {
  test('is sealed with the key of the person, and opened with it among others', () => {
    const sealed = sealOrigin(cipher, 'event', ORIGIN, ADA);
    expect(sealed[0]).toBe(0);
    expect(openOrigin(cipher, 'event', sealed, [BEN, ADA])).toEqual(ORIGIN);
    expect(openOrigin(cipher, 'event', sealed, [BEN])).toBeNull();
    expect(openOrigin(cipher, 'event', sealed, [])).toBeNull();
    expect(openOrigin(cipher, 'other', sealed, [ADA])).toBeNull();
  });

  test.each([
    ['nobody is known', undefined],
    ['the key of the person is damaged', key('ada', [])],
  ])('is sealed with a key of its own when %s', (_, dataKey) => {
    const sealed = sealOrigin(cipher, 'event', ORIGIN, dataKey);
    expect([...sealed.subarray(0, 2)]).toEqual([1, 'ring-2026'.length]);
    expect(openOrigin(cipher, 'event', sealed, [])).toEqual(ORIGIN);
    expect(openOrigin(cipher, 'other', sealed, [])).toBeNull();
  });

  test('cannot be read when the stored bytes are cut off, or a box is empty', () => {
    for (const sealed of [[], [1], [0], [1, 3], [1, 0]]) {
      expect(openOrigin(cipher, 'event', Uint8Array.from(sealed), [ADA])).toBeNull();
    }
    const empty = Uint8Array.of(0, ...new TextEncoder().encode(named(ADA, 'event')));
    expect(openOrigin(cipher, 'event', empty, [ADA])).toBeNull();
  });
});

describe('the place of a sealed value', () => {
  test('says what is declared of its column', () => {
    expect(sealedPlaceOf('appointments', 'notes', 'row')).toEqual({
      ...{ table: 'appointments', column: 'notes', row: 'row', required: false },
      ...{ acceptsUnbound: false, clinical: true, formerName: 'appointments.notes' },
    });
    expect(sealedPlaceOf('audit_events', 'personal', 'row')).toMatchObject({ acceptsUnbound: true, clinical: false });
    expect(sealedPlaceOf('users', 'last_login_ip', 'row').formerName).toBe('sessions.ip');
  });

  test('is none of a column that is not declared, or of a row without a name', () => {
    expect(() => namedPlace('users', 'role', 'row')).toThrow('users.role is not declared as sealed');
    expect(() => namedPlace('nowhere', 'email', 'row')).toThrow('nowhere.email is not declared as sealed');
    expect(() => namedPlace('users', 'email', JSON.parse('null'))).toThrow('the row is not named');
  });

  test('is in a row that its table names', () => {
    expect(rowColumn('mfa_enrolments')).toBe('user_id');
    expect(rowColumn('audit_events')).toBeNull();
    expect(rowColumn('nowhere')).toBeNull();
  });

  test('may be empty only in the status that is declared', () => {
    expect(mayBeAbsent('users', 'email', 'no_account')).toBe(true);
    expect(mayBeAbsent('users', 'email', 'active')).toBe(false);
    expect(mayBeAbsent('users', 'first_name', undefined)).toBe(false);
    expect(mayBeAbsent('nowhere', 'email', undefined)).toBe(false);
  });
});
