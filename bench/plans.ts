/** What PostgreSQL does for a load of the portal. */
import type pg from 'pg';
import { createMergeReads } from '../adapters/postgres/driver/one-statement.ts';
import type { Sql, SqlLoad, SqlRecordedLoad } from '../adapters/postgres/driver/sql.ts';
import { createExplainStatement, type Work } from '../tests/support/plan-work.ts';

/** The load as the portal sends it: as one statement, a recorded load with whose records it shows. */
function statementOf(load: unknown): Sql {
  const { load: own, streams } = load as Partial<SqlRecordedLoad<unknown>>;
  const reads =
    own === undefined || streams === undefined ? (load as SqlLoad<unknown>).statements : [...own.statements, streams];
  const [everything] = createMergeReads()(reads).statements;
  if (everything === undefined) throw new Error('the load has no statement');
  return everything;
}

/** @returns explains a load with the plan that a session has for it which has run it often */
export async function createExplain(client: pg.Client): Promise<(load: unknown) => Promise<Work>> {
  const explain = await createExplainStatement(client);
  return (load) => explain(statementOf(load));
}

/**
 * Explains each load and prints a line for it.
 * @returns how many read a large table from end to end
 */
export async function explainAll(client: pg.Client, loads: Readonly<Record<string, unknown>>): Promise<number> {
  const explain = await createExplain(client);
  const width = Math.max(...Object.keys(loads).map((name) => name.length));
  console.log(`\n${'load'.padEnd(width)}        ms     pages      read   in vain  indexes of large tables`);
  let scans = 0;
  for (const [name, load] of Object.entries(loads)) {
    const work = await explain(load);
    const numbers = [work.milliseconds.toFixed(1), work.pages, work.read, work.inVain];
    console.log(
      `${name.padEnd(width)}${numbers.map((each) => String(each).padStart(10)).join('')}  ${work.indexes.join(', ')}`,
    );
    for (const table of work.scans) console.log(`${' '.repeat(width)}  ^^^ reads all of ${table}`);
    scans += work.scans.length;
  }
  return scans;
}
