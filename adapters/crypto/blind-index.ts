/** Blind indexes: HMAC-SHA-256 (RFC 2104) under a ring of their own keys, independent of the ring of field keys. */
import { Buffer } from 'node:buffer';
import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { toBase64Url } from '../../domain/shared/bytes.ts';
import type { BlindIndex } from '../../domain/shared/ports.ts';
import { parseKeyList } from './key-list.ts';

const KEY_BYTES = 32;
const KEY_TEXT = /^[A-Za-z0-9_-]{43}$/;

/** A new key in the format of the setting. */
export function generateIndexKey(): string {
  return toBase64Url(randomBytes(KEY_BYTES));
}

/**
 * @param setting one key, or during a rotation a JSON array of `{ "key" }`, the current one first
 * @throws TypeError if a key is not base64url of 32 bytes; the message never repeats it, because it may be a truncated
 *   real key
 */
export function createBlindIndex(setting: string): BlindIndex {
  const keys = readRing(setting).map((key) => createSecretKey(key));
  const [current] = keys;
  if (current === undefined) throw new TypeError(`the index key is not base64url of ${KEY_BYTES} bytes`);
  return {
    of: (field, value) => under(current, field, value),
    all: (field, value) => keys.map((key) => under(key, field, value)),
  };
}

function readRing(setting: string): Buffer[] {
  if (setting.startsWith('[')) return parseKeyList(setting, 'index key', readEntry);
  const key = readKey(setting);
  return key === undefined ? [] : [key];
}

function under(key: KeyObject, field: string, value: string | Uint8Array): Uint8Array {
  return Uint8Array.from(
    // The length prefix ensures that no two pairs of field and value give the same bytes.
    createHmac('sha256', key).update(`${field.length}:${field}`).update(value).digest(),
  );
}

function readEntry(entry: unknown): Buffer | undefined {
  return readKey((entry as { readonly key?: unknown } | null)?.key);
}

function readKey(text: unknown): Buffer | undefined {
  if (typeof text !== 'string' || !KEY_TEXT.test(text)) return undefined;
  const key = Buffer.from(text, 'base64url');
  return key.length === KEY_BYTES ? key : undefined;
}
