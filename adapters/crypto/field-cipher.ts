/**
 * Personal fields, encrypted per person (R55): AES-256-GCM under the person's own data key, which is stored wrapped by
 * a key of a rotating ring. Rotation rewraps the data keys and leaves the fields unchanged; erasure destroys the data
 * key.
 *
 * The version byte of a box is the format. The associated data names the owner and the place: in format 2 table, column
 * and row; in format 1 only table and column. Format 1 is read until everything has been resealed (ADR 0107).
 */
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { toBase64Url, utf8 } from '../../domain/shared/bytes.ts';
import { type DataKey, type FieldCipher, Unavailable } from '../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../domain/shared/result.ts';
import type { BoxFormat, Damage, SealedPlace } from '../../domain/shared/sealed-columns.ts';
import { createDataKeys, type DataKeys, type RingKey } from './data-keys.ts';
import { parseKeyList } from './key-list.ts';
import { type BoxKey, binding, KEY_BYTES, open, seal } from './sealed-box.ts';

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

const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const UNBOUND = 1;
const BOUND = 2;
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
  const keys = createDataKeys(options.ring, options.maxCachedKeys ?? 256);
  const format = options.format ?? { state: 'bound' };

  /**
   * Tries the person's key after the clinical key, because earlier versions sealed clinical text with the person's key.
   */
  function tryOpen(key: DataKey, place: SealedPlace, sealed: Uint8Array | null): Result<string | null, Damage> {
    const { clinical } = key;
    const opened =
      place.clinical && clinical !== undefined ? openWith(keys, clinical, place, sealed, format) : undefined;
    return opened?.ok ? opened : openWith(keys, key, place, sealed, format);
  }

  return {
    newKey: keys.newKey,
    rewrap: keys.rewrap,
    isUsable: keys.isUsable,
    mixesVersions: () => format.state === 'unbound',
    isUnbound: (sealed) => sealed[0] === UNBOUND,
    seal(personKey, place, plaintext) {
      const { clinical } = personKey;
      const key = place.clinical && clinical !== undefined && format.state !== 'unbound' ? clinical : personKey;
      if (!keys.isUsable(key)) {
        options.onDamage?.({ kind: 'key', table: 'data_keys', column: 'wrapped', row: key.ownerId });
        throw new Unavailable('the data key of this person', { retryAfterSeconds: 60 });
      }
      return format.state === 'unbound'
        ? seal(keys.unwrap(key), binding('field', key.ownerId, place.formerName), utf8(plaintext), UNBOUND)
        : seal(keys.unwrap(key), boundTo(key.ownerId, place), utf8(plaintext), BOUND);
    },
    tryOpen,
    open(key, place, sealed) {
      const opened = tryOpen(key, place, sealed);
      if (!opened.ok) options.onDamage?.(opened.error);
      return opened;
    },
  };
}

function openWith(
  keys: DataKeys,
  key: DataKey,
  place: SealedPlace,
  sealed: Uint8Array | null,
  format: BoxFormat,
): Result<string | null, Damage> {
  const { table, column, row } = place;
  if (sealed === null) return place.required ? refuse({ kind: 'missing', table, column, row }) : ok(null);
  let dataKey: BoxKey;
  try {
    dataKey = keys.unwrap(key);
  } catch {
    return refuse({ kind: 'key', table: 'data_keys', column: 'wrapped', row: key.ownerId });
  }
  const isBound = sealed[0] === BOUND;
  if (!isBound && format.state === 'bound' && !place.acceptsUnbound)
    return refuse({ kind: 'unbound', table, column, row });
  try {
    const aad = isBound ? boundTo(key.ownerId, place) : binding('field', key.ownerId, place.formerName);
    const plaintext = open(dataKey, aad, sealed, isBound ? BOUND : UNBOUND);
    return ok(DECODER.decode(plaintext));
  } catch {
    return refuse({ kind: 'altered', table, column, row });
  }
}

function boundTo(ownerId: string, { table, column, row }: SealedPlace): Uint8Array {
  return binding('bound-field', ownerId, table, column, row);
}
