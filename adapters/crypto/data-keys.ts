/** The data keys of persons, wrapped by the keys of a ring. Unwrapped keys are cached. */
import { randomBytes } from 'node:crypto';
import { toBase64Url } from '../../domain/shared/bytes.ts';
import type { DataKey } from '../../domain/shared/ports.ts';
import { binding, KEY_BYTES, open, seal } from './sealed-box.ts';

export interface RingKey {
  /** Identifies the key in the rows that it wraps, such as `2026-11`. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

export interface DataKeys {
  newKey(ownerId: string): DataKey;
  /** Wraps under the current key of the ring. */
  rewrap(key: DataKey): DataKey;
  /** @throws Error if the ring lacks the key that wrapped it, or the wrapped bytes were altered or are of another owner */
  unwrap(key: DataKey): Uint8Array;
  isUsable(key: DataKey): boolean;
}

/** The version byte of a wrapped key. */
const KEY_BOX = 1;

/**
 * @param keys the first is the current one and wraps; the others only unwrap
 * @param maxCached how many unwrapped keys are cached
 * @throws TypeError if the ring is empty, an id appears twice or a key is not 32 bytes
 */
export function createDataKeys(keys: readonly RingKey[], maxCached: number): DataKeys {
  const ring = new Map(keys.map(({ id, key }) => [id, key]));
  const [current] = keys;
  if (current === undefined) throw new TypeError('the field key ring is empty');
  if (ring.size !== keys.length) throw new TypeError('two field keys have the same id');
  for (const { id, key } of keys) {
    if (key.length !== KEY_BYTES) throw new TypeError(`field key ${id} is not ${KEY_BYTES} bytes long`);
  }
  const unwrapped = createLru<Uint8Array>(maxCached);

  function wrap(ownerId: string, dataKey: Uint8Array, { id, key }: RingKey): DataKey {
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

  return {
    newKey: (ownerId) => wrap(ownerId, randomBytes(KEY_BYTES), current),
    rewrap: (key) => wrap(key.ownerId, unwrap(key), current),
    unwrap,
    isUsable(key) {
      try {
        return unwrap(key).length === KEY_BYTES;
      } catch {
        return false;
      }
    },
  };
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
