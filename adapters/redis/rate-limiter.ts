/** Rate limits counted in Redis, shared by all processes. */
import type { Clock, LimitRule, LimitVerdict, RateLimiter } from '../../domain/shared/ports.ts';
import type { RedisConnection } from './connection.ts';

/** @param prefix of all keys. Default `limit` */
export function redisRateLimiter(connection: RedisConnection, clock: Clock, prefix = 'limit'): RateLimiter {
  const keyOf = (rule: LimitRule, subject: string, window: number) => `${prefix}:${rule.name}:${subject}:${window}`;
  const windowOf = (rule: LimitRule) => Math.floor(clock.now() / (rule.windowSeconds * 1000));

  /** @param uses 1 counts one, 0 none. */
  async function ask(rule: LimitRule, subject: string, uses: 0 | 1): Promise<LimitVerdict> {
    const window = windowOf(rule);
    const length = rule.windowSeconds * 1000;
    const [current, previous] = [keyOf(rule, subject, window), keyOf(rule, subject, window - 1)];
    const remaining = await connection.run((redis) =>
      redis.slidingWindow(current, previous, rule.limit, clock.now(), length, uses),
    );
    const { limit } = rule;
    return { allowed: remaining >= 0, limit, remaining: Math.max(0, remaining), resetAt: (window + 1) * length };
  }

  return {
    limit: (rule, subject) => ask(rule, subject, 1),
    peek: (rule, subject) => ask(rule, subject, 0),
    async giveBack(rule, subject, { resetAt }) {
      const key = keyOf(rule, subject, resetAt / (rule.windowSeconds * 1000) - 1);
      await connection.run((redis) => redis.giveBack(key));
    },
    async reset(rule, subject) {
      const window = windowOf(rule);
      // Includes the next window, because a process whose clock is slightly ahead may already count in it.
      const keys = [window - 1, window, window + 1].map((one) => keyOf(rule, subject, one));
      await connection.run((redis) => redis.del(keys));
    },
  };
}
