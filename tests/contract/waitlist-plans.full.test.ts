/** What is read to offer time, on a server with 100 thousand entries of the waitlist: nothing from end to end. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrateServer } from '../../adapters/postgres/migrate/migrate.ts';
import { migrationFiles } from '../support/postgres.ts';
import { AT_ONCE, CASES, fill, worksOf } from '../support/waitlist-rows.ts';
import { createScratchDatabase, databaseUrl, needsPostgres, required } from '../tools/services.ts';

const ENTRIES = 100_000;

describe.skipIf(databaseUrl === undefined)(`offering time to many who wait${needsPostgres}`, () => {
  let database: Awaited<ReturnType<typeof createScratchDatabase>>;
  let client: pg.Client;

  beforeAll(async () => {
    database = await createScratchDatabase(required(databaseUrl));
    await migrateServer(database.url, await migrationFiles());
    client = new pg.Client(database.url);
    await client.connect();
    await fill(client, ENTRIES);
  }, 180_000);
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  test.each(Object.keys(CASES) as (keyof typeof CASES)[])(
    '%s: reads no table from end to end, and discards few entries',
    async (name) => {
      const works = await worksOf(client, CASES[name]);
      expect(works.flatMap(({ scanned }) => scanned)).toEqual([]);
      expect(Math.max(...works.map(({ found }) => found))).toBeGreaterThan(0);
      expect(Math.max(...works.map(({ discarded }) => discarded))).toBeLessThanOrEqual(AT_ONCE);
    },
  );
});
