/** Limits, block list, trusted networks and session are one round trip to Redis. */
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prometheusMetrics } from '../../adapters/prometheus/registry.ts';
import { hashedSubjectLimiter } from '../../src/app/hashed-subject-limiter.ts';
import { METRICS } from '../../src/app/metrics.ts';
import { createDependencies } from '../../src/compose/dependencies.ts';
import { type ComposedRedis, composeRedis } from '../../src/compose/redis.ts';
import { type Edge, startEdge } from '../../tools/edge.ts';
import { freePort } from '../support/embedded-postgres.ts';
import { type Portal, startPortal } from '../support/portal.ts';
import { freshDatabase } from '../support/postgres.ts';
import { databaseUrl, needsPostgres, needsRedis, redisUrl, required } from '../tools/services.ts';

const ADMIN = { email: 'admin@clinic.example', password: 'seven green lanterns 41' };
const KEY = { name: 'trips', scopes: ['read:own_profile'], expiresInDays: 30 };

describe.skipIf(redisUrl === undefined)(`over Redis${needsRedis}`, () => {
  let portal: Portal;
  let redis: ComposedRedis;
  let relay: Awaited<ReturnType<typeof countingRelay>>;

  beforeAll(async () => {
    relay = await countingRelay(new URL(required(redisUrl)));
    portal = await startPortal({ environment: { RATE_LIMIT_FACTOR: '1' } });
    const metrics = prometheusMetrics(METRICS);
    const { deps } = portal;
    redis = await composeRedis(relay.url, deps.clock, createDependencies(deps.clock, deps.log, metrics), metrics);
    Object.assign(deps, { limiter: hashedSubjectLimiter(redis.limiter, deps.index), cache: redis.cache });
  });
  afterAll(async () => {
    redis.close();
    await relay.close();
    await portal.close();
  });

  /** How often the request wrote to Redis; commands of one turn are one write. */
  async function trips(path: string, options: Parameters<Portal['request']>[2] = {}): Promise<number> {
    await portal.settled();
    const before = relay.writes();
    expect((await portal.request('GET', path, options)).status).toBe(200);
    return relay.writes() - before;
  }

  test('a stranger, a person and an API key are one round trip each, of IPv4 and IPv6', async () => {
    const token = await portal.signIn((await portal.person('patient', 'trips')).email);
    const { body } = await portal.request('POST', '/api/v1/api-keys', { token, body: KEY });
    const callers = [{}, { token }, { headers: { 'X-API-Key': body.key } }];
    const path = (n: number) => (n === 0 ? '/api/v1/clinic' : '/api/v1/users/me');
    for (const from of ['198.51.100.7', '2001:db8:1:2::3']) {
      for (const [n, caller] of callers.entries()) {
        // The first fills the cache.
        await portal.request('GET', path(n), { ...caller, from });
        expect([from, n, await trips(path(n), { ...caller, from })]).toEqual([from, n, 1]);
      }
    }
  });
});

describe.skipIf(databaseUrl === undefined || redisUrl === undefined)(
  `on workerd, over Upstash’s interface${needsPostgres}${needsRedis}`,
  () => {
    let database: { readonly url: string; drop(): Promise<void> };
    let edge: Edge;
    let folder: string;

    beforeAll(async () => {
      folder = await mkdtemp(`${tmpdir()}/portal-trips-`);
      database = await freshDatabase({ migrated: false });
      edge = await startEdge({
        port: await freePort(),
        databaseUrl: database.url,
        redisUrl: redisUrl ?? '',
        cloudPorts: { neon: 0, upstash: 0, qstash: 0, sendgrid: 0 },
        secretsFolder: `${folder}/keys`,
        variables: {
          ADMIN_EMAIL: ADMIN.email,
          ADMIN_PASSWORD: ADMIN.password,
          MFA_REQUIRED_ROLES: '',
          FILE_SCANNER: 'none',
        },
      });
      await edge.cron();
    }, 120_000);
    afterAll(async () => {
      await edge.stop();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    });

    const ask = (path: string, init: RequestInit = {}) => fetch(`${edge.url}/api/v1${path}`, init);
    const post = (path: string, body: unknown, headers = {}) =>
      ask(path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });

    test('a stranger, a person and an API key are one request each', async () => {
      const { accessToken } = (await (await post('/auth/login', ADMIN)).json()) as { accessToken: string };
      const authorization = { Authorization: `Bearer ${accessToken}` };
      const { key } = (await (await post('/api-keys', KEY, authorization)).json()) as { key: string };
      const callers: [string, Record<string, string>][] = [
        ['/clinic', {}],
        ['/users/me', authorization],
        ['/users/me', { 'X-API-Key': key }],
      ];
      for (const [path, headers] of callers) {
        const send = async () => expect((await ask(path, { headers })).status).toBe(200);
        const measured: number[] = [];
        // What a request leaves to do after its answer may fall into the next one: the least is what a request costs.
        for (let n = 0; n < 5; n++) {
          edge.cloud.upstash.resetStats();
          await send();
          measured.push(edge.cloud.upstash.stats().requests);
        }
        expect([path, Math.min(...measured)]).toEqual([path, 1]);
      }
    }, 60_000);
  },
);

/** Passes everything on, and counts what the client writes. */
async function countingRelay(target: URL) {
  let writes = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port || 6379), target.hostname);
    client.on('data', (chunk) => {
      writes += 1;
      upstream.write(chunk);
    });
    upstream.pipe(client);
    for (const socket of [client, upstream]) {
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return {
    url: url.href,
    writes: () => writes,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
