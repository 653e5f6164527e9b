/** Continues without Redis (R57): slower and with stricter limits, but never without limits. */
import type { Dependency } from '../../domain/shared/dependency.ts';
import { type Cache, type LimitRule, type RateLimiter, Unavailable } from '../../domain/shared/ports.ts';

/** Without Redis each process counts on its own, so each allows only a fraction. */
const LOCAL_SHARE = 4;

export type Breaker = <T>(primary: () => Promise<T>, substitute: () => Promise<T>) => Promise<T>;

/** Calls a dependency, and the substitute when it fails or is left alone because it has just failed. */
export function substituting(dependency: Dependency): Breaker {
  return async (primary, substitute) => {
    try {
      return await dependency.once(primary);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      return substitute();
    }
  };
}

/** Limits without Redis: counted in this process, and stricter. */
export function degradingLimiter(primary: RateLimiter, local: RateLimiter, either: Breaker): RateLimiter {
  const stricter = (rule: LimitRule): LimitRule => ({
    ...rule,
    limit: Math.max(1, Math.floor(rule.limit / LOCAL_SHARE)),
  });
  return {
    limit: (rule, subject) =>
      either(
        () => primary.limit(rule, subject),
        () => local.limit(stricter(rule), subject),
      ),
    giveBack: (rule, subject, verdict) =>
      either(
        () => primary.giveBack(rule, subject, verdict),
        () => local.giveBack(stricter(rule), subject, verdict),
      ),
    peek: (rule, subject) =>
      either(
        () => primary.peek(rule, subject),
        () => local.peek(stricter(rule), subject),
      ),
    reset: (rule, subject) =>
      either(
        () => primary.reset(rule, subject),
        () => local.reset(stricter(rule), subject),
      ),
  };
}

/**
 * Without Redis nothing is cached and the database answers. Entries that cannot be deleted expire within seconds (R21).
 */
export function degradingCache(primary: Cache, either: Breaker): Cache {
  const nothing = async () => undefined;
  return {
    get: (key) => either(() => primary.get(key), nothing),
    set: (key, value, ttl) => either(() => primary.set(key, value, ttl), nothing),
    delete: (keys) => either(() => primary.delete(keys), nothing),
  };
}
