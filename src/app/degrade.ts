/** Continues without Redis (R57): slower and with stricter limits, but never without limits. */
import { type Cache, type Clock, type LimitRule, type RateLimiter, Unavailable } from '../../domain/shared/ports.ts';
import { describeFailure, type Log } from './log.ts';

/**
 * Pause before the service is tried again after a failure, so that an outage costs one time-out and not one per
 * request.
 */
const PAUSE_MS = 1_000;
/** Without Redis each process counts on its own, so each allows only a fraction. */
const LOCAL_SHARE = 4;

export type Breaker = <T>(primary: () => Promise<T>, substitute: () => Promise<T>) => Promise<T>;

/**
 * Circuit breaker: calls the service unless it has just failed, and the substitute otherwise. It holds no connection,
 * so one breaker serves a whole process or isolate, even if clients are created per request.
 */
export function createBreaker(clock: Clock, log: Log): Breaker {
  let pausedUntil = 0;
  return async (primary, substitute) => {
    if (clock.now() < pausedUntil) return substitute();
    try {
      return await primary();
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      if (clock.now() >= pausedUntil) {
        const { reason, code } = describeFailure(error);
        log.write('warn', 'degraded', { dependency: error.service, reason, code });
      }
      pausedUntil = clock.now() + PAUSE_MS;
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
