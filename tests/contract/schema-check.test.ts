/** Two adjacent versions run side by side on either schema; an incompatible schema is reported (R85). */
import { expect, test } from 'vitest';
import { checkSchema } from '../../adapters/postgres/migrate/schema-check.ts';
import { LAST_MIGRATION } from '../../adapters/postgres/migrate/schema-version.ts';
import { ownDatabase } from '../support/own-database.ts';
import { migrationFiles } from '../support/postgres.ts';
import { testDatabase } from '../support/test-database.ts';

const MIGRATIONS = [
  { name: '0001_first.sql', sql: 'SELECT 1;' },
  { name: '0002_adds.sql', sql: 'CREATE TABLE added (i int);' },
  {
    name: '0003_breaks.sql',
    sql: '-- Breaks the version before: it still writes the column.\nALTER TABLE added DROP COLUMN i;',
  },
];

test('R85: a version works on a newer schema unless a migration breaks it, and never on an older one', async () => {
  const { driver, migrate, close } = await ownDatabase({ migrated: false });
  await migrate(MIGRATIONS.slice(0, 2));
  await checkSchema(driver, '0001_first.sql');
  await checkSchema(driver, '0002_adds.sql');
  await expect(checkSchema(driver, '0003_breaks.sql')).rejects.toMatchObject({ reason: 'schema_too_old' });
  await migrate(MIGRATIONS);
  await expect(checkSchema(driver, '0002_adds.sql')).rejects.toMatchObject({ reason: 'schema_too_new' });
  await checkSchema(driver, '0003_breaks.sql');
  await close();
});

test('R85: the compiled-in version is the last migration, and the application may read it', async () => {
  expect(LAST_MIGRATION).toBe((await migrationFiles()).at(-1)?.name);
  const { driver } = await testDatabase();
  await checkSchema(driver);
  await driver.close();
});
