/** A cache in this process, bounded by its number of entries. */
import type { Cache, Clock } from '../../domain/shared/ports.ts';
import type { Instant } from '../../domain/shared/time.ts';

export interface MemoryCacheOptions {
  /** The least recently used entry is evicted first. Default 10,000. */
  readonly maxEntries?: number;
}

interface Entry {
  readonly value: string;
  readonly expiresAt: Instant;
}

export function memoryCache(clock: Clock, options: MemoryCacheOptions = {}): Cache {
  const maxEntries = options.maxEntries ?? 10_000;
  /** Ordered by last use. */
  const entries = new Map<string, Entry>();

  return {
    async get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      if (entry.expiresAt <= clock.now()) return undefined;
      entries.set(key, entry);
      return entry.value;
    },
    async set(key, value, ttlMilliseconds) {
      entries.delete(key);
      entries.set(key, { value, expiresAt: clock.now() + ttlMilliseconds });
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries) return;
        entries.delete(oldest);
      }
    },
    async delete(keys) {
      for (const key of keys) entries.delete(key);
    },
  };
}
