/**
 * A process of its own that uses a limit many times at once, and prints how many uses were allowed: over Redis (`redis`), or over Upstash's
 * interface (`upstash`).
 *
 *     node limiter-process.fixture.ts KIND URL PREFIX USES LIMIT
 */
import { connectRedis } from '../../adapters/redis/connection.ts';
import { redisRateLimiter } from '../../adapters/redis/rate-limiter.ts';
import { upstashClient } from '../../adapters/upstash/client.ts';
import { upstashRateLimiter } from '../../adapters/upstash/rate-limiter.ts';

const [, , kind = '', url = '', prefix = '', uses = '', limit = ''] = process.argv;
const connection = kind === 'redis' ? await connectRedis(url, { deadlineMilliseconds: 20_000 }) : undefined;
const limiterOf = () =>
  connection === undefined
    ? upstashRateLimiter(upstashClient({ url, token: 'a-token-for-tests', timeoutMilliseconds: 20_000 }), prefix)
    : redisRateLimiter(connection, { now: () => Date.now() }, prefix);
const rule = { name: 'shared', limit: Number(limit), windowSeconds: 86_400 };
// Starts when the other process is there too.
process.stdout.write('ready\n');
await new Promise((resolve) => process.stdin.once('data', resolve));
const verdicts = await Promise.all(Array.from({ length: Number(uses) }, () => limiterOf().limit(rule, 'ana')));
process.stdout.write(`${verdicts.filter(({ allowed }) => allowed).length}\n`);
connection?.close();
process.exit(0);
