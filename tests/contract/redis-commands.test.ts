import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { redisCache } from '../../adapters/redis/cache.ts';
import { connectRedis } from '../../adapters/redis/connection.ts';
import { redisRateLimiter } from '../../adapters/redis/rate-limiter.ts';
import { type RedisServer, startRedis } from '../chaos/services.ts';

const rule = { name: 'login', limit: 10, windowSeconds: 3600 };
const clock = { now: () => Date.UTC(2030, 0, 7, 12) };

let folder: string;
let server: RedisServer | undefined;
beforeAll(async () => {
  folder = await mkdtemp(`${tmpdir()}/portal-redis-`);
  server = await startRedis(folder);
});
afterAll(async () => {
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs on a connection that no command has used. Unhandled rejections and exceptions fail the run. */
async function firstTurn(subject: string, stalled: boolean) {
  if (server === undefined) throw new Error('no redis-server');
  const connection = await connectRedis(server.url, { deadlineMilliseconds: 10_000 });
  const limiter = redisRateLimiter(connection, clock);
  const cache = redisCache(connection);
  if (stalled) server.stall();
  const asked = Promise.all([
    connection.run((redis) => redis.ping()),
    limiter.limit(rule, subject),
    cache.get('key'),
    limiter.giveBack(rule, 'nobody', { resetAt: clock.now() }),
    limiter.limit(rule, subject),
  ]);
  if (stalled) server.resume();
  const [pong, first, cached, , second] = await asked.finally(() => connection.close());
  return { pong, cached, remaining: [first.remaining, second.remaining] };
}

const ANSWERED = { pong: 'PONG', cached: undefined, remaining: [9, 8] };

test('R57: scripts work in a turn whose first command is not a script', async ({ skip }) => {
  if (server === undefined) skip('no redis-server is installed');
  expect(await firstTurn('ana', false)).toEqual(ANSWERED);
});

test('R57: the same after all of them waited for a stalled server', async ({ skip }) => {
  if (server === undefined) skip('no redis-server is installed');
  expect(await firstTurn('ben', true)).toEqual(ANSWERED);
});

test('R33: a script that the server has lost is sent again, also in a pipeline', async ({ skip }) => {
  if (server === undefined) skip('no redis-server is installed');
  const connection = await connectRedis(server?.url ?? '', { deadlineMilliseconds: 10_000 });
  const limiter = redisRateLimiter(connection, clock);
  const first = await limiter.limit(rule, 'cem');
  await server?.command('SCRIPT', 'FLUSH');
  const [, second, third] = await Promise.all([
    connection.run((redis) => redis.ping()),
    limiter.limit(rule, 'cem'),
    limiter.limit(rule, 'cem'),
  ]);
  expect([first.remaining, second.remaining, third.remaining]).toEqual([9, 8, 7]);
  await limiter.giveBack(rule, 'cem', first);
  expect((await limiter.limit(rule, 'cem')).remaining).toBe(7);
  connection.close();
});
