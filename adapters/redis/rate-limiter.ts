/** Rate limits counted in Redis, the same for all processes. */
import type { Redis } from 'ioredis';
import type { Clock, LimitRule, RateLimiter } from '../../domain/shared/ports.ts';
import type { RedisConnection } from './connection.ts';

/**
 * The sliding window of `@upstash/ratelimit`: decided and counted in one step, so that parallel uses cannot slip through
 * together. The moment comes from the caller's clock; Redis only forgets by its own.
 */
const LIMIT_SCRIPT = `
local limit, now, length = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local current = tonumber(redis.call('GET', KEYS[1]) or 0)
local previous = tonumber(redis.call('GET', KEYS[2]) or 0)
local weighted = math.floor((1 - (now % length) / length) * previous)
if weighted + current >= limit then return -1 end
current = redis.call('INCR', KEYS[1])
if current == 1 then redis.call('PEXPIRE', KEYS[1], length * 2 + 1000) end
return limit - weighted - current
`;

/** What was forgotten meanwhile has nothing to give back: a count below zero would let more through. */
const GIVE_BACK_SCRIPT = `
if tonumber(redis.call('GET', KEYS[1]) or 0) > 0 then redis.call('DECR', KEYS[1]) end
`;

interface WithLimitScript {
  /** @returns how many uses remain, or -1 when this one is refused */
  slidingWindow(current: string, previous: string, limit: number, now: number, length: number): Promise<number>;
}

/** @param prefix of all keys. Default `limit` */
export function redisRateLimiter(connection: RedisConnection, clock: Clock, prefix = 'limit'): RateLimiter {
  const keyOf = (rule: LimitRule, subject: string, window: number) => `${prefix}:${rule.name}:${subject}:${window}`;
  const windowOf = (rule: LimitRule) => Math.floor(clock.now() / (rule.windowSeconds * 1000));

  return {
    async limit(rule, subject) {
      const window = windowOf(rule);
      const length = rule.windowSeconds * 1000;
      const [current, previous] = [keyOf(rule, subject, window), keyOf(rule, subject, window - 1)];
      const remaining = await connection.run((redis) =>
        withLimitScript(redis).slidingWindow(current, previous, rule.limit, clock.now(), length),
      );
      return { allowed: remaining >= 0, remaining: Math.max(0, remaining), resetAt: (window + 1) * length };
    },
    async giveBack(rule, subject, { resetAt }) {
      const key = keyOf(rule, subject, resetAt / (rule.windowSeconds * 1000) - 1);
      await connection.run((redis) => redis.eval(GIVE_BACK_SCRIPT, 1, key));
    },
    async reset(rule, subject) {
      const window = windowOf(rule);
      // The next window too: another process, whose clock is a little ahead, may be counting in it already.
      const keys = [window - 1, window, window + 1].map((one) => keyOf(rule, subject, one));
      await connection.run((redis) => redis.del(keys));
    },
  };
}

function withLimitScript(redis: Redis): Redis & WithLimitScript {
  const extended = redis as Redis & Partial<WithLimitScript>;
  if (extended.slidingWindow === undefined)
    redis.defineCommand('slidingWindow', { numberOfKeys: 2, lua: LIMIT_SCRIPT });
  return extended as Redis & WithLimitScript;
}
