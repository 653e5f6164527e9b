/** R60, over real connections and with the real cost of a hash: a login flood does not slow down other routes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshDatabase } from '../support/postgres.ts';
import { databaseUrl, needsPostgres } from '../tools/services.ts';
import { type PortalProcess, startProcess } from './deno-process.ts';

const ADMIN = { email: 'admin@clinic.example', password: 'seven green lanterns 41' };
const FLOOD = 150;
const READS = 15;

describe.skipIf(databaseUrl === undefined)(`a flood of sign-ins, on a real server${needsPostgres}`, () => {
  let database: { readonly url: string; drop(): Promise<void> };
  let dataDir: string;
  let portal: PortalProcess;

  beforeAll(async () => {
    database = await freshDatabase();
    dataDir = await mkdtemp(`${tmpdir()}/portal-flood-`);
    portal = await startProcess({
      DATA_DIR: dataDir,
      DATABASE_URL: database.url,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      MFA_REQUIRED_ROLES: '',
      // Rate limits would refuse most of the flood; this test checks the protection behind them.
      RATE_LIMIT_FACTOR: '1000',
    });
  });
  afterAll(async () => {
    await portal.kill();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function timed(send: () => Promise<Response>) {
    const started = performance.now();
    const response = await send();
    const body = (await response.json()) as Record<string, unknown>;
    return { status: response.status, headers: response.headers, body, milliseconds: performance.now() - started };
  }

  const logIn = (credentials: { readonly email: string; readonly password: string }) =>
    timed(() =>
      fetch(`${portal.url}/api/v1/auth/login`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(credentials),
      }),
    );

  test('R60: during a flood of sign-ins other routes answer faster than one password hash', async () => {
    const { accessToken } = (await logIn(ADMIN)).body;
    const read = () =>
      timed(() => fetch(`${portal.url}/api/v1/users/me`, { headers: { Authorization: `Bearer ${accessToken}` } }));
    await read();

    let underWay = FLOOD;
    const flood = Promise.all(
      Array.from({ length: FLOOD }, async (_, n) => {
        const reply = await logIn({ email: `nobody${n}@example.org`, password: 'not the password at all' });
        underWay -= 1;
        return reply;
      }),
    );
    const reads = [];
    for (let n = 0; n < READS; n++) reads.push(await read());
    const stillWaiting = underWay;
    const logins = await flood;

    expect(reads.map(({ status }) => status)).toEqual(Array(READS).fill(200));
    expect(stillWaiting).toBeGreaterThan(0);
    // As many sign-ins as may wait are checked; the others are told when to retry, and all get an answer.
    const looked = logins.filter(({ status }) => status === 401);
    const refused = logins.filter(({ status }) => status === 503);
    expect(looked.length).toBeGreaterThan(0);
    expect(looked.length + refused.length).toBe(FLOOD);
    expect(refused.length).toBeGreaterThan(looked.length);
    for (const { headers, body } of refused) {
      expect([body.code, Number(headers.get('retry-after')) > 0]).toEqual(['unavailable', true]);
    }
    const median = reads.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b)[READS >> 1] ?? Number.NaN;
    const fastest = Math.min(...looked.map(({ milliseconds }) => milliseconds));
    console.log(`reads ${median.toFixed(0)} ms in the middle, sign-ins ${fastest.toFixed(0)} ms at best`);
    expect(median).toBeLessThan(fastest);

    expect((await logIn(ADMIN)).status).toBe(200);
  });
});
