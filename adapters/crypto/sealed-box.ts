/**
 * AES-256-GCM boxes: `version(1) ‖ nonce(12) ‖ ciphertext ‖ tag(16)`. The nonce is random: GCM is safe for 2^32 boxes under
 * one key (NIST SP 800-38D section 8.3).
 */
import { Buffer } from 'node:buffer';
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { concat } from '../../domain/shared/bytes.ts';

/** The length of every key. */
export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * A key that is ready for use. Node prepares the bytes of a key anew for each box, which takes longer than opening a short
 * one.
 */
export type BoxKey = KeyObject;

/** @throws TypeError if the key does not have {@link KEY_BYTES} */
export function boxKey(key: Uint8Array): BoxKey {
  if (key.length !== KEY_BYTES) throw new TypeError(`a key of ${key.length} bytes cannot seal`);
  return createSecretKey(key);
}

/** The associated data. Length prefixes ensure that no two lists of parts give the same bytes. */
export function binding(...parts: readonly string[]): Uint8Array {
  return Buffer.from(parts.map((part) => `${part.length}:${part}`).join(''));
}

export function seal(key: BoxKey, aad: Uint8Array, plaintext: Uint8Array, version: number): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(aad);
  const body = [cipher.update(plaintext), cipher.final()];
  return concat(Uint8Array.of(version), nonce, ...body, cipher.getAuthTag());
}

/** @throws Error if the bytes are no box of the version, or another key or other associated data sealed it */
export function open(key: BoxKey, aad: Uint8Array, sealed: Uint8Array, version: number): Uint8Array {
  const body = 1 + NONCE_BYTES;
  if (sealed.length < body + TAG_BYTES || sealed[0] !== version) throw new Error('these bytes are not a sealed field');
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, body), { authTagLength: TAG_BYTES });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const plaintext = decipher.update(sealed.subarray(body, sealed.length - TAG_BYTES));
  try {
    const rest = decipher.final();
    // GCM is a stream cipher: nothing is left to the end.
    return rest.length === 0 ? plaintext : concat(plaintext, rest);
  } catch {
    throw new Error('the sealed field was altered or belongs to another owner or field');
  }
}
