/**
 * Migrations of a server that others are using: they wait briefly, continue after an interruption, and report what was
 * applied.
 */
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { migratePglite, migrateServer } from '../../adapters/postgres/migrate/migrate.ts';
import { MigrationRefused, outsideSteps } from '../../adapters/postgres/migrate/migration-files.ts';
import { MIGRATION_WAITS } from '../../adapters/postgres/migrate/migration-locks.ts';
import { explainStart } from '../../src/start-faults.ts';
import { emptyDriver } from '../support/embedded-database.ts';
import { ownDatabase } from '../support/own-database.ts';
import { freshDatabase } from '../support/postgres.ts';
import { databaseUrl, needsPostgres } from '../tools/services.ts';

const TABLE = {
  name: '0001_table.sql',
  sql: 'CREATE TABLE visits (id int PRIMARY KEY, kind text); INSERT INTO visits SELECT n FROM generate_series(1, 25) n;',
};
const COLUMN = { name: '0002_column.sql', sql: 'ALTER TABLE visits ADD COLUMN note text;' };
const INDEX = {
  name: '0003_index.sql',
  sql: `-- Outside a transaction
-- Looked for by kind; as the portal does.
CREATE INDEX CONCURRENTLY IF NOT EXISTS visits_kind
  ON visits (kind) WHERE kind <> 'a;b--c';`,
};
const FREE = { name: '0002_free.sql', sql: 'SELECT 1;' };
const BATCHES = {
  name: '0004_batches.sql',
  sql: `-- Outside a transaction
UPDATE visits SET kind = 'first' WHERE id IN (SELECT id FROM visits WHERE kind IS NULL LIMIT 10) RETURNING id;
DROP INDEX CONCURRENTLY IF EXISTS visits_kind;`,
};
const QUICK = {
  ...MIGRATION_WAITS,
  lockTimeoutMilliseconds: 50,
  attempts: 1_000,
  pauseMilliseconds: 2,
  longestPauseMilliseconds: 20,
};

function outside(statement: string) {
  return { name: '0002_outside.sql', sql: `-- Outside a transaction\n${statement}` };
}

describe('a file that runs outside a transaction', () => {
  test('runs without CONCURRENTLY in an embedded database', async () => {
    const driver = await emptyDriver();
    expect(await migratePglite(driver, [TABLE, INDEX, BATCHES])).toHaveLength(3);
    const kinds = sql`SELECT kind, count(*) FROM visits GROUP BY 1`;
    expect(await driver.run([kinds], 'snapshot')).toEqual([[{ kind: 'first', count: 25 }]]);
    await driver.close();
  });

  test('that contains anything else is refused before the first file is applied', async () => {
    const { driver, migrate, close } = await ownDatabase({ migrated: false });
    const file = outside('ALTER TABLE visits ADD COLUMN other text;');
    await expect(migrate([TABLE, file])).rejects.toThrow(
      /0002_outside\.sql: outside a transaction only these are allowed/,
    );
    const nothing = sql`SELECT to_regclass('visits') AS visits`;
    expect(await driver.run([nothing], 'snapshot')).toEqual([[{ visits: null }]]);
    await close();
  });

  test.each([
    'CREATE INDEX visits_kind ON visits (kind);',
    'CREATE INDEX CONCURRENTLY visits_kind ON visits (kind);',
    'DROP INDEX CONCURRENTLY visits_kind;',
    `UPDATE visits SET kind = 'first' RETURNING id;`,
    'DROP TABLE visits;',
  ])('holds only what may be run again: not %s', (statement) => {
    expect(() => outsideSteps(outside(statement))).toThrow(MigrationRefused);
  });
});

describe.skipIf(databaseUrl === undefined)(`a server${needsPostgres}`, () => {
  let database: { readonly url: string; drop(): Promise<void> };
  const clients: pg.Client[] = [];
  beforeAll(async () => {
    database = await freshDatabase({ migrated: false });
  });
  beforeEach(async () => {
    const owner = await connect();
    await owner.query('DROP TABLE IF EXISTS visits, schema_migrations');
    await migrateServer(database.url, [TABLE]);
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end()));
    await database.drop();
  });

  async function connect(name = 'a report'): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: database.url, application_name: name });
    client.on('error', () => {});
    await client.connect();
    clients.push(client);
    return client;
  }

  /** Reads, and keeps its transaction open. */
  async function longTransaction(): Promise<pg.Client> {
    const client = await connect();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await client.query('SELECT count(*) FROM visits');
    return client;
  }

  /** @returns a function called for each step, and one that waits for the n-th matching step */
  function listen() {
    const steps: string[] = [];
    const waiting = new Set<() => void>();
    const tell = (step: string) => {
      steps.push(step);
      for (const look of waiting) look();
    };
    const heard = (what: RegExp, times = 1) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (steps.filter((step) => what.test(step)).length < times) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      });
    return { steps, tell, heard };
  }

  /** Resolves when the migrator's session waits for other transactions, as a concurrent index build does. */
  async function builderThatWaits(): Promise<number> {
    const watcher = await connect();
    for (;;) {
      const { rows } = await watcher.query(
        `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'CREATE INDEX CONCURRENTLY%' AND wait_event_type = 'Lock'`,
      );
      if (rows[0] !== undefined) return rows[0].pid;
    }
  }

  async function indexes() {
    const owner = await connect();
    const { rows } = await owner.query(
      `SELECT c.relname AS name, i.indisvalid AS valid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
       WHERE i.indrelid = 'visits'::regclass ORDER BY 1`,
    );
    return rows;
  }

  test('that waits for a long transaction lets others read and write, and continues after it', async () => {
    const long = await longTransaction();
    const { tell, heard } = listen();
    const migrated = migrateServer(database.url, [TABLE, COLUMN], tell, QUICK);
    const others = await connect();
    // A statement that queued behind the migration would time out, because the long transaction does not end.
    await others.query(`SET lock_timeout = '20s'`);
    for (let round = 1; round <= 5; round++) {
      await heard(/^Waiting for locks/, round);
      await others.query('SELECT count(*) FROM visits');
      await others.query(`UPDATE visits SET kind = 'x' WHERE id = 1`);
    }
    await long.query('COMMIT');
    expect(await migrated).toEqual([COLUMN.name]);
  });

  test('that is in use for too long: the message names what was applied, what was not, and the blocking transaction', async () => {
    const extra = { name: '0002_before.sql', sql: 'CREATE TABLE IF NOT EXISTS other (id int);' };
    const column = { ...COLUMN, name: '0003_column.sql' };
    const later = { name: '0004_later.sql', sql: 'SELECT 1;' };
    const long = await longTransaction();
    const failed = await migrateServer(database.url, [TABLE, extra, column, later], undefined, {
      ...QUICK,
      attempts: 2,
    }).catch((error: unknown) => error);
    const text = explainStart(failed);
    expect(text).toContain('0003_column.sql was not applied (it changed nothing)');
    expect(text).toContain('in 2 attempts');
    expect(text).toMatch(/process \d+ \(a report, idle in transaction, since \d+ s\)/);
    expect(text).toContain('Applied in this run and kept: 0002_before.sql. Not started: 0004_later.sql');
    await long.query('COMMIT');
    expect(await migrateServer(database.url, [TABLE, extra, column, later])).toEqual([column.name, later.name]);
  });

  test('on which an index build is interrupted: the invalid index is dropped and built again', async () => {
    const long = await longTransaction();
    const others = await connect();
    const migrated = migrateServer(database.url, [TABLE, FREE, INDEX], undefined, QUICK).catch(
      (error: unknown) => error,
    );
    const pid = await builderThatWaits();
    await others.query(`INSERT INTO visits VALUES (100, 'written meanwhile')`);
    await others.query('SELECT pg_terminate_backend($1)', [pid]);
    expect(String(await migrated)).toContain('Applied in this run and kept: 0002_free.sql');
    expect(await indexes()).toContainEqual({ name: 'visits_kind', valid: false });
    await long.query('COMMIT');
    const { steps, tell } = listen();
    expect(await migrateServer(database.url, [TABLE, FREE, INDEX], tell)).toEqual([INDEX.name]);
    expect(steps).toContain('Dropping visits_kind: its build was interrupted');
    expect(await indexes()).toContainEqual({ name: 'visits_kind', valid: true });
    expect(await migrateServer(database.url, [TABLE, FREE, INDEX, BATCHES])).toEqual([BATCHES.name]);
    expect((await others.query('SELECT DISTINCT kind FROM visits ORDER BY 1')).rows.map(({ kind }) => kind)).toContain(
      'first',
    );
    expect((await others.query('SELECT FROM visits WHERE kind IS NULL')).rowCount).toBe(0);
    expect(await indexes()).toEqual([{ name: 'visits_pkey', valid: true }]);
  });

  test('that two migrate at once: one builds the index, the other waits for it and applies nothing', async () => {
    const long = await longTransaction();
    const first = migrateServer(database.url, [TABLE, INDEX], undefined, QUICK);
    await builderThatWaits();
    const { tell, heard } = listen();
    const second = migrateServer(database.url, [TABLE, INDEX], tell, QUICK);
    await heard(/^Waiting for another process/);
    await long.query('COMMIT');
    expect(await Promise.all([first, second])).toEqual([[INDEX.name], []]);
  });

  test('that another process migrates for too long is not changed', async () => {
    const other = await connect();
    await other.query('SELECT pg_advisory_lock(7420150320)');
    const migrated = migrateServer(database.url, [TABLE, COLUMN], undefined, {
      ...QUICK,
      otherProcessMilliseconds: 30,
    });
    await expect(migrated).rejects.toThrow(/another process has been migrating this database/);
    await other.query('SELECT pg_advisory_unlock(7420150320)');
    expect(await migrateServer(database.url, [TABLE, COLUMN])).toEqual([COLUMN.name]);
  });
});
