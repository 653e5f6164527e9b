/** Limits and cache under Deno: in Redis if there is one, and in this process as long as it fails (R57). */
import { memoryCache } from '../../adapters/memory/cache.ts';
import { memoryRateLimiter } from '../../adapters/memory/rate-limiter.ts';
import { memoryVersionedCache } from '../../adapters/memory/versioned-cache.ts';
import { redisCache } from '../../adapters/redis/cache.ts';
import type { RunScript } from '../../adapters/redis/cache-scripts.ts';
import { connectRedis } from '../../adapters/redis/connection.ts';
import { redisRateLimiter } from '../../adapters/redis/rate-limiter.ts';
import { redisScripts, redisVersionedCache } from '../../adapters/redis/versioned-cache.ts';
import { POLICIES } from '../../adapters/resilience/policies.ts';
import type { Cache, Clock, RateLimiter } from '../../domain/shared/ports.ts';
import type { VersionedCache } from '../../domain/shared/versioned-cache.ts';
import { createHotMemory, type HotMemory } from '../app/cache/hot-cache.ts';
import { degradingCache, degradingLimiter, substituting } from '../app/degrade.ts';
import type { Metrics } from '../app/metrics.ts';
import type { Config } from '../config.ts';
import type { DependencyCheck } from '../http/platform.ts';
import type { Dependencies } from './dependencies.ts';
import type { Instrumentation } from './instrumentation.ts';
import { measuredRedis } from './measured-redis.ts';
import { systemRandom } from './shared.ts';

export interface ComposedRedis {
  readonly limiter: RateLimiter;
  readonly cache: Cache;
  readonly versioned: VersionedCache;
  readonly memory: HotMemory;
  readonly checks: readonly DependencyCheck[];
  close(): void;
}

export async function composeRedis(
  { REDIS_URL: url, DATABASE_URL }: Pick<Config, 'REDIS_URL' | 'DATABASE_URL'>,
  clock: Clock,
  dependencies: Dependencies,
  metrics: Metrics,
  traced: Instrumentation,
): Promise<ComposedRedis> {
  const local = memoryRateLimiter(clock);
  const memory = createHotMemory();
  if (url === undefined) {
    // Where other processes may change the same database, nothing counts without asking it.
    const versioned = { ...memoryVersionedCache(clock, systemRandom), isShared: DATABASE_URL !== undefined };
    return { limiter: local, cache: memoryCache(clock), versioned, memory, checks: [], close: () => {} };
  }
  const onLost = () => memory.trust.lose();
  const connected = await connectRedis(url, { deadlineMilliseconds: POLICIES.redis.timeoutMs, onLost });
  const connection = traced.redis(measuredRedis(connected, metrics));
  const either = substituting(dependencies.of('redis'));
  const run = redisScripts(connection);
  const guarded: RunScript = (...script) => dependencies.of('redis').once(() => run(...script));
  const ask = async () => void (await connection.run((redis) => redis.ping()));
  return {
    limiter: degradingLimiter(redisRateLimiter(connection, clock), local, either),
    cache: degradingCache(redisCache(connection), either),
    ...{ versioned: redisVersionedCache(guarded, clock, systemRandom), memory },
    checks: [dependencies.check('redis', 'redis', ask)],
    close: () => connection.close(),
  };
}
