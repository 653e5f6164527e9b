import { ECDH } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isPushPublicKey } from '../../../domain/notifications/push-keys.ts';
import { sized } from '../../support/size.ts';

/** OpenSSL says the same. */
function isPoint(key: string): boolean {
  try {
    return ECDH.convertKey(key, 'prime256v1', 'base64url', 'hex', 'uncompressed') !== '' && key.length === 87;
  } catch {
    return false;
  }
}

/** The x coordinate of a point, by which OpenSSL finds its y. */
const point = fc.uint8Array({ minLength: 32, maxLength: 32 }).chain((x) => {
  try {
    const compressed = Buffer.concat([Buffer.of(2), x]);
    return fc.constant(ECDH.convertKey(compressed, 'prime256v1', undefined, undefined, 'uncompressed') as Buffer);
  } catch {
    return fc.constant(undefined);
  }
});

describe('the key of a browser', () => {
  test('every point of P-256 is taken, and none of its neighbours that is not on the curve', () => {
    fc.assert(
      // The first byte says which form it is; OpenSSL reads others too.
      fc.property(point, fc.integer({ min: 8, max: 519 }), (bytes, bit) => {
        fc.pre(bytes !== undefined);
        const key = bytes.toString('base64url');
        expect([key, isPushPublicKey(key)]).toEqual([key, true]);
        const changed = Buffer.from(bytes);
        changed.writeUInt8((changed[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3);
        const neighbour = changed.toString('base64url');
        expect([neighbour, isPushPublicKey(neighbour)]).toEqual([neighbour, isPoint(neighbour)]);
      }),
      { numRuns: sized(300), seed: 8291 },
    );
  });

  test.each([
    ['nothing', ''],
    ['zeros', `BA${'A'.repeat(85)}`],
    ['coordinates beyond the field', Buffer.concat([Buffer.of(4), Buffer.alloc(64, 255)]).toString('base64url')],
    ['a compressed point', 'A2kXjnGMnaI1xI6TV0hZxo7cQF4e0bJWf3l0mBi3Xjsv'],
    ['a hybrid point', 'BgALAABUBE4AtRMFAA8ABksAAn4AALsAAAAvWwAOKFATqoqZ0AI7UZx7r_q1XLqZjvmpMHz7b1K8IIJujD_lWTY'],
    ['padding', 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4='],
    ['the other alphabet', 'BCVxsr7N/eNgVRqvHtD0zTZsEc6+VV+JvLexhqUzORcxaOzi6+AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4'],
  ])('%s is none', (_, key) => {
    expect(isPushPublicKey(key)).toBe(false);
  });
});
