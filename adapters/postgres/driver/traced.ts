/** A span for each round trip to the database, with the verbs and tables of its statements, and no values. */
import type { Tracer } from '../../../domain/shared/tracing.ts';
import type { SqlDriver } from './driver.ts';
import type { Sql } from './sql.ts';

/** How many texts are remembered. */
const REMEMBERED = 2_000;
/** Tables that one summary names. */
const MOST_TABLES = 6;
/** Statements of one trip that its span names. */
const MOST_STATEMENTS = 8;

/** A name before a parenthesis is a function, except where rows are inserted. */
const STEP =
  /\b(?:(insert into)\s+([a-z_]\w{2,62})\b|(update|delete from|from|join)\s+(?:only\s+)?([a-z_]\w{2,62})\b(?!\s*\())/gi;
/** `name AS (` and `name (columns) AS MATERIALIZED (` of a `WITH`. */
const NAMED_QUERY = /\b([a-z_]\w*)\s*(?:\([^()]*\)\s*)?as\s+(?:(?:not\s+)?materialized\s*)?\(/gi;
const VERBS: Readonly<Record<string, string>> = {
  'insert into': 'INSERT',
  update: 'UPDATE',
  'delete from': 'DELETE',
  from: 'SELECT',
  join: 'SELECT',
};

/**
 * `SELECT users, sessions` (OpenTelemetry semantic conventions, `db.query.summary`). Only names that stand in the text of the
 * statement: its values are parameters.
 */
export function summaryOf(text: string): string {
  const queries = new Set([...text.matchAll(NAMED_QUERY)].map(([, name = '']) => name.toLowerCase()));
  const tables = new Map<string, Set<string>>();
  let count = 0;
  for (const [, insert, inserted, other, from] of text.matchAll(STEP)) {
    const [step, table] = [insert ?? other ?? '', inserted ?? from ?? ''];
    const name = table.toLowerCase();
    const verb = VERBS[step.toLowerCase().replace(/\s+/g, ' ')];
    if (verb === undefined || queries.has(name) || RESERVED.has(name) || count >= MOST_TABLES) continue;
    const known = tables.get(verb) ?? new Set<string>();
    if (!known.has(name)) count += 1;
    tables.set(verb, known.add(name));
  }
  if (tables.size === 0) return /^\s*([a-z]{2,12})\b/i.exec(text)?.[1]?.toUpperCase() ?? 'SQL';
  return [...tables].map(([verb, names]) => `${verb} ${[...names].join(', ')}`).join('; ');
}

/** Words that follow `FROM`, `UPDATE` or `JOIN` and are not tables. */
const RESERVED: ReadonlySet<string> = new Set(['lateral', 'select', 'unnest', 'set', 'of', 'skip', 'nowait', 'values']);

export function tracedDriver(driver: SqlDriver, tracer: Tracer): SqlDriver {
  const summaries = new Map<string, string>();
  const summary = ({ text }: Sql) => {
    const known = summaries.get(text);
    if (known !== undefined) return known;
    const made = summaryOf(text);
    if (summaries.size >= REMEMBERED) summaries.clear();
    summaries.set(text, made);
    return made;
  };
  return {
    ...driver,
    run(statements, mode, bounds) {
      const named = [...new Set(statements.slice(0, MOST_STATEMENTS).map(summary))];
      const attributes = {
        'db.system.name': 'postgresql',
        'db.query.summary': named.join('; '),
        'db.operation.batch.size': statements.length,
        'portal.database.mode': mode,
      };
      return tracer.span(named[0] ?? mode, { kind: 'client', attributes }, () => driver.run(statements, mode, bounds));
    },
  };
}
