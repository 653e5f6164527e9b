/**
 * Finds what new migrations must not do to tables with rows: building an index while writers are blocked, or rewriting
 * the table while everybody is. Detected from the database's behaviour, independent of the statement.
 */

import { raw } from '../../adapters/postgres/driver/sql.ts';
import { type Migration, outsideSteps } from '../../adapters/postgres/migrate/migration-files.ts';
import { type OwnDatabase, ownDatabase } from './own-database.ts';

/** The last file from before this rule. Applied files cannot be changed; new files must follow the rule. */
export const LAST_BEFORE_RULE = '0027';

interface Table {
  readonly name: string;
  /** Changes when the table is rewritten. */
  readonly file: number;
  /** Index names by object identifier. */
  readonly indexes: Readonly<Record<string, string>>;
}

/**
 * @param newest how many of the last files to judge. Default: all after {@link LAST_BEFORE_RULE}
 * @returns a sentence for each fault
 */
export async function migrationFaults(files: readonly Migration[], newest = files.length): Promise<string[]> {
  const database = await ownDatabase({ migrated: false });
  try {
    return await faultsWithin(database, files, newest);
  } finally {
    await database.close();
  }
}

async function faultsWithin(database: OwnDatabase, files: readonly Migration[], newest: number): Promise<string[]> {
  const faults: string[] = [];
  const isJudged = (file: Migration, place: number) =>
    file.name.slice(0, 4) > LAST_BEFORE_RULE && place >= files.length - newest;
  const known = files.filter((file, place) => !isJudged(file, place));
  await database.migrate(known);
  let before = await tablesOf(database);
  for (const file of files.filter(isJudged)) {
    known.push(file);
    await database.migrate(known);
    const after = await tablesOf(database);
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
async function tablesOf(database: OwnDatabase): Promise<Map<string, Table>> {
  const [rows = []] = await database.driver.run(
    [
      raw(
        `SELECT c.oid::text AS id, c.relname AS name, c.relfilenode::int AS file,
       (SELECT coalesce(json_object_agg(i.indexrelid::text, i.indexrelid::regclass::text), '{}') FROM pg_index i WHERE i.indrelid = c.oid) AS indexes
     FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace`,
      ),
    ],
    'snapshot',
  );
  return new Map(rows.map(({ id, name, file, indexes }) => [String(id), { name, file, indexes } as Table]));
}
