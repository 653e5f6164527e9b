import { createHmac, hkdfSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createRefreshSuccessors } from '../../adapters/crypto/refresh-successors.ts';
import { hashToken } from '../../domain/identity/one-time-token.ts';

const ring = ['old', 'new'].map((id, i) => ({ id, key: new Uint8Array(32).fill(i + 1) }));
const [old, fresh] = ring;
if (old === undefined || fresh === undefined) throw new Error('a ring of two');

describe('successors of refresh tokens (R20)', () => {
  it('R20: are HMAC-SHA-256 under an HKDF key of the ring, and stored as hashes', () => {
    const key = new Uint8Array(hkdfSync('sha256', old.key, '', 'patient-portal refresh successor', 32));
    const { token, hash } = createRefreshSuccessors([old]).of('predecessor');
    expect(token).toBe(createHmac('sha256', key).update('predecessor').digest('base64url'));
    expect(hash).toEqual(hashToken(token));
  });

  it('R20: are derived again after a rotation of the ring, and only with its keys', () => {
    const before = createRefreshSuccessors([old]).of('predecessor');
    const rotated = createRefreshSuccessors([fresh, old]);
    expect(rotated.again('predecessor', before.hash)).toEqual(before);
    expect(rotated.of('predecessor').token).not.toBe(before.token);
    expect(rotated.again('another', before.hash)).toBeUndefined();
    expect(createRefreshSuccessors([fresh]).again('predecessor', before.hash)).toBeUndefined();
    expect(() => createRefreshSuccessors([])).toThrow(TypeError);
  });
});
