/** Limits and cache under Deno: in Redis if there is one, and in this process as long as it fails (R57). */
import { memoryCache } from '../../adapters/memory/cache.ts';
import { memoryRateLimiter } from '../../adapters/memory/rate-limiter.ts';
import { redisCache } from '../../adapters/redis/cache.ts';
import { connectRedis } from '../../adapters/redis/connection.ts';
import { redisRateLimiter } from '../../adapters/redis/rate-limiter.ts';
import { POLICIES } from '../../adapters/resilience/policies.ts';
import type { Cache, Clock, RateLimiter } from '../../domain/shared/ports.ts';
import { degradingCache, degradingLimiter, substituting } from '../app/degrade.ts';
import type { Metrics } from '../app/metrics.ts';
import type { DependencyCheck } from '../http/platform.ts';
import type { Dependencies } from './dependencies.ts';
import type { Instrumentation } from './instrumentation.ts';
import { measuredRedis } from './measured-redis.ts';

export interface ComposedRedis {
  readonly limiter: RateLimiter;
  readonly cache: Cache;
  readonly checks: readonly DependencyCheck[];
  close(): void;
}

export async function composeRedis(
  url: string | undefined,
  clock: Clock,
  dependencies: Dependencies,
  metrics: Metrics,
  traced: Instrumentation,
): Promise<ComposedRedis> {
  const local = memoryRateLimiter(clock);
  if (url === undefined) return { limiter: local, cache: memoryCache(clock), checks: [], close: () => {} };
  const connected = await connectRedis(url, { deadlineMilliseconds: POLICIES.redis.timeoutMs });
  const connection = traced.redis(measuredRedis(connected, metrics));
  const either = substituting(dependencies.of('redis'));
  const ask = async () => void (await connection.run((redis) => redis.ping()));
  return {
    limiter: degradingLimiter(redisRateLimiter(connection, clock), local, either),
    cache: degradingCache(redisCache(connection), either),
    checks: [dependencies.check('redis', 'redis', ask)],
    close: () => connection.close(),
  };
}
