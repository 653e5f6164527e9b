import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryCache } from '../../adapters/memory/cache.ts';
import { redisCache } from '../../adapters/redis/cache.ts';
import { connectRedis } from '../../adapters/redis/connection.ts';
import { upstashCache } from '../../adapters/upstash/cache.ts';
import { upstashClient } from '../../adapters/upstash/client.ts';
import { startUpstash, type UpstashServer } from '../../tools/cloud/upstash.ts';
import { needsRedis, redisUrl, required } from '../tools/services.ts';
import { describeCache } from './cache.contract.ts';
import { redisKeys } from './redis.ts';

describeCache('memory', async () => {
  let time = 0;
  return {
    cache: memoryCache({ now: () => time }),
    async pass(milliseconds) {
      time += milliseconds;
    },
    stop: async () => {},
  };
});

test('the cache in memory evicts the least recently used entry when it is full', async () => {
  const cache = memoryCache({ now: () => 0 }, { maxEntries: 2 });
  await cache.set('a', '1', 1000);
  await cache.set('b', '2', 1000);
  await cache.get('a');
  await cache.set('c', '3', 1000);
  expect(await Promise.all(['a', 'b', 'c'].map((key) => cache.get(key)))).toEqual(['1', undefined, '3']);
});

describe.skipIf(redisUrl === undefined)(`over Redis${needsRedis}`, () => {
  describeCache('Redis', async () => {
    const keys = redisKeys(required(redisUrl));
    const connection = await connectRedis(required(redisUrl));
    return {
      cache: redisCache(connection, keys.prefix),
      pass: keys.age,
      async stop() {
        connection.close();
        await keys.forget();
      },
    };
  });

  describe('Upstash', () => {
    let server: UpstashServer;
    beforeAll(async () => {
      server = await startUpstash({ redisUrl: required(redisUrl), token: 'a-token-for-tests' });
    });
    afterAll(() => server.close());

    describeCache('Upstash', async () => {
      const keys = redisKeys(required(redisUrl));
      return {
        cache: upstashCache(upstashClient({ url: server.url, token: 'a-token-for-tests' }), keys.prefix),
        pass: keys.age,
        stop: keys.forget,
      };
    });
  });
});
