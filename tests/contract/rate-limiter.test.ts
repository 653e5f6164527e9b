import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { memoryRateLimiter } from '../../adapters/memory/rate-limiter.ts';
import { connectRedis } from '../../adapters/redis/connection.ts';
import { redisRateLimiter } from '../../adapters/redis/rate-limiter.ts';
import { upstashCache } from '../../adapters/upstash/cache.ts';
import { upstashClient } from '../../adapters/upstash/client.ts';
import { upstashRateLimiter } from '../../adapters/upstash/rate-limiter.ts';
import { startUpstash, type UpstashServer } from '../../tools/cloud/upstash.ts';
import { needsRedis, redisUrl, required } from '../tools/services.ts';
import { describeRateLimiter } from './rate-limiter.contract.ts';
import { redisKeys } from './redis.ts';

const token = 'a-token-for-tests';

function settableClock() {
  let time = 0;
  return {
    now: () => time,
    setTime(now: number) {
      time = now;
    },
  };
}

describeRateLimiter('memory', async () => {
  const clock = settableClock();
  return { limiter: memoryRateLimiter(clock), setTime: clock.setTime, stop: async () => {} };
});

test('the limiter in memory evicts the least recently used subject when it is full', async () => {
  const clock = settableClock();
  const limiter = memoryRateLimiter(clock, { maxSubjects: 2 });
  const rule = { name: 'login', limit: 1, windowSeconds: 60 };
  for (const subject of ['ana', 'ben', 'ana', 'cem']) await limiter.limit(rule, subject);
  expect((await limiter.limit(rule, 'ana')).allowed).toBe(false);
  expect((await limiter.limit(rule, 'ben')).allowed).toBe(true);
});

test('setting the clock back does not reset limits in memory', async () => {
  const clock = settableClock();
  const limiter = memoryRateLimiter(clock);
  const rule = { name: 'login', limit: 1, windowSeconds: 60 };
  clock.setTime(600_000);
  await limiter.limit(rule, 'ana');
  clock.setTime(500_000);
  expect((await limiter.limit(rule, 'ana')).allowed).toBe(false);
});

describe.skipIf(redisUrl === undefined)(`over Redis${needsRedis}`, () => {
  describeRateLimiter('Redis', async () => {
    const clock = settableClock();
    const keys = redisKeys(required(redisUrl));
    const connection = await connectRedis(required(redisUrl));
    return {
      limiter: redisRateLimiter(connection, clock, keys.prefix),
      setTime: clock.setTime,
      async stop() {
        connection.close();
        await keys.forget();
      },
    };
  });

  test('R33: two processes on one Redis share a limit, also for concurrent uses', async () => {
    const keys = redisKeys(required(redisUrl));
    const connections = await Promise.all([connectRedis(required(redisUrl)), connectRedis(required(redisUrl))]);
    const clock = { now: () => Date.now() };
    const limiters = connections.map((connection) => redisRateLimiter(connection, clock, keys.prefix));
    const rule = { name: 'login', limit: 10, windowSeconds: 3600 };
    const verdicts = await Promise.all(
      limiters.flatMap((limiter) => Array.from({ length: 50 }, () => limiter.limit(rule, 'ana'))),
    );
    expect(verdicts.filter(({ allowed }) => allowed)).toHaveLength(10);
    for (const connection of connections) connection.close();
    await keys.forget();
  });

  describe('Upstash', () => {
    let server: UpstashServer;
    beforeAll(async () => {
      server = await startUpstash({ redisUrl: required(redisUrl), token });
    });
    afterAll(() => server.close());

    describeRateLimiter('Upstash', async () => {
      const keys = redisKeys(required(redisUrl));
      vi.useFakeTimers({ toFake: ['Date'] });
      return {
        limiter: upstashRateLimiter(upstashClient({ url: server.url, token }), keys.prefix),
        setTime: (now) => vi.setSystemTime(now),
        async stop() {
          vi.useRealTimers();
          await keys.forget();
        },
      };
    });

    test('R33: requests with separate clients share a limit', async () => {
      const keys = redisKeys(required(redisUrl));
      const rule = { name: 'login', limit: 10, windowSeconds: 3600 };
      const verdicts = await Promise.all(
        Array.from({ length: 100 }, () =>
          upstashRateLimiter(upstashClient({ url: server.url, token }), keys.prefix).limit(rule, 'ana'),
        ),
      );
      expect(verdicts.filter(({ allowed }) => allowed)).toHaveLength(10);
      await keys.forget();
    });

    test('a limit and a cached session in one turn are one request', async () => {
      const keys = redisKeys(required(redisUrl));
      const redis = upstashClient({ url: server.url, token });
      const limiter = upstashRateLimiter(redis, keys.prefix);
      const cache = upstashCache(redis, keys.prefix);
      const rule = { name: 'read', limit: 10, windowSeconds: 60 };
      await limiter.limit(rule, 'warm-up');
      await cache.set('session', 'claims', 5000);
      server.resetStats();
      const [verdict, session] = await Promise.all([limiter.limit(rule, 'ana'), cache.get('session')]);
      expect(verdict.allowed).toBe(true);
      expect(session).toBe('claims');
      expect(server.stats()).toEqual({ requests: 1, commands: 2 });
      await keys.forget();
    });
  });
});
