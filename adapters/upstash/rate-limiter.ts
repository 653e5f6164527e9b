/** Rate limits counted by Upstash, the same everywhere. One request for each use. */
import { Ratelimit } from '@upstash/ratelimit';
import type { Redis } from '@upstash/redis/cloudflare';
import type { LimitRule, RateLimiter } from '../../domain/shared/ports.ts';
import { ask } from './client.ts';

/** What was forgotten meanwhile has nothing to give back: a count below zero would let more through. */
const GIVE_BACK_SCRIPT = `
if tonumber(redis.call('GET', KEYS[1]) or 0) > 0 then redis.call('DECR', KEYS[1]) end
`;

/**
 * @param redis a client of this request, shared with the cache so that both travel together
 * @param prefix of all keys. Default `limit`
 */
export function upstashRateLimiter(redis: Redis, prefix = 'limit'): RateLimiter {
  return {
    async limit(rule, subject) {
      const { success, remaining, reset } = await ask(() => slidingWindow(redis, prefix, rule).limit(subject));
      return { allowed: success, remaining, resetAt: reset };
    },
    async giveBack(rule, subject, { resetAt }) {
      // The library can take uses only. This is the key it counts in.
      const window = resetAt / (rule.windowSeconds * 1000) - 1;
      await ask(() => redis.eval(GIVE_BACK_SCRIPT, [`${prefix}:${rule.name}:${subject}:${window}`], []));
    },
    async reset(rule, subject) {
      // The library's own reset scans the whole database for a pattern, in which a `*` of the subject would match others.
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
    // It fetches a list of addresses from a third party.
    enableProtection: false,
    // It would block until the end of the window, although the window slides and a reset may have come in between.
    ephemeralCache: false,
    // On its own time-out the library lets the use pass; the client's time-out fails instead, and the caller decides (R57).
    timeout: 0,
  });
}
