/** A cache in Upstash Redis, shared by all regions. */
import type { Redis } from '@upstash/redis/cloudflare';
import type { Cache } from '../../domain/shared/ports.ts';
import { ask } from './client.ts';

/**
 * @param redis a client of this request, shared with the rate limiter so that both use the same HTTP request
 * @param prefix of all keys. Default `cache`
 */
export function upstashCache(redis: Redis, prefix = 'cache'): Cache {
  const keyOf = (key: string) => `${prefix}:${key}`;
  return {
    async get(key) {
      // GETEX without options is GET, but is sent with the writes of the same turn (a rate limit) instead of in a
      // second request, and is answered by the primary, which never returns a session that was just revoked (R21).
      return (await ask(() => redis.getex<string>(keyOf(key)))) ?? undefined;
    },
    async set(key, value, ttlMilliseconds) {
      await ask(() => redis.set(keyOf(key), value, { px: Math.ceil(ttlMilliseconds) }));
    },
    async delete(keys) {
      if (keys.length > 0) await ask(() => redis.del(...keys.map(keyOf)));
    },
  };
}
