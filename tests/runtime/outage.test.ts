import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startTcpProxy, type TcpProxy } from '../contract/tcp-proxy.ts';
import { freshDatabase } from '../support/postgres.ts';
import { databaseUrl, needsPostgres, needsRedis, redisUrl } from '../tools/services.ts';
import { type PortalProcess, startProcess } from './deno-process.ts';

const ADMIN = { email: 'admin@clinic.example', password: 'seven green lanterns 41' };

describe.skipIf(databaseUrl === undefined || redisUrl === undefined)(
  `outages of a self-hosted portal${needsPostgres}${needsRedis}`,
  () => {
    let database: { readonly url: string; drop(): Promise<void> };
    let postgres: TcpProxy;
    let redis: TcpProxy;
    let dataDir: string;
    let portal: PortalProcess;
    let authorization: string;

    const proxied = async (url: string, standardPort: number) => {
      const target = new URL(url);
      const proxy = await startTcpProxy({ host: target.hostname, port: Number(target.port || standardPort) });
      target.hostname = '127.0.0.1';
      target.port = String(proxy.port);
      return { proxy, url: target.href };
    };

    beforeAll(async () => {
      dataDir = await mkdtemp(`${tmpdir()}/portal-outage-`);
      database = await freshDatabase();
      const behindPostgres = await proxied(database.url, 5432);
      const behindRedis = await proxied(redisUrl ?? '', 6379);
      postgres = behindPostgres.proxy;
      redis = behindRedis.proxy;
      portal = await startProcess({
        DATA_DIR: dataDir,
        DATABASE_URL: behindPostgres.url,
        REDIS_URL: behindRedis.url,
        ADMIN_EMAIL: ADMIN.email,
        ADMIN_PASSWORD: ADMIN.password,
        MFA_REQUIRED_ROLES: '',
      });
      const login = await (await signIn()).json();
      authorization = `Bearer ${(login as { accessToken: string }).accessToken}`;
    });
    afterAll(async () => {
      await portal.kill();
      await postgres.close();
      await redis.close();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    });

    const signIn = (password = ADMIN.password) =>
      fetch(`${portal.url}/api/v1/auth/login`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ email: ADMIN.email, password }),
      });
    const timed = async (path: string) => {
      const started = performance.now();
      const response = await fetch(`${portal.url}${path}`, { headers: { Authorization: authorization } });
      const body = (await response.json()) as Record<string, unknown>;
      return { status: response.status, headers: response.headers, body, milliseconds: performance.now() - started };
    };

    test('R57: without Redis, reads and changes continue, and readiness says which part is down', async () => {
      await redis.refuse();
      expect((await timed('/api/v1/users/me')).status).toBe(200);
      expect((await signIn()).status).toBe(200);
      // All probes within a second share one answer, so the one from before may still be returned.
      await vi.waitFor(
        async () => {
          expect(await timed('/ready')).toMatchObject({
            status: 200,
            body: {
              status: 'ready',
              dependencies: [
                { name: 'database', status: 'up' },
                { name: 'schema', status: 'up' },
                { name: 'audit_log', status: 'up' },
                { name: 'redis', status: 'degraded', instead: expect.stringContaining('limits') },
              ],
            },
          });
        },
        { timeout: 5_000 },
      );
    });

    test('R57: sign-ins stay limited meanwhile, more strictly', async () => {
      const statuses = await Promise.all(
        Array.from({ length: 12 }, async () => (await signIn('a wrong password 123')).status),
      );
      expect(statuses).toContain(429);
      expect(statuses.filter((status) => status === 401).length).toBeLessThan(10);
    });

    test('R57: with Redis hanging, requests wait for it only once', async () => {
      await redis.recover();
      redis.stall();
      await timed('/api/v1/users/me');
      expect((await timed('/api/v1/users/me')).status).toBe(200);
      await redis.recover();
    });

    test('R58: with the database stalled, 503 with Retry-After within 5 s; liveness stays, readiness does not', async () => {
      postgres.stall();
      const answer = await timed('/api/v1/doctors');
      expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      // The limit is the requirement itself; the statement time-out is well below it.
      expect(answer.milliseconds).toBeLessThan(5_000);
      expect((await timed('/health')).status).toBe(200);
      expect(await timed('/ready')).toMatchObject({ status: 503, body: { status: 'not_ready' } });
    });

    test('R57, R58: everything works again without a restart', async () => {
      await postgres.recover();
      let status = 0;
      for (let attempt = 0; attempt < 50 && status !== 200; attempt++) status = (await timed('/api/v1/doctors')).status;
      expect(status).toBe(200);
      expect((await timed('/ready')).status).toBe(200);
    });
  },
);
