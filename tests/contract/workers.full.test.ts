import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestHarness, type TestHarness } from 'wrangler';
import { type QStashServer, startQStash } from '../../tools/cloud/qstash.ts';
import { startUpstash, type UpstashServer } from '../../tools/cloud/upstash.ts';
import { needsRedis, redisUrl, required } from '../tools/services.ts';
import { type RedisKeys, redisKeys } from './redis.ts';

const token = 'a-token-for-tests';
const signingKey = 'sig_current_key_of_the_tests';

describe.skipIf(redisUrl === undefined)(`the edge adapters inside workerd${needsRedis}`, () => {
  let upstash: UpstashServer;
  let hanging: UpstashServer;
  let qstash: QStashServer;
  let keys: RedisKeys;
  let harness: TestHarness;
  let worker: URL;

  beforeAll(async () => {
    keys = redisKeys(required(redisUrl));
    upstash = await startUpstash({ redisUrl: required(redisUrl), token });
    hanging = await startUpstash({ redisUrl: required(redisUrl), token });
    hanging.stall();
    qstash = await startQStash({ token, signingKeys: { current: signingKey, next: 'sig_next' }, automatic: false });
    const vars = {
      UPSTASH_URL: upstash.url,
      HANGING_URL: hanging.url,
      QSTASH_URL: qstash.url,
      TOKEN: token,
      PREFIX: keys.prefix,
      SIGNING_KEY: signingKey,
    };
    const configPath = fileURLToPath(new URL('./workers.wrangler.json', import.meta.url));
    harness = createTestHarness({ workers: [{ configPath, vars }] });
    worker = (await harness.listen()).url;
  });
  afterAll(async () => {
    await harness.close();
    await Promise.all([upstash.close(), hanging.close(), qstash.close()]);
    await keys.forget();
  });

  test('limits and cache work in one request after another, each with its own client', async () => {
    for (let i = 0; i < 5; i++)
      expect(await (await fetch(new URL('/redis', worker))).json()).toEqual({ allowed: true, value: '123' });
    expect(await (await fetch(new URL('/redis', worker))).json()).toEqual({ allowed: false, value: '123' });
  });

  test('R57: a hanging Redis times out', async () => {
    expect(await (await fetch(new URL('/hanging', worker))).json()).toEqual({ error: 'Unavailable' });
  });

  test('R47: a published job is delivered with a valid signature', async () => {
    expect((await fetch(new URL('/publish', worker))).status).toBe(200);
    expect(await qstash.advance(0)).toMatchObject([{ status: 204, outcome: 'delivered' }]);
    expect(
      (await fetch(new URL('/api/v1/callbacks/qstash/reminder', worker), { method: 'POST', body: '{"id":"job-1"}' }))
        .status,
    ).toBe(401);
  });

  test('R19: access tokens are verified by both kinds of key, and altered ones refused', async () => {
    expect(await (await fetch(new URL('/access-tokens', worker))).json()).toEqual([]);
  });

  test('a file is stored in the bucket and read as a stream', async () => {
    const reply = await fetch(new URL('/files', worker), {
      method: 'POST',
      body: 'bytes',
      headers: { 'content-type': 'image/png' },
    });
    expect(reply.headers.get('content-type')).toBe('image/png');
    expect(await reply.text()).toBe('bytes');
  });
});
