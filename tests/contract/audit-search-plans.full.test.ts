/** Searches of the audit log on a server with 100 thousand events: no filter reads the log from end to end (R75). */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrateServer } from '../../adapters/postgres/migrate/migrate.ts';
import { CASES, fill, isBounded, planOf } from '../support/audit-log-rows.ts';
import { migrationFiles } from '../support/postgres.ts';
import { createScratchDatabase, databaseUrl, needsPostgres, required } from '../tools/services.ts';

describe.skipIf(databaseUrl === undefined)(`searches of the audit log${needsPostgres}`, () => {
  let database: Awaited<ReturnType<typeof createScratchDatabase>>;
  let client: pg.Client;

  beforeAll(async () => {
    database = await createScratchDatabase(required(databaseUrl));
    await migrateServer(database.url, await migrationFiles());
    client = new pg.Client(database.url);
    await client.connect();
    await fill(client, 100_000);
  }, 180_000);
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  test('R75 each filter alone and each pair reads no table from end to end, and a rare value discards no more than a page', async () => {
    const unbounded: unknown[] = [];
    for (const [name, filter] of Object.entries(CASES)) {
      const work = await planOf(client, filter);
      if (!isBounded(name, work)) unbounded.push([name, work]);
    }
    expect(Object.keys(CASES).length).toBeGreaterThan(300);
    expect(unbounded).toEqual([]);
  }, 120_000);
});
