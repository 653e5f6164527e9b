/** Runs Lua in Upstash. It is answered by the primary, and sent in one request with the other writes of the turn (R21). */
import type { Redis } from '@upstash/redis/cloudflare';
import { ask } from './client.ts';

/**
 * @param redis a client of this request, shared with the rate limiter so that both use the same HTTP request
 * @throws Unavailable
 */
export function upstashRunLua(redis: Redis) {
  return (lua: string, keys: readonly string[], args: readonly string[]): Promise<unknown> =>
    ask(() => redis.eval(lua, [...keys], [...args]));
}
