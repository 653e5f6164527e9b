import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshDatabase } from '../support/postgres.ts';
import { browserBody } from '../support/push-devices.ts';
import { databaseUrl, needsPostgres, needsRedis, redisUrl } from '../tools/services.ts';
import { mailbox, type PortalProcess, startProcess, startRefused } from './deno-process.ts';
import { type Journeyed, type JourneyTarget, journey, stillThere } from './journey.ts';

const ADMIN = { email: 'admin@clinic.example', password: 'seven green lanterns 41' };
const VAPID = {
  VAPID_PUBLIC_KEY: 'BIftf0QWT3iaKKI66gNy6Pg867IsGN2Pedu7YK6MSrQeZM3u84zAw37I9G1iXv5L7EospaQW65G7aXBbh_uiyig',
  VAPID_PRIVATE_KEY: 'Ug68ar-mFOlsZ_gPrIXd1Zy2FHc6RgBva_oyuFpyPPY',
  VAPID_SUBJECT: 'mailto:it@clinic.example',
};
const SETTINGS = {
  ADMIN_EMAIL: ADMIN.email,
  ADMIN_PASSWORD: ADMIN.password,
  MFA_REQUIRED_ROLES: '',
  DEV_MAILBOX: '1',
  FILE_SCANNER: 'none',
  ...VAPID,
};

function targetOf(portal: PortalProcess): JourneyTarget {
  return {
    url: portal.url,
    admin: ADMIN,
    mailedCode: async (to) => (await mailbox(portal.url, to))[0]?.codes[0] ?? 'none',
    mailedSubjects: async (to) => (await mailbox(portal.url, to)).map(({ subject }) => subject),
    browser: {
      subscribe: () => browserBody(crypto.randomUUID()),
      pushed: async (endpoint) => (await mailbox(portal.url, endpoint)).map(({ text }) => text),
    },
  };
}

describe('embedded under Deno', () => {
  let dataDir: string;
  let portal: PortalProcess;
  let journeyed: Journeyed;
  beforeAll(async () => {
    dataDir = await mkdtemp(`${tmpdir()}/portal-embedded-`);
    portal = await startProcess({ ...SETTINGS, DATA_DIR: dataDir });
  });
  afterAll(async () => {
    await portal.kill();
    await rm(dataDir, { recursive: true, force: true });
  });

  test('the banner says where everything is, and only their owner can read the secrets', async () => {
    expect(portal.output()).toContain(`${portal.url}/reference`);
    expect(portal.output()).toContain(`${portal.url}/dev/mailbox`);
    expect((await stat(`${dataDir}/secrets.json`)).mode & 0o777).toBe(0o600);
    const secrets = JSON.parse(await readFile(`${dataDir}/secrets.json`, 'utf8'));
    expect(Object.keys(secrets)).toEqual(['TOKEN_KEYS', 'FIELD_KEYS', 'INDEX_KEY', 'CHECKPOINT_KEYS']);
  });

  test('the journey', async () => {
    journeyed = await journey(targetOf(portal));
  });

  test('HEAD has the Content-Length of GET, and none if GET has none', async () => {
    const head = await fetch(`${portal.url}/health`, { method: 'HEAD' });
    const { byteLength } = await (await fetch(`${portal.url}/health`)).arrayBuffer();
    expect(head.headers.get('content-length')).toBe(String(byteLength));
    const login = await fetch(`${portal.url}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(ADMIN),
    });
    const { accessToken } = (await login.json()) as { accessToken: string };
    const exported = await fetch(`${portal.url}/api/v1/audit/export`, {
      method: 'HEAD',
      headers: { Authorization: `Bearer ${accessToken}` },
    });
    expect([exported.status, exported.headers.get('content-length')]).toEqual([200, null]);
  });

  test('R69 request lines and hosts that no browser sends are answered, never with a server error', async () => {
    const { hostname, port } = new URL(portal.url);
    const statusOf = (head: string) =>
      new Promise<number>((resolve, reject) => {
        const socket = connect(Number(port), hostname, () => socket.write(`${head}\r\nConnection: close\r\n\r\n`));
        socket.once('data', (data) => resolve(Number(String(data).split(' ')[1])));
        socket.once('error', reject).once('close', () => resolve(0));
      });
    for (const method of ['TRACE', 'TRACK', 'get', 'FOO']) {
      // The parser rejects unknown methods.
      expect([400, 405], method).toContain(await statusOf(`${method} /health HTTP/1.1\r\nHost: x`));
    }
    const json = 'Content-Type: application/json\r\nContent-Length: 0';
    for (const host of ['a b', 'me@x', '[::1', 'x:99999', '%zz']) {
      expect([host, await statusOf(`POST /api/v1/auth/login HTTP/1.1\r\nHost: ${host}\r\n${json}`)]).toEqual([
        host,
        400,
      ]);
    }
  });

  test('a second portal on the same data folder is refused with what to do', async () => {
    const { code, output } = await startRefused({ DATA_DIR: dataDir });
    expect(code).toBe(1);
    expect(output).toContain('is in use by another portal');
    expect(output).not.toMatch(/\n\s+at /);
  });

  test('R40: after a kill, nothing acknowledged is lost', async () => {
    await portal.kill();
    portal = await startProcess({ ...SETTINGS, DATA_DIR: dataDir });
    await stillThere(portal.url, journeyed);
  });

  test('it stops when asked, after running requests', async () => {
    const slow = fetch(`${portal.url}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ email: 'nobody@example.org', password: 'takes a while to hash' }),
    });
    // The request arrives before the signal, because a password hash takes a quarter of a second.
    await fetch(`${portal.url}/health`);
    expect(await portal.stop()).toBe(0);
    expect((await slow).status).toBe(401);
    expect(portal.output()).toContain('Stopped.');
  });
});

describe('a start that must fail', () => {
  let dataDir: string;
  beforeAll(async () => {
    dataDir = await mkdtemp(`${tmpdir()}/portal-refused-`);
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  const refusals: [string, Record<string, string>, string][] = [
    ['all faults of the settings at once', { PORT: 'abc', DATABASE_URL: 'mysql://x' }, 'PORT: expected a whole number'],
    ['a database that is down', { DATABASE_URL: 'postgres://127.0.0.1:1/none' }, 'The database cannot be used'],
    ['production without secrets', { APP_ENV: 'production' }, 'FIELD_KEYS: must be set'],
    ['a data folder that cannot be written', { DATA_DIR: '/proc/portal' }, 'cannot be written'],
  ];
  test.each(refusals)(
    '%s',
    async (_name, environment, message) => {
      const { code, output } = await startRefused({ DATA_DIR: dataDir, ...environment });
      expect(code).toBe(1);
      expect(output).toContain(message);
      expect(output).not.toMatch(/\n\s+at /);
    },
    30_000,
  );

  test('a port that is in use', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const { code, output } = await startRefused({ DATA_DIR: dataDir, PORT: String(port) });
    server.close();
    expect(code).toBe(1);
    expect(output).toContain('The port is in use');
  });
});

describe.skipIf(databaseUrl === undefined || redisUrl === undefined)(
  `self-hosted under Deno, over PostgreSQL and Redis${needsPostgres}${needsRedis}`,
  () => {
    let database: { readonly url: string; drop(): Promise<void> };
    let dataDir: string;
    let portal: PortalProcess;
    let journeyed: Journeyed;
    beforeAll(async () => {
      dataDir = await mkdtemp(`${tmpdir()}/portal-hosted-`);
      database = await freshDatabase({ migrated: false });
      portal = await startProcess({
        ...SETTINGS,
        DATA_DIR: dataDir,
        DATABASE_URL: database.url,
        REDIS_URL: redisUrl ?? '',
      });
    });
    afterAll(async () => {
      await portal.kill();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    });

    test('R55: with other keys than the data was sealed with it refuses to start, and says what to do', async () => {
      const elsewhere = await mkdtemp(`${tmpdir()}/portal-other-keys-`);
      const { code, output } = await startRefused({ ...SETTINGS, DATA_DIR: elsewhere, DATABASE_URL: database.url });
      await rm(elsewhere, { recursive: true, force: true });
      expect(code).toBe(1);
      expect(output).toContain('FIELD_KEYS: the database holds personal data under "1"');
    });

    test('readiness has a line for each dependency', async () => {
      const ready = await (await fetch(`${portal.url}/ready`)).json();
      expect(ready).toEqual({
        status: 'ready',
        dependencies: [
          { name: 'database', required: true, status: 'up' },
          { name: 'schema', required: true, status: 'up' },
          { name: 'audit_log', required: false, status: 'up' },
          { name: 'redis', required: false, status: 'up' },
        ],
        timeZones: expect.stringMatching(/^\d{4}[a-z]$/),
        // As the settings of this test say.
        warnings: [{ code: 'files_not_scanned', detail: expect.stringContaining('FILE_SCANNER') }],
      });
    });

    test('the journey', async () => {
      journeyed = await journey(targetOf(portal));
    });

    test('R40: after a kill, nothing acknowledged is lost', async () => {
      await portal.kill();
      portal = await startProcess({
        ...SETTINGS,
        DATA_DIR: dataDir,
        DATABASE_URL: database.url,
        REDIS_URL: redisUrl ?? '',
      });
      await stillThere(portal.url, journeyed);
    });
  },
);
