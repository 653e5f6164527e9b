/**
 * Personal fields, encrypted per person (R55): AES-256-GCM under the person's own data key, which is stored wrapped by
 * a key of a rotating ring. Rotation rewraps the data keys and leaves the fields unchanged; erasure destroys the data
 * key.
 *
 * Every box is `format(1) ‖ nonce(12) ‖ ciphertext ‖ tag(16)`. The nonce is random: GCM is safe for 2^32 fields of one
 * person (NIST SP 800-38D section 8.3). The associated data names the owner and the place: in format 2 table, column
 * and row; in format 1 only table and column. Format 1 is read until everything has been resealed (ADR 0107).
 */
import { Buffer } from 'node:buffer';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { toBase64Url, utf8 } from '../../domain/shared/bytes.ts';
import { type DataKey, type FieldCipher, Unavailable } from '../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../domain/shared/result.ts';
import type { BoxFormat, Damage, SealedPlace } from '../../domain/shared/sealed-columns.ts';
import { parseKeyList } from './key-list.ts';

export interface RingKey {
  /** Identifies the key in the rows that it wraps, such as `2026-11`. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

export interface FieldCipherOptions {
  /** The first key is the current one and wraps; the others only unwrap. */
  readonly ring: readonly RingKey[];
  /** How many unwrapped data keys are cached. Default 256. */
  readonly maxCachedKeys?: number;
  /** Shared with the code that reads the state from the database. Default: everything is bound. */
  readonly format?: BoxFormat;
  /** Called for each value that cannot be opened. */
  readonly onDamage?: (damage: Damage) => void;
}

const UNBOUND = 1;
const BOUND = 2;
const KEY_BOX = 1;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_TEXT = /^[A-Za-z0-9_-]{43}$/;
const RING_ID = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * A new ring key in the format of the setting. Append it to the ring, and move it to the front once every instance has
 * it.
 */
export function generateFieldKey(id: string): { readonly id: string; readonly key: string } {
  return { id, key: toBase64Url(randomBytes(KEY_BYTES)) };
}

/**
 * Reads the ring from its setting: a JSON array of `{ "id", "key" }`, the key as base64url of 32 bytes.
 *
 * @throws TypeError naming the position of the invalid key, never its value
 */
export function parseFieldKeys(json: string): RingKey[] {
  return parseKeyList(json, 'field key', (entry) => {
    const { id, key } = (entry ?? {}) as Record<string, unknown>;
    if (typeof id !== 'string' || !RING_ID.test(id) || typeof key !== 'string' || !KEY_TEXT.test(key)) return undefined;
    return { id, key: Buffer.from(key, 'base64url') };
  });
}

/** @throws TypeError if the ring is empty, an id appears twice or a key is not 32 bytes */
export function createFieldCipher(options: FieldCipherOptions): FieldCipher {
  const ring = new Map(options.ring.map(({ id, key }) => [id, key]));
  const [current] = options.ring;
  if (current === undefined) throw new TypeError('the field key ring is empty');
  if (ring.size !== options.ring.length) throw new TypeError('two field keys have the same id');
  for (const { id, key } of options.ring) {
    if (key.length !== KEY_BYTES) throw new TypeError(`field key ${id} is not ${KEY_BYTES} bytes long`);
  }
  const unwrapped = createLru<Uint8Array>(options.maxCachedKeys ?? 256);

  function wrap(ownerId: string, dataKey: Uint8Array): DataKey {
    const { id, key } = current as RingKey;
    return { ownerId, ringKeyId: id, wrapped: seal(key, binding('data-key', ownerId, id), dataKey, KEY_BOX) };
  }

  function unwrap({ ownerId, ringKeyId, wrapped }: DataKey): Uint8Array {
    // Owner and ring key are part of the cache key. Otherwise a hit would skip the check that binds the key to its
    // owner.
    const name = `${toBase64Url(wrapped)} ${ringKeyId} ${ownerId}`;
    const known = unwrapped.get(name);
    if (known !== undefined) return known;
    const key = ring.get(ringKeyId);
    if (key === undefined) throw new Error(`the ring has no field key ${ringKeyId}`);
    const dataKey = open(key, binding('data-key', ownerId, ringKeyId), wrapped, KEY_BOX);
    if (dataKey.length !== KEY_BYTES) throw new Error('the data key has the wrong length');
    unwrapped.set(name, dataKey);
    return dataKey;
  }

  const format = options.format ?? { state: 'bound' };

  /**
   * Tries the person's key after the clinical key, because earlier versions sealed clinical text with the person's key.
   */
  function tryOpen(key: DataKey, place: SealedPlace, sealed: Uint8Array | null): Result<string | null, Damage> {
    const opened = place.clinical && key.clinical !== undefined ? openWith(key.clinical, place, sealed) : undefined;
    return opened?.ok ? opened : openWith(key, place, sealed);
  }

  function openWith(key: DataKey, place: SealedPlace, sealed: Uint8Array | null): Result<string | null, Damage> {
    const { table, column, row } = place;
    if (sealed === null) return place.required ? refuse({ kind: 'missing', table, column, row }) : ok(null);
    let dataKey: Uint8Array;
    try {
      dataKey = unwrap(key);
    } catch {
      return refuse({ kind: 'key', table: 'data_keys', column: 'wrapped', row: key.ownerId });
    }
    const isBound = sealed[0] === BOUND;
    if (!isBound && format.state === 'bound' && !place.acceptsUnbound)
      return refuse({ kind: 'unbound', table, column, row });
    try {
      const aad = isBound ? boundTo(key.ownerId, place) : binding('field', key.ownerId, place.formerName);
      const plaintext = open(dataKey, aad, sealed, isBound ? BOUND : UNBOUND);
      return ok(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(plaintext));
    } catch {
      return refuse({ kind: 'altered', table, column, row });
    }
  }

  function isUsable(key: DataKey): boolean {
    try {
      return unwrap(key).length === KEY_BYTES;
    } catch {
      return false;
    }
  }

  return {
    newKey: (ownerId) => wrap(ownerId, randomBytes(KEY_BYTES)),
    rewrap: (key) => wrap(key.ownerId, unwrap(key)),
    isUsable,
    mixesVersions: () => format.state === 'unbound',
    isUnbound: (sealed) => sealed[0] === UNBOUND,
    seal(personKey, place, plaintext) {
      const { clinical } = personKey;
      const key = place.clinical && clinical !== undefined && format.state !== 'unbound' ? clinical : personKey;
      if (!isUsable(key)) {
        options.onDamage?.({ kind: 'key', table: 'data_keys', column: 'wrapped', row: key.ownerId });
        throw new Unavailable('the data key of this person', { retryAfterSeconds: 60 });
      }
      return format.state === 'unbound'
        ? seal(unwrap(key), binding('field', key.ownerId, place.formerName), utf8(plaintext), UNBOUND)
        : seal(unwrap(key), boundTo(key.ownerId, place), utf8(plaintext), BOUND);
    },
    tryOpen,
    open(key, place, sealed) {
      const opened = tryOpen(key, place, sealed);
      if (!opened.ok) options.onDamage?.(opened.error);
      return opened;
    },
  };
}

function boundTo(ownerId: string, { table, column, row }: SealedPlace): Uint8Array {
  return binding('bound-field', ownerId, table, column, row);
}

/** The associated data. Length prefixes ensure that no two lists of parts give the same bytes. */
function binding(...parts: readonly string[]): Uint8Array {
  return utf8(parts.map((part) => `${part.length}:${part}`).join(''));
}

function seal(key: Uint8Array, aad: Uint8Array, plaintext: Uint8Array, version: number): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(aad);
  const body = [cipher.update(plaintext), cipher.final()];
  return Uint8Array.from(Buffer.concat([Buffer.of(version), nonce, ...body, cipher.getAuthTag()]));
}

function open(key: Uint8Array, aad: Uint8Array, sealed: Uint8Array, version: number): Uint8Array {
  const body = 1 + NONCE_BYTES;
  if (sealed.length < body + TAG_BYTES || sealed[0] !== version) throw new Error('these bytes are not a sealed field');
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, body), { authTagLength: TAG_BYTES });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const plaintext = decipher.update(sealed.subarray(body, sealed.length - TAG_BYTES));
  try {
    return Uint8Array.from(Buffer.concat([plaintext, decipher.final()]));
  } catch {
    throw new Error('the sealed field was altered or belongs to another owner or field');
  }
}

/** A map that evicts the least recently used entry. */
function createLru<T>(capacity: number): { get(name: string): T | undefined; set(name: string, value: T): void } {
  const entries = new Map<string, T>();
  const put = (name: string, value: T) => {
    entries.delete(name);
    entries.set(name, value);
    for (const oldest of entries.keys()) {
      if (entries.size <= capacity) break;
      entries.delete(oldest);
    }
  };
  return {
    get(name) {
      const value = entries.get(name);
      if (value !== undefined) put(name, value);
      return value;
    },
    set: put,
  };
}
