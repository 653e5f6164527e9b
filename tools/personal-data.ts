/** Compares the catalogue of personal data with the database, and renders it as a document (R79). */
import type { SqlDriver } from '../adapters/postgres/driver/driver.ts';
import { sql } from '../adapters/postgres/driver/sql.ts';
import type { AfterErasure, Chapter, InCopy, TableFate } from '../domain/privacy/catalogue/fates.ts';
import { MERGE_FATES, type MergeFate } from '../domain/privacy/catalogue/merging.ts';
import { isPersonal, TABLES } from '../domain/privacy/catalogue/tables.ts';

const FOLDER = 'domain/privacy/catalogue/';

/** Columns that are missing in the catalogue or in the database, each with what to do. */
export async function catalogueFaults(driver: SqlDriver): Promise<string[]> {
  const [found = []] = await driver.run(
    [
      // Not information_schema, because it hides what the role may not see.
      sql`SELECT c.relname AS table_name, a.attname AS column_name, format_type(a.atttypid, NULL) AS data_type
          FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
          ORDER BY c.relname, a.attnum`,
    ],
    'snapshot',
  );
  const columns = found.map(({ table_name, column_name, data_type }) => ({
    table: String(table_name),
    column: String(column_name),
    type: String(data_type),
  }));
  const missing = columns.flatMap(({ table, column, type }) => {
    const fate = TABLES[table];
    if (fate === undefined)
      return [
        `${table}.${column}: add ${table} to a file of ${FOLDER} (see fates.ts): rows 'deleted' or 'kept' if they are a person's, 'passing' or 'impersonal' if not`,
      ];
    return columnNames(fate).includes(column) ? [] : [`${table}.${column}: ${lineToAdd(table, fate, column, type)}`];
  });
  const present = new Set(columns.map(({ table, column }) => `${table}.${column}`));
  const gone = Object.entries(TABLES).flatMap(([table, fate]) =>
    columnNames(fate)
      .filter((column) => !present.has(`${table}.${column}`))
      .map((column) => `${table}.${column}: the database has no such column; remove its line from ${FOLDER}`),
  );
  return [...missing, ...gone];
}

/** Columns of tables whose rows move when two records are merged that may name a person, and do not say what becomes of them. */
export async function mergeFaults(driver: SqlDriver): Promise<string[]> {
  const [found = []] = await driver.run(
    [
      // Ids that refer to nothing but a person, or whose reference the database does not know.
      sql`SELECT c.relname AS table_name, a.attname AS column_name
          FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname = 'public' AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
            AND a.atttypid = 'uuid'::regtype AND a.attname <> 'id'
            AND NOT EXISTS (SELECT FROM pg_constraint f JOIN pg_class r ON r.oid = f.confrelid
              WHERE f.conrelid = c.oid AND f.contype = 'f' AND a.attnum = ANY (f.conkey) AND r.relname NOT IN ('users', 'doctors'))
          ORDER BY c.relname, a.attnum`,
    ],
    'snapshot',
  );
  return found.flatMap(({ table_name, column_name }) => {
    const fate = MERGE_FATES[table_name as keyof typeof MERGE_FATES];
    if (fate?.fate !== 'moves' || String(column_name) in fate.columns) return [];
    return [
      `${table_name}.${column_name}: in ${FOLDER}merging.ts, say under columns of ${table_name} whether it moves`,
    ];
  });
}

export function columnNames(fate: TableFate): readonly string[] {
  return isPersonal(fate) ? Object.keys(fate.columns) : fate.columns;
}

function lineToAdd(table: string, fate: TableFate, column: string, type: string): string {
  const copy = `${suggestedCopy(type)} or withheld('why')`;
  const where = `in ${FOLDER}, under columns of ${table}, add the line`;
  switch (fate.rows) {
    case 'deleted':
      return `${where} \`${column}: ${copy},\``;
    case 'kept':
      return `${where} \`${column}: [${copy}, becomes(null) or UNREADABLE or kept('on what ground')],\``;
    default:
      return `${where} \`'${column}',\` if it refers to no person; else make the table one of a person's`;
  }
}

function suggestedCopy(type: string): string {
  if (type === 'bytea') return "sealed('text')";
  if (type === 'uuid') return "exported('id')";
  if (type === 'boolean') return "exported('flag')";
  if (type === 'date') return "exported('date')";
  if (type.endsWith('[]')) return "exported('texts')";
  if (type === 'jsonb') return "exported('object')";
  if (type.startsWith('timestamp')) return "exported('instant')";
  if (/int/.test(type)) return "exported('integer')";
  return "exported('text')";
}

/** The catalogue as a page of the documentation. */
export function catalogueDocument(): string {
  const personal = Object.entries(TABLES).flatMap(([name, fate]) => (isPersonal(fate) ? [section(name, fate)] : []));
  const others = Object.entries(TABLES).flatMap(([name, fate]) =>
    isPersonal(fate) ? [] : [`| \`${name}\` | ${fate.rows === 'passing' ? 'passing' : 'no person'} | ${fate.why} |`],
  );
  const mergeRows = Object.entries(MERGE_FATES).map(([name, fate]) => `| \`${name}\` | ${mergeWords(fate)} |`);
  return `# What becomes of each column

Generated by \`npm run docs\` from \`${FOLDER}\`. The copy of a person's data (GDPR Art. 15 and 20) and the erasure (Art. 17) are
made from the same declaration, and a test plants a value in each column and looks where it ends (R79).

- In the copy: the name under which the value stands in its chapter of \`personal-data.json\`, or why it is withheld.
- After erasure: *deleted* with its row; *emptied*; *unreadable*, because it is encrypted under the person's data key, which is destroyed; or
  *kept*, with the ground.

An id of a person that stands in a row of somebody else stays there. It leads to an emptied account.

${personal.join('\n\n')}

## When two records of a patient are merged

One record, the survivor, gets what the other, the alias, had ([0188](adr/0188-merging-two-records.md)).

| table | what becomes of the alias's rows |
|---|---|
${mergeRows.join('\n')}

## Tables that are nobody's record

| table | refers to | what it holds |
|---|---|---|
${others.join('\n')}
`;
}

function mergeWords(fate: MergeFate): string {
  switch (fate.fate) {
    case 'moves': {
      const columns = Object.entries(fate.columns).map(([column, each]) =>
        each === 'moves' ? `\`${column}\` becomes the survivor` : `\`${column}\` stays: ${each.keeps}`,
      );
      return `move${fate.only === undefined ? '' : `, ${fate.only}`}: ${columns.join('; ')}`;
    }
    case 'follows':
      return `follow \`${fate.table}\``;
    case 'stays':
      return `stay with the alias: ${fate.why}`;
    case 'ends':
      return `end: ${fate.why}`;
    case 'kept for undoing':
      return `are kept for a day, then deleted: ${fate.why}`;
    case 'none':
      return 'there are none: a record that has been a doctor’s is not merged';
  }
}

function section(name: string, fate: Extract<TableFate, { columns: Readonly<Record<string, unknown>> }>): string {
  const chapters = fate.chapters ?? [];
  const chapter = chapters.length === 0 ? 'No chapter in the copy.' : chapters.map(chapterWords).join('\n');
  const rows = Object.entries(fate.columns).map(([column, declared]) => {
    const [copy, erasure] = isPair(declared) ? declared : [declared as InCopy, undefined];
    return `| \`${column}\` | ${copyWords(column, copy)} | ${erasure === undefined ? 'deleted' : erasureWords(erasure)} |`;
  });
  return [`## \`${name}\``, '', chapter, '', '| column | in the copy | after erasure |', '|---|---|---|', ...rows].join(
    '\n',
  );
}

function chapterWords({ name, columns }: Chapter): string {
  const shown = columns === undefined ? '' : `, with ${columns.map((column) => `\`${column}\``).join(', ')} alone`;
  return `Chapter \`${name}\` of the copy${shown}.`;
}

function isPair(declared: unknown): declared is readonly [InCopy, AfterErasure] {
  return Array.isArray(declared);
}

function copyWords(column: string, copy: InCopy): string {
  if ('withheld' in copy) return `withheld: ${copy.withheld}`;
  const name = copy.as ?? column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return copy.exported === 'message' ? '`subject`, `text`' : `\`${name}\``;
}

function erasureWords(erasure: AfterErasure): string {
  if ('kept' in erasure) return `kept: ${erasure.kept}`;
  return 'unreadable' in erasure ? 'unreadable' : 'emptied';
}
