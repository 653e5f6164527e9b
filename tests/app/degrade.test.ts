import { describe, expect, test } from 'vitest';
import { memoryCache } from '../../adapters/memory/cache.ts';
import { memoryRateLimiter } from '../../adapters/memory/rate-limiter.ts';
import { type Cache, type RateLimiter, Unavailable } from '../../domain/shared/ports.ts';
import { degradingCache, degradingLimiter, substituting } from '../../src/app/degrade.ts';
import { createLog, type LogLevel, type LogLine } from '../../src/app/log.ts';
import { NO_METRICS } from '../../src/app/no-metrics.ts';
import { createDependencies } from '../../src/compose/dependencies.ts';

const RULE = { name: 'login', limit: 8, windowSeconds: 60 };

/** A Redis that can be switched off and keeps its contents. */
function switchable(level: LogLevel = 'warn') {
  const lines: LogLine[] = [];
  let now = 1_000_000;
  const clock = {
    now: () => now,
    advance: (ms: number) => {
      now += ms;
    },
  };
  let up = true;
  let asked = 0;
  const guard = <T>(work: () => Promise<T>): Promise<T> => {
    asked += 1;
    return up ? work() : Promise.reject(new Unavailable('redis', { reason: 'out_of_memory', cause: { code: 'OOM' } }));
  };
  const heldLimits = memoryRateLimiter(clock);
  const heldCache = memoryCache(clock);
  const limiter: RateLimiter = {
    limit: (rule, subject) => guard(() => heldLimits.limit(rule, subject)),
    giveBack: (rule, subject, verdict) => guard(() => heldLimits.giveBack(rule, subject, verdict)),
    peek: (rule, subject) => guard(() => heldLimits.peek(rule, subject)),
    reset: (rule, subject) => guard(() => heldLimits.reset(rule, subject)),
  };
  const cache: Cache = {
    get: (key) => guard(() => heldCache.get(key)),
    set: (key, value, ttl) => guard(() => heldCache.set(key, value, ttl)),
    delete: (keys) => guard(() => heldCache.delete(keys)),
  };
  return {
    clock,
    log: createLog({ level, clock, sink: (line) => void lines.push(line) }),
    lines,
    limiter,
    cache,
    switch: (on: boolean) => {
      up = on;
    },
    asked: () => asked,
  };
}

const either = ({ clock, log }: ReturnType<typeof switchable>) =>
  substituting(createDependencies(clock, log, NO_METRICS).of('redis'));

describe('R57: without Redis', () => {
  test('limits are counted in the process, stricter, and are never switched off', async () => {
    const redis = switchable();
    const limiter = degradingLimiter(redis.limiter, memoryRateLimiter(redis.clock), either(redis));
    expect((await limiter.limit(RULE, 'a')).remaining).toBe(7);
    redis.switch(false);
    const verdicts = await Promise.all(Array.from({ length: 10 }, () => limiter.limit(RULE, 'a')));
    expect(verdicts.filter(({ allowed }) => allowed)).toHaveLength(2);
  });

  test('Redis is tried again after a second, not at every request, and used as soon as it is back', async () => {
    const redis = switchable();
    const limiter = degradingLimiter(redis.limiter, memoryRateLimiter(redis.clock), either(redis));
    redis.switch(false);
    for (let i = 0; i < 20; i++) await limiter.limit(RULE, `s${i}`);
    expect(redis.asked()).toBe(1);
    redis.switch(true);
    redis.clock.advance(1_001);
    expect((await limiter.limit(RULE, 'b')).remaining).toBe(7);
    expect(redis.lines.at(-1)).toMatchObject({ event: 'recovered', dependency: 'redis', ms: 1_001 });
    await limiter.reset(RULE, 'b');
    expect((await limiter.limit(RULE, 'b')).remaining).toBe(7);
  });

  test.each([
    ['warn', ['degraded']],
    ['error', []],
  ] as const)('it is told through the log, as its level allows: %s', async (level, events) => {
    const redis = switchable(level);
    redis.switch(false);
    await degradingLimiter(redis.limiter, memoryRateLimiter(redis.clock), either(redis)).limit(RULE, 'a');
    expect(redis.lines.map(({ event }) => event)).toEqual(events);
  });

  test('nothing is cached, and requests still work', async () => {
    const redis = switchable();
    const cache = degradingCache(redis.cache, either(redis));
    await cache.set('k', 'v', 10_000);
    expect(await cache.get('k')).toBe('v');
    redis.switch(false);
    expect(await cache.get('k')).toBeUndefined();
    await cache.set('k', 'w', 10_000);
    await cache.delete(['k']);
    redis.switch(true);
    redis.clock.advance(1_001);
    expect(await cache.get('k')).toBe('v');
  });

  test('R84: the log reports the cause at most once per second', async () => {
    const redis = switchable();
    const cache = degradingCache(redis.cache, either(redis));
    redis.switch(false);
    for (let turn = 0; turn < 20; turn++) await cache.get('k');
    expect(redis.lines).toMatchObject([
      { level: 'warn', event: 'degraded', dependency: 'redis', reason: 'out_of_memory', code: 'OOM' },
    ]);
    redis.clock.advance(1_001);
    await cache.get('k');
    expect(redis.lines).toHaveLength(2);
  });

  test('a bug is not treated as an outage', async () => {
    const redis = switchable();
    const broken: RateLimiter = {
      limit: () => Promise.reject(new TypeError('bug')),
      giveBack: async () => {},
      peek: () => Promise.reject(new TypeError('bug')),
      reset: async () => {},
    };
    const limiter = degradingLimiter(broken, memoryRateLimiter(redis.clock), either(redis));
    await expect(limiter.limit(RULE, 'a')).rejects.toThrow('bug');
  });
});
