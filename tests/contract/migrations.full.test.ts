import { expect, test } from 'vitest';
import { migrationFaults } from '../support/migration-faults.ts';
import { migrationFiles } from '../support/postgres.ts';

test('no file since the rule builds an index on a table with rows, or rewrites one', async () => {
  expect(await migrationFaults(await migrationFiles())).toEqual([]);
});
