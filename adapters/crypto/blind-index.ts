/** Blind indexes: HMAC-SHA-256 (RFC 2104) under a key of their own, independent of the ring of field keys. */
import { Buffer } from 'node:buffer';
import { createHmac, randomBytes } from 'node:crypto';
import { toBase64Url, utf8 } from '../../domain/shared/bytes.ts';
import type { BlindIndex } from '../../domain/shared/ports.ts';

const KEY_BYTES = 32;
const KEY_TEXT = /^[A-Za-z0-9_-]{43}$/;

/** A fresh key as the setting holds it. */
export function generateIndexKey(): string {
  return toBase64Url(randomBytes(KEY_BYTES));
}

/** @throws TypeError when the text is not base64url of 32 bytes; it is never repeated, for it may be one that was cut short */
export function createBlindIndex(key: string): BlindIndex {
  const secret = Buffer.from(key, 'base64url');
  if (!KEY_TEXT.test(key) || secret.length !== KEY_BYTES) {
    throw new TypeError(`the index key is not base64url of ${KEY_BYTES} bytes`);
  }
  return {
    of: (field, value) =>
      Uint8Array.from(
        // The length in front: no two pairs of field and value give the same bytes.
        createHmac('sha256', secret)
          .update(`${field.length}:${field}`)
          .update(typeof value === 'string' ? utf8(value) : value)
          .digest(),
      ),
  };
}
