/**
 * Successors of refresh tokens: HMAC-SHA-256 (RFC 2104) of the predecessor, under keys derived with HKDF (RFC 5869)
 * from the ring of field keys. A used token alone, without a key, does not reveal its successor.
 */
import { Buffer } from 'node:buffer';
import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { type IssuedToken, issueToken } from '../../domain/identity/one-time-token.ts';
import type { RefreshSuccessors } from '../../domain/identity/ports.ts';
import { equalBytes } from '../../domain/shared/bytes.ts';
import type { RingKey } from './data-keys.ts';

const INFO = 'patient-portal refresh successor';

/** @param ring the first key derives new successors; the others derive again those from before a rotation */
export function createRefreshSuccessors(ring: readonly RingKey[]): RefreshSuccessors {
  const keys = ring.map(({ key }) => createSecretKey(Buffer.from(hkdfSync('sha256', key, new Uint8Array(), INFO, 32))));
  const [current] = keys;
  if (current === undefined) throw new TypeError('the field key ring is empty');
  const derive = (key: KeyObject, token: string): IssuedToken =>
    issueToken(new Uint8Array(createHmac('sha256', key).update(token).digest()));
  return {
    of: (token) => derive(current, token),
    again(token, hash) {
      return keys.map((key) => derive(key, token)).find((successor) => equalBytes(successor.hash, hash));
    },
  };
}
