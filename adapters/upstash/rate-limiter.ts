/** Rate limits counted in Upstash, shared by all instances. One request per use. */
import { Ratelimit } from '@upstash/ratelimit';
import type { Redis } from '@upstash/redis/cloudflare';
import type { LimitRule, RateLimiter } from '../../domain/shared/ports.ts';
import { ask } from './client.ts';

/** If the count has expired meanwhile, nothing is refunded: a negative count would let more requests through. */
const GIVE_BACK_SCRIPT = `
if tonumber(redis.call('GET', KEYS[1]) or 0) > 0 then redis.call('DECR', KEYS[1]) end
`;

/**
 * @param redis a client of this request, shared with the cache so that both use the same HTTP request
 * @param prefix of all keys. Default `limit`
 */
export function upstashRateLimiter(redis: Redis, prefix = 'limit'): RateLimiter {
  return {
    async limit(rule, subject) {
      const { success, remaining, reset } = await ask(() => slidingWindow(redis, prefix, rule).limit(subject));
      return { allowed: success, limit: rule.limit, remaining, resetAt: reset };
    },
    async giveBack(rule, subject, { resetAt }) {
      // The library cannot refund uses, so this decrements the key that it counts in.
      const window = resetAt / (rule.windowSeconds * 1000) - 1;
      await ask(() => redis.eval(GIVE_BACK_SCRIPT, [`${prefix}:${rule.name}:${subject}:${window}`], []));
    },
    async peek(rule, subject) {
      const { remaining, reset } = await ask(() => slidingWindow(redis, prefix, rule).getRemaining(subject));
      return { allowed: remaining > 0, limit: rule.limit, remaining, resetAt: reset };
    },
    async reset(rule, subject) {
      // The library's own reset scans the whole database for a pattern, in which a `*` in the subject would match
      // others.
      const window = Math.floor(Date.now() / (rule.windowSeconds * 1000));
      const keys = [window - 1, window, window + 1].map((one) => `${prefix}:${rule.name}:${subject}:${one}`);
      await ask(() => redis.del(...keys));
    },
  };
}

function slidingWindow(redis: Redis, prefix: string, rule: LimitRule): Ratelimit {
  return new Ratelimit({
    redis,
    prefix: `${prefix}:${rule.name}`,
    limiter: Ratelimit.slidingWindow(rule.limit, `${rule.windowSeconds} s`),
    analytics: false,
    // It would fetch a list of addresses from a third party.
    enableProtection: false,
    // It would block until the end of the window, although the window slides and a reset may come in between.
    ephemeralCache: false,
    // On its own time-out the library allows the use. With 0, the client's time-out throws and the caller decides
    // (R57).
    timeout: 0,
  });
}
