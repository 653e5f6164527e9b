/** A client that reads a large export slowly, or not at all. */
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshDatabase } from '../support/postgres.ts';
import { databaseUrl, needsPostgres } from '../tools/services.ts';
import { type PortalProcess, startProcess } from './deno-process.ts';

const ADMIN = { email: 'admin@clinic.example', password: 'seven green lanterns 41' };
/** Much less than a slow reader needs for the export. */
const REQUEST_TIMEOUT_MS = 1_000;
/** 20 MB: more than the system buffers between a process and a client that does not read. */
const EVENTS = 5_000;
const EVENT = `jsonb_build_object('id', gen_random_uuid(), 'type', 'login.succeeded', 'category', 'auth', 'severity', 'low',
  'action', 'execute', 'outcome', 'success', 'actorKind', 'system', 'requestId', 'r', 'phiAccessed', false,
  'dataExported', false, 'details', jsonb_build_object('filler', repeat('x', 4000)), 'salt', repeat('0', 32),
  'occurredAt', '2026-03-02T12:00:00Z')`;

describe.skipIf(databaseUrl === undefined)(`readers of an export of 20 MB${needsPostgres}`, () => {
  let database: { readonly url: string; drop(): Promise<void> };
  let dataDir: string;
  let portal: PortalProcess;
  let token: string;

  const start = (timeout = REQUEST_TIMEOUT_MS) =>
    startProcess({
      DATA_DIR: dataDir,
      DATABASE_URL: database.url,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      MFA_REQUIRED_ROLES: '',
      REQUEST_TIMEOUT_MS: String(timeout),
    });

  beforeAll(async () => {
    dataDir = await mkdtemp(`${tmpdir()}/portal-slow-reader-`);
    database = await freshDatabase();
    // Long enough for a sign-in on a slow machine.
    portal = await start(60_000);
    const client = new pg.Client(database.url);
    await client.connect();
    await client.query(
      `SELECT audit_append('system', (SELECT ${EVENT} WHERE n > 0), decode(repeat('00', 32), 'hex'))
        FROM generate_series(1, $1::int) n`,
      [EVENTS],
    );
    await client.end();
    const login = await fetch(`${portal.url}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(ADMIN),
    });
    token = ((await login.json()) as { accessToken: string }).accessToken;
    await portal.stop();
    portal = await start();
  }, 120_000);
  afterAll(async () => {
    await portal.kill();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  test('R81: the request time-out does not end an export with a slow reader', async () => {
    const started = performance.now();
    const answer = await fetch(`${portal.url}/api/v1/audit/export`, { headers: { Authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(200);
    let lines = 0;
    for await (const part of answer.body ?? []) {
      // After the first part, reads nothing until the time-out has long passed.
      if (lines === 0)
        await expect.poll(() => performance.now() - started, OVER).toBeGreaterThan(2 * REQUEST_TIMEOUT_MS);
      for (const byte of part) if (byte === 0x0a) lines += 1;
    }
    expect(lines).toBeGreaterThan(EVENTS);
  });

  test('R81: a reader that stops reading does not keep the process from stopping', async () => {
    const reader: Socket = connect({ port: Number(new URL(portal.url).port), host: '127.0.0.1' });
    reader.on('error', () => {});
    const begun = new Promise((resolve) => reader.once('data', resolve));
    reader.write(`GET /api/v1/audit/export HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    const head = String(await begun);
    reader.pause();
    expect(head).toMatch(/^HTTP\/1\.1 200 /);

    expect(await portal.stop()).toBe(0);
    expect(portal.output()).toContain('Connections that did not end in time were aborted.');
    expect(portal.output()).toContain('Stopped.');
    reader.destroy();

    // The next process can lock the data folder.
    portal = await start();
    expect((await fetch(`${portal.url}/ready`)).status).toBe(200);
  });
});

const OVER = { timeout: 10 * REQUEST_TIMEOUT_MS, interval: 50 };
