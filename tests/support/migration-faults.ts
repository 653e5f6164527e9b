/**
 * Finds what new migrations must not do to tables with rows: building an index while writers are blocked, or rewriting
 * the table while everybody is. Detected from the database's behaviour, independent of the statement.
 */

import type { PgliteDriver } from '../../adapters/postgres/driver/pglite.ts';
import { applyMigrations } from '../../adapters/postgres/migrate/migrate.ts';
import { type Migration, outsideSteps } from '../../adapters/postgres/migrate/migration-files.ts';
import { asTarget } from '../../adapters/postgres/migrate/owner.ts';
import { emptyDriver } from './embedded-database.ts';

/** The last file from before this rule. Applied files cannot be changed; new files must follow the rule. */
export const LAST_BEFORE_RULE = '0027';

interface Table {
  readonly name: string;
  /** Changes when the table is rewritten. */
  readonly file: number;
  /** Index names by object identifier. */
  readonly indexes: Readonly<Record<string, string>>;
}

/** @returns a sentence for each fault of the files after {@link LAST_BEFORE_RULE} */
export async function migrationFaults(files: readonly Migration[]): Promise<string[]> {
  const driver = await emptyDriver();
  try {
    return await faultsWithin(driver, files);
  } finally {
    await driver.close();
  }
}

async function faultsWithin(driver: PgliteDriver, files: readonly Migration[]): Promise<string[]> {
  const faults: string[] = [];
  const isOld = ({ name }: Migration) => name.slice(0, 4) <= LAST_BEFORE_RULE;
  const known = files.filter(isOld);
  await applyMigrations(asTarget(driver), known);
  let before = await tablesOf(driver);
  for (const file of files.filter((each) => !isOld(each))) {
    known.push(file);
    await applyMigrations(asTarget(driver), known);
    const after = await tablesOf(driver);
    faults.push(...faultsOf(file, before, after));
    before = after;
  }
  return faults;
}

function faultsOf(file: Migration, before: ReadonlyMap<string, Table>, after: ReadonlyMap<string, Table>): string[] {
  return [...before].flatMap(([id, table]) => {
    const now = after.get(id);
    if (now === undefined) return [];
    if (now.file !== table.file) {
      return [
        `${file.name} writes the table ${now.name} anew, and locks everybody out as long as that takes. Add a column without a ` +
          'volatile default, fill it in a file with the line "-- Outside a transaction", and drop the former one later',
      ];
    }
    if (outsideSteps(file) !== undefined) return [];
    return Object.entries(now.indexes)
      .filter(([index]) => table.indexes[index] === undefined)
      .map(
        ([, name]) =>
          `${file.name} builds the index ${name} on ${now.name}, which has rows, and locks writers out as long as that takes. Use ` +
          'CREATE INDEX CONCURRENTLY IF NOT EXISTS in a file with the line "-- Outside a transaction"; for a constraint, build ' +
          'its index so and add the constraint USING INDEX in the next file',
      );
  });
}

/** By object identifier, so that a renamed table or index counts as the same. */
async function tablesOf(driver: PgliteDriver): Promise<Map<string, Table>> {
  const { rows } = await driver.pglite.query<Table & { id: string }>(
    `SELECT c.oid::text AS id, c.relname AS name, c.relfilenode::int AS file,
       (SELECT coalesce(json_object_agg(i.indexrelid::text, i.indexrelid::regclass::text), '{}') FROM pg_index i WHERE i.indrelid = c.oid) AS indexes
     FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace`,
  );
  return new Map(rows.map((row) => [row.id, row]));
}
