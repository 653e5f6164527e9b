/** One statement of a request to Neon. Parameters and rows are in PostgreSQL's text format. */
import type pg from 'pg';
import { isRecord } from './http.ts';

export interface Statement {
  readonly query: string;
  readonly params: readonly (string | null)[];
}

/** The format that the driver reads: values in PostgreSQL's text format, parsed by `dataTypeID`. */
export interface StatementResult {
  readonly command: string;
  readonly rowCount: number | null;
  readonly rowAsArray: boolean;
  readonly fields: readonly pg.FieldDef[];
  readonly rows: readonly unknown[];
}

/** @returns the statement, or a description of the fault */
export function parseStatement(value: unknown): Statement | string {
  if (!isRecord(value) || typeof value.query !== 'string') return 'query is not a string';
  const params = value.params ?? [];
  if (!Array.isArray(params)) return 'params is not an array';
  return { query: value.query, params: params.map(parameterText) };
}

export async function runStatement(
  client: pg.PoolClient,
  { query, params }: Statement,
  arrayMode: boolean,
): Promise<StatementResult> {
  // Neon prepares each statement and therefore refuses several in one string; `extended` has the same effect here.
  const config: pg.QueryArrayConfig & { readonly queryMode: 'extended' } = {
    text: query,
    values: [...params],
    rowMode: 'array',
    types: { getTypeParser: () => identity },
    queryMode: 'extended',
  };
  const { command, rowCount, fields, rows } = await client.query<unknown[]>(config);
  return {
    command,
    rowCount,
    rowAsArray: arrayMode,
    fields,
    rows: arrayMode ? rows : rows.map((row) => Object.fromEntries(fields.map(({ name }, i) => [name, row[i]]))),
  };
}

function identity(text: string): string {
  return text;
}

/** Converts JSON to PostgreSQL text as Neon's proxy does: arrays become array literals, objects JSON text. */
function parameterText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return arrayLiteral(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function arrayLiteral(values: readonly unknown[]): string {
  const items = values.map((value) => {
    if (Array.isArray(value)) return arrayLiteral(value);
    const text = parameterText(value);
    return text === null ? 'NULL' : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  });
  return `{${items.join(',')}}`;
}
