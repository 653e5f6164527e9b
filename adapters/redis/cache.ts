/** A cache in Redis, shared by all processes. */
import type { Cache } from '../../domain/shared/ports.ts';
import type { RedisConnection } from './connection.ts';

/** @param prefix of all keys. Default `cache` */
export function redisCache(connection: RedisConnection, prefix = 'cache'): Cache {
  const keyOf = (key: string) => `${prefix}:${key}`;
  return {
    async get(key) {
      return (await connection.run((redis) => redis.get(keyOf(key)))) ?? undefined;
    },
    async set(key, value, ttlMilliseconds) {
      await connection.run((redis) => redis.set(keyOf(key), value, 'PX', Math.ceil(ttlMilliseconds)));
    },
    async delete(keys) {
      if (keys.length > 0) await connection.run((redis) => redis.del(keys.map(keyOf)));
    },
  };
}
