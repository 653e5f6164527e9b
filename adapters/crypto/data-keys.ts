/** The data keys of persons, wrapped by the keys of a ring. Unwrapped keys are cached. */
import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import type { DataKey } from '../../domain/shared/ports.ts';
import { type BoxKey, binding, boxKey, KEY_BYTES, open, seal } from './sealed-box.ts';

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
  unwrap(key: DataKey): BoxKey;
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
  const ring = new Map<string, BoxKey>();
  const [current] = keys;
  if (current === undefined) throw new TypeError('the field key ring is empty');
  for (const { id, key } of keys) {
    if (ring.has(id)) throw new TypeError('two field keys have the same id');
    if (key.length !== KEY_BYTES) throw new TypeError(`field key ${id} is not ${KEY_BYTES} bytes long`);
    ring.set(id, boxKey(key));
  }
  const wrapping = { id: current.id, key: boxKey(current.key) };
  const unwrapped = createLru<BoxKey>(maxCached);
  // A request opens several fields with one key.
  const names = new WeakMap<DataKey, string>();

  function wrap(ownerId: string, dataKey: Uint8Array): DataKey {
    const { id, key } = wrapping;
    return { ownerId, ringKeyId: id, wrapped: seal(key, binding('data-key', ownerId, id), dataKey, KEY_BOX) };
  }

  function unwrap(owned: DataKey): BoxKey {
    const { ownerId, ringKeyId, wrapped } = owned;
    const name = names.get(owned) ?? nameOf(owned);
    names.set(owned, name);
    const known = unwrapped.get(name);
    if (known !== undefined) return known;
    const key = ring.get(ringKeyId);
    if (key === undefined) throw new Error(`the ring has no field key ${ringKeyId}`);
    const dataKey = boxKey(open(key, binding('data-key', ownerId, ringKeyId), wrapped, KEY_BOX));
    unwrapped.set(name, dataKey);
    return dataKey;
  }

  return {
    newKey: (ownerId) => wrap(ownerId, randomBytes(KEY_BYTES)),
    rewrap: (key) => wrap(key.ownerId, unwrap(key).export()),
    unwrap,
    isUsable(key) {
      try {
        unwrap(key);
        return true;
      } catch {
        return false;
      }
    },
  };
}

/**
 * The name of a key in the cache. Owner and ring key are part of it. Otherwise a hit would skip the check that binds the key to its
 * owner.
 */
function nameOf({ ownerId, ringKeyId, wrapped }: DataKey): string {
  const digits = Buffer.from(wrapped.buffer, wrapped.byteOffset, wrapped.byteLength).toString('base64url');
  return `${digits} ${ringKeyId} ${ownerId}`;
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
