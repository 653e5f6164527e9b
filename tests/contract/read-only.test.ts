/** A server that answers but cannot write, as after a failover or behind a disk guard. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { toFault } from '../../adapters/postgres/driver/fault.ts';
import { createNeonDriver } from '../../adapters/postgres/driver/neon.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { createTcpDriver } from '../../adapters/postgres/driver/tcp.ts';
import { startNeon } from '../../tools/cloud/neon.ts';
import { startPortal } from '../support/portal.ts';
import { freshDatabase } from '../support/postgres.ts';
import { databaseUrl, needsPostgres } from '../tools/services.ts';

test('R82: each condition of a server has its class, and other faults are bugs', () => {
  const classes: Readonly<Record<string, string>> = {
    '25006': 'read_only',
    '53100': 'disk_full',
    '53300': 'too_many_connections',
    '53400': 'server_overloaded',
    '55P03': 'locked',
    '57014': 'too_slow',
    '57P01': 'server_stopping',
    '57P03': 'server_starting',
    '58030': 'server_io',
    '08006': 'connection_lost',
    '42703': 'foreign_schema',
    ENOSPC: 'disk_full',
    ECONNREFUSED: 'unreachable',
  };
  for (const [code, reason] of Object.entries(classes)) {
    const fault = toFault(Object.assign(new Error('it says'), { code }), 'write');
    expect(fault, code).toMatchObject({ name: 'Unavailable', service: 'database', reason });
  }
  const own = toFault(Object.assign(new Error('a write in a read'), { code: '25006' }), 'snapshot');
  expect(own).toMatchObject({ name: 'SqlError', sqlState: '25006' });
});

describe.skipIf(databaseUrl === undefined)(`a database that turns read-only${needsPostgres}`, () => {
  let database: { readonly url: string; drop(): Promise<void> };
  let owner: SqlDriver;
  beforeAll(async () => {
    database = await freshDatabase();
    owner = createTcpDriver({ url: database.url, maxConnections: 1 });
  });
  afterAll(async () => {
    await owner.close();
    await database.drop();
  });

  // Sessions read the setting when they begin: earlier ones continue to write, later ones stay read-only.
  const forbidWrites = () => alter('SET default_transaction_read_only = on');
  const allowWrites = () => alter('RESET default_transaction_read_only');
  async function alter(change: string): Promise<void> {
    const name = new URL(database.url).pathname.slice(1);
    const admin = createTcpDriver({ url: database.url, maxConnections: 1 });
    const statement = { ...sql`x`, text: `ALTER DATABASE ${name} ${change}`, values: [] };
    await admin.run([sql`SET TRANSACTION READ WRITE`, statement as never], 'write');
    await admin.close();
  }
  const write = sql`UPDATE outbox SET attempts = attempts WHERE false`;

  test('R82: a refused write is unavailable, and the next one after writes are allowed again succeeds', async () => {
    const driver = createTcpDriver({ url: database.url, maxConnections: 4 });
    await forbidWrites();
    const refused = await Promise.allSettled(Array.from({ length: 4 }, () => driver.run([write], 'write')));
    for (const outcome of refused) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'Unavailable', reason: 'read_only' } });
    }
    expect(await driver.run([sql`SELECT 1 AS one`], 'snapshot')).toEqual([[{ one: 1 }]]);
    await allowWrites();
    const after = Array.from({ length: 4 }, () => driver.run([write], 'write'));
    expect(await Promise.all(after)).toEqual([[[]], [[]], [[]], [[]]]);
    await driver.close();
  });

  test('R82: over HTTP the same', async () => {
    const server = await startNeon({ databaseUrl: database.url });
    const driver = createNeonDriver({ url: database.url, endpoint: `${server.url}/sql` });
    const onStandby = driver.run([sql`SET TRANSACTION READ ONLY`, write], 'write');
    await expect(onStandby).rejects.toMatchObject({ name: 'Unavailable', reason: 'read_only' });
    expect(await driver.run([write], 'write')).toEqual([[]]);
    await driver.close();
    await server.close();
  });

  test('R82: requests that write are 503 with Retry-After, and /ready says why', async () => {
    const driver = createTcpDriver({ url: database.url, role: 'patient_portal_app' });
    const portal = await startPortal({ driver });
    const patient = await portal.person('patient', 'paula');
    const token = await portal.signIn(patient.email);
    expect(await portal.request('GET', '/ready')).toMatchObject({ status: 200 });
    await forbidWrites();
    portal.clock.advance(1);
    const fresh = createTcpDriver({ url: database.url, role: 'patient_portal_app' });
    const later = await startPortal({ driver: fresh });
    expect(await later.request('GET', '/ready')).toMatchObject({
      status: 503,
      body: {
        dependencies: expect.arrayContaining([
          { name: 'database', required: true, status: 'down', reason: 'read_only' },
        ]),
      },
    });
    const login = { body: { email: patient.email, password: 'a wrong one, though it writes' } };
    const answer = await later.request('POST', '/api/v1/auth/login', login);
    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    await allowWrites();
    later.clock.advance(1);
    expect((await portal.request('GET', '/api/v1/users/me', { token })).status).toBe(200);
    expect((await later.request('GET', '/ready')).status).toBe(200);
    await Promise.all([driver.close(), fresh.close()]);
  });
});
