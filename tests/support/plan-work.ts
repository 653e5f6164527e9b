/** What PostgreSQL does for a statement: which indexes it uses, what it reads, and what it reads in vain. */
import pg from 'pg';
import type { Sql } from '../../adapters/postgres/driver/sql.ts';

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
  /** How many each step of the plan removed, if any, and of which table. */
  readonly discards: readonly { readonly rows: number; readonly of: string }[];
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

/** The value of a parameter, written into the statement. */
export function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (value instanceof Uint8Array) return `'\\x${Buffer.from(value).toString('hex')}'`;
  if (!Array.isArray(value)) return pg.escapeLiteral(String(value));
  const item = (each: unknown) => (each === null ? 'NULL' : `"${String(each).replace(/["\\]/g, '\\$&')}"`);
  return pg.escapeLiteral(`{${value.map(item).join(',')}}`);
}

/** The names of the tables of which a load must not read all rows, and of their indexes. */
async function largeTables(client: pg.Client, largeRows: number): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ name: string }>(
    `WITH large AS (SELECT oid, relname FROM pg_class
       WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples >= $1)
     SELECT relname AS name FROM large
     UNION ALL SELECT x.relname FROM large JOIN pg_index i ON i.indrelid = large.oid JOIN pg_class x ON x.oid = i.indexrelid`,
    [largeRows],
  );
  return new Set(rows.map(({ name }) => name));
}

export interface ExplainOptions {
  /** A table of so many rows, as it was analysed, is large. Default 10 thousand. */
  readonly largeRows?: number;
  /** Runs before the statement, in its transaction, for a statement that cannot be run twice. */
  readonly before?: string;
}

/**
 * @returns explains a statement with the plan that a session has for it which has run it often. It is run once, and what it writes
 *   is rolled back.
 */
export async function createExplainStatement(
  client: pg.Client,
  { largeRows = LARGE_ROWS, before = '' }: ExplainOptions = {},
): Promise<(statement: Pick<Sql, 'text' | 'values'>) => Promise<Work>> {
  const large = await largeTables(client, largeRows);
  return async ({ text, values }) => {
    const execute = `EXECUTE explained${values.length === 0 ? '' : `(${values.map(literal).join(', ')})`}`;
    await client.query(`PREPARE explained AS ${text}`);
    try {
      for (let n = 0; n < RUNS_BEFORE; n++) await client.query(`EXPLAIN ${execute}`);
      await client.query(`BEGIN; ${before}`);
      const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${execute}`);
      const [{ Plan: root, 'Execution Time': milliseconds }] = (
        rows[0] as { 'QUERY PLAN': [{ Plan: PlanNode; 'Execution Time': number }] }
      )['QUERY PLAN'];
      return { milliseconds, ...workOf(root, large) };
    } finally {
      await client.query('ROLLBACK');
      await client.query('DEALLOCATE explained');
    }
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
    discards: nodes
      .map((node) => ({ rows: removed(node), of: node['Relation Name'] ?? node['Index Name'] ?? '' }))
      .filter(({ rows }) => rows > 0),
    indexes: [...new Set(nodes.flatMap((node) => node['Index Name'] ?? []))],
    scans: nodes.flatMap((node) => (node['Node Type'] === 'Seq Scan' ? (node['Relation Name'] ?? []) : [])),
  };
}
