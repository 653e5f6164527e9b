import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { redisCache } from '../../adapters/redis/cache.ts';
import { connectRedis, type RedisConnection } from '../../adapters/redis/connection.ts';
import { redisRateLimiter } from '../../adapters/redis/rate-limiter.ts';
import { upstashCache } from '../../adapters/upstash/cache.ts';
import { upstashClient } from '../../adapters/upstash/client.ts';
import { upstashRateLimiter } from '../../adapters/upstash/rate-limiter.ts';
import { type Cache, type RateLimiter, Unavailable } from '../../domain/shared/ports.ts';
import { startUpstash } from '../../tools/cloud/upstash.ts';
import { needsRedis, redisUrl, required } from '../tools/services.ts';
import { type RedisKeys, redisKeys } from './redis.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

const rule = { name: 'login', limit: 10, windowSeconds: 3600 };
const clock = { now: () => Date.now() };

/** A command that hangs would not be refused before the test's own time-out. */
async function unavailable(work: Promise<unknown>): Promise<void> {
  await expect(work).rejects.toBeInstanceOf(Unavailable);
}

describe.skipIf(redisUrl === undefined)(`R57: Redis fails under its adapters${needsRedis}`, () => {
  let proxy: TcpProxy;
  let keys: RedisKeys;
  let connection: RedisConnection;
  let cache: Cache;
  let limiter: RateLimiter;
  const noise: unknown[] = [];
  const remember = (error: unknown) => noise.push(error);

  beforeEach(async () => {
    process.on('unhandledRejection', remember).on('uncaughtException', remember).on('warning', remember);
    vi.spyOn(console, 'error').mockImplementation(remember);
    const { hostname, port, pathname } = new URL(required(redisUrl));
    proxy = await startTcpProxy({ host: hostname, port: Number(port || 6379) });
    keys = redisKeys(required(redisUrl));
    connection = await connectRedis(`redis://127.0.0.1:${proxy.port}${pathname}`, { deadlineMilliseconds: 200 });
    cache = redisCache(connection, keys.prefix);
    limiter = redisRateLimiter(connection, clock, keys.prefix);
  });
  afterEach(async () => {
    connection.close();
    await proxy.close();
    await keys.forget();
    process.off('unhandledRejection', remember).off('uncaughtException', remember).off('warning', remember);
    vi.restoreAllMocks();
    expect(noise.splice(0)).toEqual([]);
  });

  test('R84: its error is reported as a reason and a code', async () => {
    for (const [message, reason, code] of [
      ["OOM command not allowed when used memory > 'maxmemory'.", 'out_of_memory', 'OOM'],
      ["READONLY You can't write against a read only replica.", 'read_only', 'READONLY'],
      ['LOADING Redis is loading the dataset in memory', 'server_starting', 'LOADING'],
      ['SOMETHING else', 'unreachable', undefined],
    ] as const) {
      const refused = connection.run((redis) => redis.eval(`return redis.error_reply(ARGV[1])`, 0, message));
      await expect(refused).rejects.toMatchObject({ reason, cause: code === undefined ? {} : { code } });
    }
    await proxy.refuse();
    await unavailable(cache.get('key'));
    await expect(cache.get('key')).rejects.toMatchObject({ reason: 'unreachable' });
  });

  const recovered = () =>
    expect.poll(() => cache.get('key').catch(() => 'still away'), { timeout: 5000 }).toBe('value');

  test('it connects on the first command, once for many at the same time', async () => {
    expect(proxy.accepted()).toBe(0);
    const verdicts = await Promise.all(Array.from({ length: 100 }, () => limiter.limit(rule, 'ana')));
    expect(verdicts.filter(({ allowed }) => allowed)).toHaveLength(10);
    expect(proxy.accepted()).toBe(1);
  });

  test('down from the start: every command is refused, and served as soon as Redis is up', async () => {
    await proxy.refuse();
    await unavailable(limiter.limit(rule, 'ana'));
    await unavailable(cache.get('key'));
    await proxy.recover();
    await expect
      .poll(() => cache.set('key', 'value', 60_000).catch(() => 'still away'), { timeout: 5000 })
      .toBeUndefined();
    await recovered();
  });

  test('going down: commands are refused at once, and the connection comes back by itself', async () => {
    await cache.set('key', 'value', 60_000);
    await proxy.refuse();
    await unavailable(cache.get('key'));
    await Promise.all(Array.from({ length: 50 }, () => unavailable(limiter.limit(rule, 'ana'))));
    await proxy.recover();
    await recovered();
  });

  test('hanging: no command waits beyond the deadline, and a dead connection is replaced', async () => {
    await cache.set('key', 'value', 60_000);
    proxy.stall();
    await Promise.all(Array.from({ length: 50 }, () => unavailable(cache.get('key'))));
    await Promise.all(Array.from({ length: 50 }, () => unavailable(limiter.limit(rule, 'ana'))));
    await proxy.recover();
    await recovered();
  });

  test('R57: a process that was busy for longer than the deadline does not take a live server for a dead one', async () => {
    const direct = await connectRedis(required(redisUrl), { deadlineMilliseconds: 50 });
    try {
      await direct.run((redis) => redis.ping());
      const answers = Array.from({ length: 20 }, () => direct.run((redis) => redis.ping()));
      // The commands are on their way, and the answers are there long before they can be read.
      await new Promise((sent) => setImmediate(sent));
      const until = performance.now() + 200;
      while (performance.now() < until);
      expect(new Set(await Promise.all(answers))).toEqual(new Set(['PONG']));
    } finally {
      direct.close();
    }
  });

  test('hanging from the beginning: the first command does not wait for a greeting that never comes', async () => {
    proxy.stall();
    await unavailable(cache.get('key'));
    await proxy.recover();
    await expect
      .poll(() => cache.set('key', 'value', 60_000).catch(() => 'still away'), { timeout: 5000 })
      .toBeUndefined();
  });

  test('a use that was reported as failed is not counted afterwards', async () => {
    await limiter.limit(rule, 'ben');
    await proxy.refuse();
    for (let use = 0; use < 20; use++) await unavailable(limiter.limit(rule, 'ana'));
    await cache.get('key').catch(() => undefined);
    await proxy.recover();
    await expect
      .poll(
        () =>
          cache.get('key').then(
            () => 'back',
            () => 'away',
          ),
        { timeout: 5000 },
      )
      .toBe('back');
    expect((await limiter.limit(rule, 'ana')).remaining).toBe(9);
  });

  test('a use whose connection was too late is not counted either', async () => {
    proxy.pause();
    await unavailable(limiter.limit(rule, 'ana'));
    proxy.unpause();
    await expect
      .poll(
        () =>
          cache.get('key').then(
            () => 'back',
            () => 'away',
          ),
        { timeout: 5000 },
      )
      .toBe('back');
    expect(proxy.accepted()).toBe(1);
    expect((await limiter.limit(rule, 'ana')).remaining).toBe(9);
  });

  test('R33: a Redis that lost its scripts continues to count', async () => {
    await limiter.limit(rule, 'ana');
    await connection.run((redis) => redis.script('FLUSH'));
    const verdicts = await Promise.all(Array.from({ length: 30 }, () => limiter.limit(rule, 'ana')));
    expect(verdicts.filter(({ allowed }) => allowed)).toHaveLength(9);
  });

  test('R56: a refusal of Redis is reported without the values of the command', async () => {
    const refused = connection.run((redis) => redis.call('SET', 'key', 'secret', 'NONSENSE'));
    const error: unknown = await refused.catch((thrown) => thrown);
    expect(error).toBeInstanceOf(Unavailable);
    expect(inspect(error, { depth: 10 })).toContain('syntax error');
    expect(inspect(error, { depth: 10 })).not.toContain('secret');
  });

  test('a closed connection refuses', async () => {
    connection.close();
    await unavailable(cache.get('key'));
  });
});

describe.skipIf(redisUrl === undefined)(`R57: Upstash fails under its adapters${needsRedis}`, () => {
  const token = 'a-token-for-tests';

  test('hanging: limit and cache time out, and work again with the next request', async () => {
    const server = await startUpstash({ redisUrl: required(redisUrl), token });
    const keys = redisKeys(required(redisUrl));
    const request = () => {
      const redis = upstashClient({ url: server.url, token, timeoutMilliseconds: 100 });
      return { limiter: upstashRateLimiter(redis, keys.prefix), cache: upstashCache(redis, keys.prefix) };
    };
    server.stall();
    const { limiter, cache } = request();
    await Promise.all([unavailable(limiter.limit(rule, 'ana')), unavailable(cache.get('key'))]);
    server.resume();
    expect((await request().limiter.limit(rule, 'ana')).allowed).toBe(true);
    await server.close();
    await keys.forget();
  });

  test('down: limit and cache report it', async () => {
    const redis = upstashClient({ url: 'http://127.0.0.1:1', token });
    await unavailable(upstashRateLimiter(redis).limit(rule, 'ana'));
    await unavailable(upstashCache(redis).get('key'));
  });

  test('R56: a refusal of Upstash is reported without the values of the command', async () => {
    const server = await startUpstash({ redisUrl: required(redisUrl), token: 'another' });
    const cache = upstashCache(upstashClient({ url: server.url, token }));
    const error: unknown = await cache.set('key', 'secret', 1000).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(Unavailable);
    expect(inspect(error, { depth: 10 })).toContain('UpstashError: Unauthorized');
    expect(inspect(error, { depth: 10 })).not.toContain('secret');
    await server.close();
  });
});
