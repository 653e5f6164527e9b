import { afterAll, beforeAll, describe } from 'vitest';
import { systemRandom } from '../../adapters/crypto/system.ts';
import { memoryVersionedCache } from '../../adapters/memory/versioned-cache.ts';
import { CACHE_SCRIPTS, type RunScript } from '../../adapters/redis/cache-scripts.ts';
import { connectRedis } from '../../adapters/redis/connection.ts';
import { redisScripts, redisVersionedCache } from '../../adapters/redis/versioned-cache.ts';
import { upstashClient } from '../../adapters/upstash/client.ts';
import { upstashRunLua } from '../../adapters/upstash/run-script.ts';
import { startUpstash, type UpstashServer } from '../../tools/cloud/upstash.ts';
import { needsRedis, redisUrl, required } from '../tools/services.ts';
import { redisKeys } from './redis.ts';
import { describeLeases, describeVersionedCache, type VersionedCacheUnderTest } from './versioned-cache.contract.ts';

const START = Date.UTC(2030, 0, 7, 12);

describeVersionedCache('memory', async () => {
  let time = START;
  return {
    cache: memoryVersionedCache({ now: () => time }, systemRandom),
    now: () => time,
    async pass(milliseconds) {
      time += milliseconds;
    },
    stop: async () => {},
  };
});

/** Over a real Redis, whose keys age as the clock is moved. */
async function overRedis(run: RunScript, close: () => void): Promise<VersionedCacheUnderTest> {
  let time = START;
  const keys = redisKeys(required(redisUrl));
  return {
    cache: redisVersionedCache(run, { now: () => time }, systemRandom, keys.prefix),
    now: () => time,
    async pass(milliseconds) {
      time += milliseconds;
      await keys.age(milliseconds);
    },
    async stop() {
      close();
      await keys.forget();
    },
  };
}

describe.skipIf(redisUrl === undefined)(`over Redis${needsRedis}`, () => {
  const redis = async () => {
    const connection = await connectRedis(required(redisUrl));
    return overRedis(redisScripts(connection), connection.close);
  };
  describeVersionedCache('Redis', redis);
  describeLeases('Redis', redis);

  describe('Upstash', () => {
    let server: UpstashServer;
    beforeAll(async () => {
      server = await startUpstash({ redisUrl: required(redisUrl), token: 'a-token-for-tests' });
    });
    afterAll(() => server.close());
    const upstash = () => {
      const runLua = upstashRunLua(upstashClient({ url: server.url, token: 'a-token-for-tests' }));
      return overRedis(
        (name, keys, args) => runLua(CACHE_SCRIPTS[name], keys, args),
        () => {},
      );
    };
    describeVersionedCache('Upstash', upstash);
    describeLeases('Upstash', upstash);
  });
});
