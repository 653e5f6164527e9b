/** What PostgreSQL does for a load of the portal. */
import pg from 'pg';
import { createMergeReads } from '../adapters/postgres/driver/one-statement.ts';
import type { Sql, SqlLoad, SqlRecordedLoad } from '../adapters/postgres/driver/sql.ts';

/** From the sixth run on, PostgreSQL may take the plan that does not depend on the values. */
const RUNS_BEFORE = 6;
const LARGE_ROWS = 10_000;

export interface Work {
  readonly milliseconds: number;
  /** Pages of 8 kB that it looked at. */
  readonly pages: number;
  /** Rows of large tables and entries of their indexes that it read. */
  readonly read: number;
  /** Of these, the ones that a filter removed. */
  readonly inVain: number;
  /** The indexes of large tables that it used. */
  readonly indexes: readonly string[];
  /** The large tables that it read from end to end. */
  readonly scans: readonly string[];
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly PlanNode[];
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

/** The load as the portal sends it: as one statement, a recorded load with whose records it shows. */
function statementOf(load: unknown): Sql {
  const { load: own, streams } = load as Partial<SqlRecordedLoad<unknown>>;
  const reads =
    own === undefined || streams === undefined ? (load as SqlLoad<unknown>).statements : [...own.statements, streams];
  const [everything] = createMergeReads()(reads).statements;
  if (everything === undefined) throw new Error('the load has no statement');
  return everything;
}

/** The value of a parameter, written into the statement. */
export function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (value instanceof Uint8Array) return `'\\x${Buffer.from(value).toString('hex')}'`;
  if (!Array.isArray(value)) return pg.escapeLiteral(String(value));
  const item = (each: unknown) => (each === null ? 'NULL' : `"${String(each).replace(/["\\]/g, '\\$&')}"`);
  return pg.escapeLiteral(`{${value.map(item).join(',')}}`);
}

/** The names of the tables of which a load must not read all rows, and of their indexes. */
async function largeTables(client: pg.Client): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ name: string }>(
    `WITH large AS (SELECT oid, relname FROM pg_class
       WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples >= $1)
     SELECT relname AS name FROM large
     UNION ALL SELECT x.relname FROM large JOIN pg_index i ON i.indrelid = large.oid JOIN pg_class x ON x.oid = i.indexrelid`,
    [LARGE_ROWS],
  );
  return new Set(rows.map(({ name }) => name));
}

/** @returns explains a load with the plan that a session has for it which has run it often */
export async function createExplain(client: pg.Client): Promise<(load: unknown) => Promise<Work>> {
  const large = await largeTables(client);
  return async (load) => {
    const { text, values } = statementOf(load);
    const execute = `EXECUTE explained${values.length === 0 ? '' : `(${values.map(literal).join(', ')})`}`;
    await client.query(`PREPARE explained AS ${text}`);
    for (let n = 0; n < RUNS_BEFORE; n++) await client.query(`EXPLAIN ${execute}`);
    const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${execute}`);
    await client.query('DEALLOCATE explained');
    const [{ Plan: root, 'Execution Time': milliseconds }] = (
      rows[0] as { 'QUERY PLAN': [{ Plan: PlanNode; 'Execution Time': number }] }
    )['QUERY PLAN'];
    return { milliseconds, ...workOf(root, large) };
  };
}

function workOf(root: PlanNode, large: ReadonlySet<string>): Omit<Work, 'milliseconds'> {
  const isLarge = (name: string | undefined) => name !== undefined && large.has(name);
  const nodes = nodesOf(root).filter(
    (node) => node['Actual Loops'] > 0 && (isLarge(node['Relation Name']) || isLarge(node['Index Name'])),
  );
  const removed = (node: PlanNode) =>
    ((node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)) * node['Actual Loops'];
  const sum = (of: (node: PlanNode) => number) => nodes.reduce((total, node) => total + of(node), 0);
  return {
    pages: root['Shared Hit Blocks'] + root['Shared Read Blocks'],
    read: sum((node) => node['Actual Rows'] * node['Actual Loops'] + removed(node)),
    inVain: sum(removed),
    indexes: [...new Set(nodes.flatMap((node) => node['Index Name'] ?? []))],
    scans: nodes.flatMap((node) => (node['Node Type'] === 'Seq Scan' ? (node['Relation Name'] ?? []) : [])),
  };
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
