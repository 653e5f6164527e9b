/** A Worker with only the edge adapters, for `workers.full.test.ts`. */
import { type Bucket, r2FileStorage } from '../../adapters/r2/file-storage.ts';
import { upstashCache } from '../../adapters/upstash/cache.ts';
import { qstashCallbackVerifier } from '../../adapters/upstash/callback-verifier.ts';
import { upstashClient } from '../../adapters/upstash/client.ts';
import { qstashQueue } from '../../adapters/upstash/queue.ts';
import { upstashRateLimiter } from '../../adapters/upstash/rate-limiter.ts';
import { accessTokenFaults } from './access-tokens.contract.ts';

interface Env {
  readonly FILES: Bucket;
  readonly UPSTASH_URL: string;
  readonly HANGING_URL: string;
  readonly QSTASH_URL: string;
  readonly TOKEN: string;
  readonly PREFIX: string;
  readonly SIGNING_KEY: string;
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, origin } = new URL(request.url);
    switch (pathname) {
      case '/redis': {
        const redis = upstashClient({ url: env.UPSTASH_URL, token: env.TOKEN });
        const limiter = upstashRateLimiter(redis, env.PREFIX);
        const cache = upstashCache(redis, env.PREFIX);
        await cache.set('key', '123', 60_000);
        const [verdict, value] = await Promise.all([
          limiter.limit({ name: 'read', limit: 5, windowSeconds: 3600 }, 'ana'),
          cache.get('key'),
        ]);
        return Response.json({ allowed: verdict.allowed, value });
      }
      case '/hanging': {
        const redis = upstashClient({ url: env.HANGING_URL, token: env.TOKEN, timeoutMilliseconds: 100 });
        const error: unknown = await upstashCache(redis)
          .get('key')
          .catch((thrown) => thrown);
        return Response.json({ error: error instanceof Error ? error.name : typeof error });
      }
      case '/publish': {
        const queue = qstashQueue(
          { url: env.QSTASH_URL, token: env.TOKEN, publicUrl: origin },
          { now: () => Date.now() },
        );
        await queue.publish([{ id: 'job-1', topic: 'reminder', notBefore: 0, priority: 5 }]);
        return new Response();
      }
      case '/files': {
        const files = r2FileStorage(env.FILES);
        await files.put('a/b', new Uint8Array(await request.arrayBuffer()), request.headers.get('content-type') ?? '');
        const file = await files.get('a/b');
        return new Response(file?.body as ReadableStream, { headers: { 'content-type': file?.contentType ?? '' } });
      }
      case '/access-tokens':
        return Response.json(await accessTokenFaults());
      default: {
        const verifier = qstashCallbackVerifier({ current: env.SIGNING_KEY, next: env.SIGNING_KEY });
        const signature = request.headers.get('upstash-signature') ?? '';
        const genuine = await verifier.verify({ signature, body: await request.text(), url: request.url });
        return new Response(null, { status: genuine ? 204 : 401 });
      }
    }
  },
};
