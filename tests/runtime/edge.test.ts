import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Edge, startEdge } from '../../tools/edge.ts';
import { freePort } from '../support/embedded-postgres.ts';
import { freshDatabase } from '../support/postgres.ts';
import { databaseUrl, needsPostgres, needsRedis, redisUrl } from '../tools/services.ts';
import { type JourneyTarget, journey, stillThere } from './journey.ts';
import { isAnsweredBeforeWorker, RAW_REQUESTS, statusOf } from './raw-requests.ts';

const ADMIN = { email: 'admin@clinic.example', password: 'seven green lanterns 41' };

describe.skipIf(databaseUrl === undefined || redisUrl === undefined)(
  `on workerd, over the local cloud${needsPostgres}${needsRedis}`,
  () => {
    let database: { readonly url: string; drop(): Promise<void> };
    let edge: Edge;
    let folder: string;
    const started = async (secretsFolder: string) =>
      startEdge({
        port: await freePort(),
        databaseUrl: database.url,
        redisUrl: redisUrl ?? '',
        cloudPorts: { neon: 0, upstash: 0, qstash: 0, sendgrid: 0 },
        secretsFolder,
        variables: {
          ADMIN_EMAIL: ADMIN.email,
          ADMIN_PASSWORD: ADMIN.password,
          MFA_REQUIRED_ROLES: '',
          FILE_SCANNER: 'none',
        },
      });

    beforeAll(async () => {
      folder = await mkdtemp(`${tmpdir()}/portal-edge-test-`);
      database = await freshDatabase({ migrated: false });
      edge = await started(`${folder}/keys`);
    }, 120_000);
    afterAll(async () => {
      await edge.stop();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    });

    test('cron makes the first administrator of an empty database', async () => {
      await edge.cron();
      const login = await fetch(`${edge.url}/api/v1/auth/login`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(ADMIN),
      });
      expect(login.status).toBe(200);
    });

    test('the journey', async () => {
      const mails = async (to: string) => edge.cloud.sendgrid.mailbox(to);
      const settled = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
        // Publishing and sending continue after the response, so the test polls for the result.
        for (let attempt = 0; attempt < 100; attempt++) {
          await edge.cloud.qstash.advance(0);
          const found = await look();
          if (found !== undefined) return found;
          await new Promise((wake) => setTimeout(wake, 100));
        }
        throw new Error(`the mail did not arrive; the Worker said:\n${edge.output()}`);
      };
      const target: JourneyTarget = {
        url: edge.url,
        admin: ADMIN,
        mailedCode: (to) =>
          settled(async () => /#token=([\w-]+)/.exec(JSON.stringify((await mails(to))[0] ?? {}))?.[1]),
        mailedSubjects: (to, count) =>
          settled(async () => {
            const found = await mails(to);
            return found.length >= count ? found.map(({ subject }) => subject) : undefined;
          }),
        browser: {
          subscribe: () => {
            const { endpoint, p256dh, auth } = edge.cloud.push.subscribe();
            return { endpoint, keys: { p256dh, auth } };
          },
          pushed: (endpoint) =>
            settled(async () => {
              const found = edge.cloud.push.pushes().filter(({ to }) => to === endpoint);
              return found.length === 0 ? undefined : found.map(({ content }) => (content as { body: string }).body);
            }),
        },
        advanceQueue: async (seconds) => {
          await edge.cloud.qstash.advance(seconds);
        },
      };
      const journeyed = await journey(target);
      await stillThere(edge.url, journeyed);
    }, 120_000);

    test('R69: for any method, target, host, encoding or header, the answer is never a server error', async () => {
      const port = Number(new URL(edge.url).port);
      const faults: string[] = [];
      for (const [name, request] of RAW_REQUESTS) {
        const status = await statusOf(port, request);
        if (status !== undefined && status >= 500 && !isAnsweredBeforeWorker(name)) faults.push(`${name}: ${status}`);
      }
      expect(faults).toEqual([]);
      expect((await fetch(`${edge.url}/health`)).status).toBe(200);
    }, 120_000);

    test('R47: a callback without the queue’s signature is refused', async () => {
      const callback = await fetch(`${edge.url}/api/v1/callbacks/qstash/notification.deliver`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ id: '019a0000-0000-7000-8000-000000000000' }),
      });
      expect(callback.status).toBe(401);
      expect(await callback.json()).toMatchObject({ code: 'signature_invalid' });
    });

    test('a start with other keys on the same database is refused, naming the key, and one with the same keys serves it', async () => {
      await expect(started(`${folder}/other`)).rejects.toThrow(/FIELD_KEYS: .*EDGE_DATABASE_URL/s);
      await edge.stop();
      // The port is closed: workerd has ended with wrangler.
      await expect(fetch(edge.url)).rejects.toThrow();
      edge = await started(`${folder}/keys`);
      const login = await fetch(`${edge.url}/api/v1/auth/login`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(ADMIN),
      });
      expect(login.status).toBe(200);
    }, 120_000);
  },
);
