import { Ratelimit } from '@upstash/ratelimit';
import { Redis } from '@upstash/redis';
import { Redis as PlainRedis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startUpstash, type UpstashServer } from '../../tools/cloud/upstash.ts';
import { needsRedis, redisUrl, required } from './services.ts';

const token = 'a-token-for-tests';

describe.skipIf(redisUrl === undefined)(`Upstash Redis stand-in, asked by the vendor's client${needsRedis}`, () => {
  let server: UpstashServer;
  let redis: Redis;
  const prefix = `test:${crypto.randomUUID()}`;
  const key = (name: string) => `${prefix}:${name}`;

  beforeAll(async () => {
    server = await startUpstash({ redisUrl: required(redisUrl), token });
    redis = new Redis({ url: server.url, token, enableTelemetry: false, enableAutoPipelining: false });
  });
  beforeEach(() => server.resetStats());
  afterAll(async () => {
    const keys = await redis.keys(`${prefix}*`);
    if (keys.length > 0) await redis.del(...keys);
    await server.close();
  });

  test('values of every kind come back as they went', async () => {
    await redis.set(key('text'), 'ünï\n"\u0000');
    await redis.set(key('document'), { a: [1, 'x', null] });
    await redis.set(key('ok'), 'OK');
    await redis.hset(key('hash'), { field: 'value', n: 5 });
    await redis.rpush(key('list'), 'a', 'b');
    expect(await redis.get(key('text'))).toBe('ünï\n"\u0000');
    expect(await redis.get(key('document'))).toEqual({ a: [1, 'x', null] });
    expect(await redis.get(key('ok'))).toBe('OK');
    expect(await redis.get(key('absent'))).toBeNull();
    expect(await redis.hgetall(key('hash'))).toEqual({ field: 'value', n: 5 });
    expect(await redis.lrange(key('list'), 0, -1)).toEqual(['a', 'b']);
    expect(await redis.eval('return {1, {"x", {2}}, false, "y"}', [], [])).toEqual([1, ['x', [2]], null, 'y']);
  });

  test('bytes that are not UTF-8 survive in base64', async () => {
    const reply = await post('/', ['EVAL', "return '\\255\\0'", '0'], { 'Upstash-Encoding': 'base64' });
    expect(await reply.json()).toEqual({ result: Buffer.from([255, 0]).toString('base64') });
  });

  test('without base64 strings are plain', async () => {
    const plain = new Redis({ url: server.url, token, responseEncoding: false });
    await plain.set(key('plain'), 'naïve');
    expect(await plain.get(key('plain'))).toBe('naïve');
  });

  test('a pipeline reports each failure in its place', async () => {
    const results = await redis.pipeline().set(key('a'), 'x').incr(key('a')).get(key('a')).exec({ keepErrors: true });
    expect(results.map(({ result, error }) => error?.split(' ')[0] ?? result)).toEqual(['OK', 'ERR', 'x']);
    expect(server.stats()).toEqual({ requests: 1, commands: 3 });
  });

  test('commands of one tick share one request when the client pipelines by itself', async () => {
    const pipelining = new Redis({ url: server.url, token, enableAutoPipelining: true });
    await Promise.all([pipelining.get(key('1')), pipelining.get(key('2')), pipelining.get(key('3'))]);
    expect(server.stats()).toEqual({ requests: 1, commands: 3 });
  });

  test('a transaction is atomic, and one that cannot be queued does nothing', async () => {
    const transactions = Array.from({ length: 20 }, () =>
      redis.multi().incr(key('n')).incr(key('n')).exec<[number, number]>(),
    );
    for (const [first, second] of await Promise.all(transactions)) expect(second).toBe(first + 1);
    const reply = await post('/multi-exec', [['SET', key('half'), '1'], ['NOSUCHCOMMAND']]);
    expect(reply.status).toBe(400);
    expect(await redis.get(key('half'))).toBeNull();
  });

  test('a missing or wrong token is refused on every path', async () => {
    const stranger = new Redis({ url: server.url, token: 'guess' });
    await expect(stranger.get('x')).rejects.toThrow('Unauthorized');
    await expect(stranger.pipeline().get('x').exec()).rejects.toThrow('Unauthorized');
    await expect(stranger.multi().get('x').exec()).rejects.toThrow('Unauthorized');
    expect(server.stats().requests).toBe(0);
  });

  test('a command error names what Redis said', async () => {
    await expect(redis.eval('return nope(', [], [])).rejects.toThrow('ERR Error compiling script');
    await expect(redis.evalsha('0'.repeat(40), [], [])).rejects.toThrow('NOSCRIPT');
  });

  test('commands that would change the shared connection are refused', async () => {
    for (const command of ['SELECT', 'SUBSCRIBE', 'blpop', 'MULTI']) {
      const reply = await post('/', [command, '0']);
      expect(await reply.json()).toEqual({ error: `ERR Command is not available: '${command}'` });
    }
  });

  test('scripts with the flag of Upstash run, under the digest the client knows', async () => {
    const script = `#!lua flags=allow-key-locking\nreturn 'ran ' .. '${prefix}'`;
    const sha = await redis.scriptLoad(script);
    expect(sha).toBe(Buffer.from(await crypto.subtle.digest('SHA-1', Buffer.from(script))).toString('hex'));
    expect(await redis.scriptExists(sha)).toEqual([1]);
    expect(await redis.evalsha(sha, [], [])).toBe(`ran ${prefix}`);
  });

  test('R33: the sliding window of @upstash/ratelimit lets exactly N of 10 N parallel uses pass, one request each', async () => {
    const limiter = new Ratelimit({
      redis,
      prefix,
      limiter: Ratelimit.slidingWindow(5, '60 s'),
      ephemeralCache: false,
      analytics: false,
      enableProtection: false,
    });
    await limiter.limit('warm-up');
    server.resetStats();
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => limiter.limit('patient')));
    expect(verdicts.filter(({ success }) => success)).toHaveLength(5);
    expect(server.stats().requests).toBe(50);
  });

  test('the limiter recovers by itself when Redis forgot its scripts', async () => {
    const limiter = new Ratelimit({
      redis,
      prefix,
      limiter: Ratelimit.slidingWindow(5, '60 s'),
      enableProtection: false,
    });
    await limiter.limit('before');
    const plain = new PlainRedis(required(redisUrl));
    await plain.script('FLUSH');
    plain.disconnect();
    expect((await limiter.limit('after')).success).toBe(true);
  });

  function post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(server.url + path, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, ...headers },
      body: JSON.stringify(body),
    });
  }
});

test('a Redis that is not there is reported, not waited for', async () => {
  const server = await startUpstash({ redisUrl: 'redis://127.0.0.1:1', token });
  const redis = new Redis({ url: server.url, token, retry: { retries: 0 } });
  await expect(redis.get('x')).rejects.toThrow();
  await server.close();
});
