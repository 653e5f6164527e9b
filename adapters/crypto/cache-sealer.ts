/**
 * Seals what is cached with AES-256-GCM, under a key that HMAC-SHA-256 (RFC 2104) makes of the marks and of a key derived with
 * HKDF (RFC 5869) from the ring of field keys. The marks are deleted with the change that replaces them: from then on neither
 * the cache nor a copy of it can be opened, not even with the ring.
 */
import { Buffer } from 'node:buffer';
import { createHmac, createSecretKey, hkdfSync } from 'node:crypto';
import { utf8 } from '../../domain/shared/bytes.ts';
import type { CacheSealer } from '../../domain/shared/versioned-cache.ts';
import type { RingKey } from './data-keys.ts';
import { binding, boxKey, open, seal } from './sealed-box.ts';

const INFO = 'patient-portal cache';
const VERSION = 1;

/** @param ring the first key seals. What another one has sealed counts as absent. */
export function createCacheSealer(ring: readonly RingKey[]): CacheSealer {
  const [current] = ring;
  if (current === undefined) throw new TypeError('the field key ring is empty');
  const secret = createSecretKey(Buffer.from(hkdfSync('sha256', current.key, new Uint8Array(), INFO, 32)));
  const keyOf = (marks: string) => boxKey(createHmac('sha256', secret).update(marks).digest());
  return {
    seal: ({ kind, key }, marks, text) =>
      Buffer.from(seal(keyOf(marks), binding(kind, key), utf8(text), VERSION)).toString('base64'),
    open({ kind, key }, marks, sealed) {
      try {
        const text = open(keyOf(marks), binding(kind, key), Buffer.from(sealed, 'base64'), VERSION);
        return Buffer.from(text).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}
