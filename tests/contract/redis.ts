/** Helpers for tests on a real Redis: separate keys, and time that passes without waiting. */
import { Redis } from 'ioredis';

export interface RedisKeys {
  /** A prefix that no other test uses. */
  readonly prefix: string;
  /** Ages the keys: those with no more than this time to live expire. */
  age(milliseconds: number): Promise<void>;
  forget(): Promise<void>;
  /** Deletes all keys. */
  empty(): Promise<void>;
  /** Every text that is stored as such, by its key. */
  dump(): Promise<Map<string, string>>;
}

export function redisKeys(url: string): RedisKeys {
  const prefix = `test:${crypto.randomUUID()}`;
  const redis = new Redis(url);
  return {
    prefix,
    async age(milliseconds) {
      for (const key of await redis.keys(`${prefix}*`)) {
        const left = (await redis.pttl(key)) - milliseconds;
        if (left > 0) await redis.pexpire(key, left);
        else await redis.del(key);
      }
    },
    async empty() {
      const keys = await redis.keys(`${prefix}*`);
      if (keys.length > 0) await redis.del(keys);
    },
    async dump() {
      const texts = new Map<string, string>();
      for (const key of await redis.keys(`${prefix}*`)) {
        if ((await redis.type(key)) === 'string') texts.set(key, (await redis.get(key)) ?? '');
      }
      return texts;
    },
    async forget() {
      const keys = await redis.keys(`${prefix}*`);
      if (keys.length > 0) await redis.del(keys);
      redis.disconnect();
    },
  };
}
