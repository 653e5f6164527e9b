/** Two adjacent versions run side by side on either schema; an incompatible schema is reported (R85). */
import { expect, test } from 'vitest';
import { applyMigrations } from '../../adapters/postgres/migrate/migrate.ts';
import { checkSchema } from '../../adapters/postgres/migrate/schema-check.ts';
import { LAST_MIGRATION } from '../../adapters/postgres/migrate/schema-version.ts';
import { embeddedDriver, emptyDriver } from '../support/embedded-database.ts';
import { migrationFiles } from '../support/postgres.ts';

const MIGRATIONS = [
  { name: '0001_first.sql', sql: 'SELECT 1;' },
  { name: '0002_adds.sql', sql: 'CREATE TABLE added (i int);' },
  {
    name: '0003_breaks.sql',
    sql: '-- Breaks the version before: it still writes the column.\nALTER TABLE added DROP COLUMN i;',
  },
];

test('R85: a version works on a newer schema unless a migration breaks it, and never on an older one', async () => {
  const driver = await emptyDriver();
  const target = {
    isShared: false,
    run: async (script: string) => (await driver.pglite.exec(script)).at(-1)?.rows as never,
  };
  await applyMigrations(target, MIGRATIONS.slice(0, 2));
  await checkSchema(driver, '0001_first.sql');
  await checkSchema(driver, '0002_adds.sql');
  await expect(checkSchema(driver, '0003_breaks.sql')).rejects.toMatchObject({ reason: 'schema_too_old' });
  await applyMigrations(target, MIGRATIONS);
  await expect(checkSchema(driver, '0002_adds.sql')).rejects.toMatchObject({ reason: 'schema_too_new' });
  await checkSchema(driver, '0003_breaks.sql');
  await driver.close();
});

test('R85: the compiled-in version is the last migration, and the application may read it', async () => {
  expect(LAST_MIGRATION).toBe((await migrationFiles()).at(-1)?.name);
  const driver = await embeddedDriver();
  await checkSchema(driver);
  await driver.close();
});
