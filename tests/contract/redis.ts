/** Help for tests against a real Redis: keys of their own, and time that passes without waiting. */
import { Redis } from 'ioredis';

export interface RedisKeys {
  /** A prefix that no other test uses. */
  readonly prefix: string;
  /** Makes the keys older: what has no more than this to live is gone afterwards. */
  age(milliseconds: number): Promise<void>;
  forget(): Promise<void>;
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
    async forget() {
      const keys = await redis.keys(`${prefix}*`);
      if (keys.length > 0) await redis.del(keys);
      redis.disconnect();
    },
  };
}
