import { describe, expect, test } from 'vitest';
import { toFault } from '../../adapters/postgres/driver/fault.ts';
import { createNeonDriver } from '../../adapters/postgres/driver/neon.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { createTcpDriver } from '../../adapters/postgres/driver/tcp.ts';
import { startNeon } from '../../tools/cloud/neon.ts';
import { LOCAL_APP_PASSWORD } from '../../tools/edge-environment.ts';
import { migrate } from '../../tools/migrate.ts';
import { embeddedDriver } from '../support/embedded-database.ts';
import { freshDatabase } from '../support/postgres.ts';
import { databaseUrl, needsPostgres } from '../tools/services.ts';
import { sqlDriverContract } from './sql-driver.contract.ts';

test('batches that follow each other in the embedded database let everything else run', async () => {
  const driver = await embeddedDriver();
  let hasRun = false;
  setImmediate(() => {
    hasRun = true;
  });
  for (let n = 0; n < 500 && !hasRun; n++) await driver.run([sql`SELECT ${n}::int AS n`], 'snapshot');
  expect(hasRun).toBe(true);
  await driver.close();
});

sqlDriverContract('PGlite', async () => {
  const driver = await embeddedDriver();
  return { driver, close: () => driver.close() };
});

describe.skipIf(databaseUrl === undefined)(`over a server${needsPostgres}`, () => {
  sqlDriverContract('TCP', async () => {
    const database = await freshDatabase();
    const driver = createTcpDriver({ url: database.url, role: 'patient_portal_app' });
    return {
      driver,
      close: async () => {
        await driver.close();
        await database.drop();
      },
    };
  });

  sqlDriverContract('Neon', async () => {
    const database = await freshDatabase({ migrated: false });
    await migrate(database.url, LOCAL_APP_PASSWORD);
    const server = await startNeon({ databaseUrl: database.url });
    const url = new URL(database.url);
    url.username = 'patient_portal_app';
    url.password = LOCAL_APP_PASSWORD;
    const driver = createNeonDriver({ url: url.href, endpoint: `${server.url}/sql` });
    return {
      driver,
      close: async () => {
        await server.close();
        await database.drop();
      },
    };
  });

  test('R58: a connection that breaks while a query runs on it is replaced, without any other effect', async () => {
    const database = await freshDatabase();
    const driver = createTcpDriver({ url: database.url });
    const [[own] = []] = await driver.run([sql`SELECT pg_backend_pid() AS pid`], 'snapshot');
    // Expected from the start: the connection may break before the command that ends it is answered.
    const broken = expect(driver.run([sql`SELECT pg_sleep(3)`], 'write')).rejects.toMatchObject({
      name: 'Unavailable',
    });
    const killer = createTcpDriver({ url: database.url });
    await killer.run([sql`SELECT pg_terminate_backend(${own?.pid as number}::int)`], 'write');
    await broken;
    expect(await driver.run([sql`SELECT 1 AS one`], 'snapshot')).toEqual([[{ one: 1 }]]);
    await Promise.all([driver.close(), killer.close()]);
    await database.drop();
  });

  test('R58: a statement that takes too long is aborted as unavailable', async () => {
    const database = await freshDatabase();
    const driver = createTcpDriver({ url: database.url });
    await expect(driver.run([sql`SELECT pg_sleep(30)`], 'snapshot')).rejects.toMatchObject({
      name: 'Unavailable',
      service: 'database',
    });
    // The aborted connection is replaced.
    expect(await driver.run([sql`SELECT 1 AS one`], 'snapshot')).toEqual([[{ one: 1 }]]);
    await driver.close();
    await database.drop();
  });
});

test('R58: a server that cannot be reached is unavailable', async () => {
  const driver = createTcpDriver({ url: 'postgres://nobody@127.0.0.1:1/none' });
  await expect(driver.run([sql`SELECT 1`], 'snapshot')).rejects.toMatchObject({ name: 'Unavailable' });
  await driver.close();
});

test('a broken connection is distinguished from a refused statement, whatever the error is called', () => {
  for (const code of ['EPIPE', 'ECONNRESET', '08006', '57P01', undefined]) {
    expect(toFault(Object.assign(new Error('gone'), { code })).name, code).toBe('Unavailable');
  }
  for (const code of ['PP001', '23P01', '40P01', 'XX000', 'HV00A']) {
    expect(toFault(Object.assign(new Error('refused'), { code })), code).toMatchObject({ sqlState: code });
  }
});
