import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { PgliteDriver } from '../../adapters/postgres/driver/pglite.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { APPLICATION_ROLE, FUNCTION_GRANTS, TABLE_GRANTS } from '../../adapters/postgres/migrate/application-role.ts';
import { migratePglite, migrateServer, requireMigrated } from '../../adapters/postgres/migrate/migrate.ts';
import { pendingMigrations } from '../../adapters/postgres/migrate/migration-files.ts';
import { describeSchema } from '../../tools/schema.ts';
import { embeddedDriver, emptyDriver, ownersDriver } from '../support/embedded-database.ts';
import { migrationFaults } from '../support/migration-faults.ts';
import { freshDatabase, migrationFiles } from '../support/postgres.ts';
import { testDatabase } from '../support/test-database.ts';
import { databaseUrl, needsPostgres } from '../tools/services.ts';

const first = { name: '0001_one.sql', sql: 'CREATE TABLE one (id int);' };
const second = { name: '0002_two.sql', sql: 'CREATE TABLE two (id int);' };

/** As many as one change adds, and some more. `migrations.full.test.ts` judges all. */
const NEWEST = 10;

describe('migrations', () => {
  let driver: PgliteDriver;
  beforeAll(async () => {
    driver = await emptyDriver();
  });
  afterEach(async () => {
    await driver.pglite.exec('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  });
  afterAll(() => driver.close());

  test('are applied once, in order, and new ones later', async () => {
    expect(await migratePglite(driver, [second, first])).toEqual(['0001_one.sql', '0002_two.sql']);
    expect(await migratePglite(driver, [first, second])).toEqual([]);
    const third = { name: '0003_three.sql', sql: 'INSERT INTO one VALUES (3);' };
    expect(await migratePglite(driver, [first, second, third])).toEqual(['0003_three.sql']);
    expect(await driver.run([sql`SELECT id FROM one`], 'snapshot')).toEqual([[{ id: 3 }]]);
  });

  test('a file that was changed after it was applied is refused by name; line endings do not matter', async () => {
    const script = { name: '0001_one.sql', sql: 'CREATE TABLE one (id int);\n' };
    await migratePglite(driver, [script]);
    expect(await migratePglite(driver, [{ ...script, sql: script.sql.replaceAll('\n', '\r\n') }])).toEqual([]);
    await expect(migratePglite(driver, [{ ...script, sql: 'CREATE TABLE one (id bigint);\n' }])).rejects.toThrow(
      /0001_one\.sql was changed/,
    );
  });

  test('a missing file and one with too low a number are refused by name', () => {
    const applied = [{ name: second.name, checksum: 'x' }];
    expect(() => pendingMigrations([first], applied)).toThrow(/0002_two\.sql was applied .* missing/);
    expect(() => pendingMigrations([{ name: 'two.sql', sql: '' }], [])).toThrow(/two\.sql: .*0001_name\.sql/);
  });

  test('a new file that sorts before an applied one is refused by name', async () => {
    await migratePglite(driver, [second]);
    await expect(migratePglite(driver, [first, second])).rejects.toThrow(/0001_one\.sql sorts before 0002_two\.sql/);
  });

  test('a migration that fails changes nothing, and earlier ones stay applied', async () => {
    const broken = { name: '0002_broken.sql', sql: 'CREATE TABLE two (id int); SELECT 1 / 0;' };
    await expect(migratePglite(driver, [first, broken])).rejects.toThrow(
      /0002_broken\.sql was not applied .*division by zero.* kept: 0001_one\.sql/,
    );
    expect(await migratePglite(driver, [first])).toEqual([]);
    expect(await migratePglite(driver, [first, second])).toEqual(['0002_two.sql']);
  });
});

describe('the migrations of the portal', () => {
  test('the committed description of the schema matches the migrations', async () => {
    const driver = await embeddedDriver();
    const committed = await readFile(new URL('../../migrations/schema.txt', import.meta.url), 'utf8');
    expect(await describeSchema(driver), 'run `npm run docs` and commit migrations/schema.txt').toBe(committed);
    await driver.close();
  });

  test('the newest files neither build an index on a table with rows nor rewrite one', async () => {
    expect(await migrationFaults(await migrationFiles(), NEWEST)).toEqual([]);
  });

  test('a file that would block others for long is named, whichever statement does it', async () => {
    const TABLE = 'CREATE TABLE visits (id int, at timestamptz); CREATE INDEX visits_at ON visits (at);';
    const later = [
      'CREATE TABLE other (id int PRIMARY KEY); CREATE INDEX other_id ON other (id);',
      'CREATE INDEX visits_id ON visits (id);',
      'ALTER TABLE visits ADD UNIQUE (id);',
      'ALTER TABLE visits ALTER COLUMN id TYPE bigint;',
      'ALTER TABLE visits ADD COLUMN key uuid DEFAULT gen_random_uuid();',
      '-- Outside a transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS visits_key ON visits (key);',
      'ALTER TABLE visits ADD COLUMN done boolean NOT NULL DEFAULT false;',
      'ALTER INDEX visits_at RENAME TO visits_time; ALTER TABLE visits RENAME TO calls;',
    ].map((statement, at) => ({ name: `900${at}_later.sql`, sql: statement }));
    expect(await migrationFaults([{ name: '0001_table.sql', sql: TABLE }, ...later])).toEqual([
      expect.stringMatching(/^9001_later\.sql builds the index visits_id on visits,/),
      expect.stringMatching(/^9002_later\.sql builds the index visits_id_key on visits,/),
      expect.stringMatching(/^9003_later\.sql writes the table visits anew/),
      expect.stringMatching(/^9004_later\.sql writes the table visits anew/),
    ]);
  });

  test('the application’s privileges are exactly those listed', async () => {
    const { driver } = await testDatabase();
    const [tables = [], functions = []] = await driver.run(
      [
        sql`SELECT table_name AS name, string_agg(privilege_type, ', ' ORDER BY privilege_type) AS may
            FROM information_schema.role_table_grants
            WHERE grantee = ${APPLICATION_ROLE} AND table_schema = 'public' GROUP BY 1`,
        sql`SELECT p.proname AS name FROM pg_proc p, aclexplode(p.proacl) a JOIN pg_roles r ON r.oid = a.grantee
            WHERE p.pronamespace = 'public'::regnamespace AND r.rolname = ${APPLICATION_ROLE} ORDER BY 1`,
      ],
      'snapshot',
    );
    const listed = Object.entries(TABLE_GRANTS).filter(([, may]) => may !== '');
    const sorted = listed.map(([name, may]) => [name, may.split(', ').sort().join(', ')]);
    expect(Object.fromEntries(tables.map(({ name, may }) => [name, may]))).toEqual(Object.fromEntries(sorted));
    expect(functions.map(({ name }) => name)).toEqual([...FUNCTION_GRANTS].sort());
    await driver.close();
  });

  test('a database without the role and its grants has both after the next run', async () => {
    const driver = await ownersDriver();
    const files = await migrationFiles();
    const before = await describeSchema(driver);
    await driver.pglite.exec(`DROP OWNED BY ${APPLICATION_ROLE}; DROP ROLE ${APPLICATION_ROLE}`);
    expect(await migratePglite(driver, files)).toEqual([]);
    expect(await describeSchema(driver)).toBe(before);
    await driver.actAs(APPLICATION_ROLE);
    await driver.run([sql`SELECT 1 FROM users`], 'snapshot');
    await driver.close();
  });

  test.skipIf(databaseUrl === undefined)(
    `two starters at once on one server: each file is applied once${needsPostgres}`,
    async () => {
      const database = await freshDatabase({ migrated: false });
      const files = (await migrationFiles()).slice(0, 20);
      const outcomes = await Promise.all([1, 2, 3].map(() => migrateServer(database.url, files)));
      expect(outcomes.flat().sort()).toEqual(files.map(({ name }) => name).sort());
      await database.drop();
    },
  );

  test.skipIf(databaseUrl === undefined)(
    `a server is checked without changing it, also by the application's role${needsPostgres}`,
    async () => {
      const files = await migrationFiles();
      const [empty, full] = [await freshDatabase({ migrated: false }), await freshDatabase()];
      const asApplication = `${full.url}?options=-c%20role%3Dpatient_portal_app`;
      await requireMigrated(full.url, files);
      await requireMigrated(asApplication, files);
      const later = { name: '9999_later.sql', sql: 'SELECT 1;' };
      await expect(requireMigrated(asApplication, [...files, later])).rejects.toThrow(/lacks 9999_later\.sql: run npm/);
      await expect(requireMigrated(asApplication, files.slice(0, -1))).rejects.toThrow(/was applied .* missing/);
      await expect(requireMigrated(empty.url, files)).rejects.toThrow(/older than the portal: run npm run migrate/);
      await Promise.all([empty.drop(), full.drop()]);
    },
  );
});
