/** R34, R69: which client a rate limit counts, for every format in which a proxy may write the address. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressSubject, clientAddress } from '../../src/app/address.ts';
import { anyCharacter } from '../support/any-character.ts';

const SEED = { seed: 69, numRuns: 300 };
const SOCKET = '192.0.2.1';

const forms = (address: string): string[] =>
  address.includes(':')
    ? [address, `[${address}]`, `[${address}]:4711`, `${address}%eth0`, `[${address}%eth0]:80`, `for="[${address}]:9"`]
    : [address, `${address}:4711`, `::ffff:${address}`, `[::ffff:${address}]:80`, `for=${address};proto=https`];

describe('R69 every form of an address is the same client', () => {
  test.each([
    ['20.0.0.1:4711', '20.0.0.1'],
    ['[2001:db8::1]:80', '2001:db8:0:0::/64'],
    ['198.51.100.9, 20.0.0.1:4711', '20.0.0.1'],
    ['20.0.0.1,', '20.0.0.1'],
    ['For="[2001:db8:cafe::17]:4711";by=203.0.113.43', '2001:db8:cafe:0::/64'],
    ['for=192.0.2.60, for="198.51.100.17:80"', '198.51.100.17'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
  ])('R69 %s counts as %s', (header, subject) => {
    expect(addressSubject(clientAddress(header, SOCKET))).toBe(subject);
  });

  test.each([
    '',
    ',',
    'unknown',
    '_hidden',
    '10.0.0',
    '010.1.1.1',
    '0x7f.1',
    '300.1.1.1',
    '[2001:db8::1',
    '1.2.3.4:x',
    '::g',
    'a'.repeat(9000),
  ])('R69 %j is no address: the other end of the connection counts', (header) => {
    expect(addressSubject(clientAddress(header, SOCKET))).toBe(SOCKET);
  });

  test('R69 two clients never share a counter, and one client has one counter in every form', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.oneof(fc.ipV4(), fc.ipV6()), (one, other) => {
        const subjects = new Set(
          forms(one).map((form) => addressSubject(clientAddress(`203.0.113.1, ${form}`, SOCKET))),
        );
        expect(subjects.size).toBe(1);
        const [subject] = subjects;
        expect(subject).not.toBe('unknown');
        const elsewhere = addressSubject(other);
        if (addressSubject(one) !== elsewhere) {
          for (const form of forms(other)) expect(addressSubject(clientAddress(form, SOCKET))).not.toBe(subject);
        }
      }),
      SEED,
    );
  });

  test('R69 any header value is handled without an error', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter, maxLength: 300 }), (header) => {
        expect(addressSubject(clientAddress(header, SOCKET))).not.toBe('unknown');
      }),
      SEED,
    );
  });
});
