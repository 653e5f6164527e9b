/** The chapters of a person's copy, read page by page from the columns that the catalogue exports (R79). */
import type { Chapter, OtherRows } from '../../../domain/privacy/catalogue/fates.ts';
import {
  besideDoctor,
  type ChapterSource,
  isPersonal,
  type PersonalTable,
  TABLES,
} from '../../../domain/privacy/catalogue/tables.ts';
import type { ChapterPage, CopyRecord, CopyValue } from '../../../domain/privacy/ports.ts';
import type { DataKey, FieldCipher } from '../../../domain/shared/ports.ts';
import { mayBeAbsent, namedPlace, rowColumn, UNREADABLE } from '../../../domain/shared/sealed-columns.ts';
import { formatInstant } from '../../../domain/shared/time.ts';
import { byProxy, isOfOthers } from '../access/acts-by-proxy.ts';
import type { Row } from '../driver/driver.ts';
import { join, raw, type Sql, type SqlLoad, sql } from '../driver/sql.ts';
import { isOwnedBy } from './erasure.ts';

type Column = ChapterSource['columns'][number];

/** The SELECT expression of a column. For ids of doctors and appointment types it also selects the name. */
function selected({ column, name, exported: form }: Column): Sql {
  const quoted = raw(`"${name}"`);
  const own = raw(`t.${column}`);
  switch (form) {
    case 'doctor':
      return sql`${own} AS ${quoted}, CASE WHEN ${own} IS NULL THEN NULL ELSE coalesce(
        (SELECT nullif(trim(d.first_name || ' ' || d.last_name), '') FROM doctors d WHERE d.user_id = ${own}),
        'a former doctor') END AS ${raw(`"${besideDoctor(name)}"`)}`;
    case 'appointmentType':
      return sql`(SELECT y.code FROM appointment_types y WHERE y.id = ${own}) AS ${quoted}`;
    case 'message':
      return sql`${own} AS ${quoted}, t.key_owner IS NOT NULL AS has_own_key`;
    default:
      return sql`${own} AS ${quoted}`;
  }
}

export function chapterPage(
  source: ChapterSource,
  person: string,
  dataKey: DataKey,
  page: { readonly after: string | null; readonly limit: number },
  cipher: FieldCipher,
): SqlLoad<ChapterPage> {
  const { table, chapter, columns } = source;
  const fate = TABLES[table];
  if (fate === undefined || !isPersonal(fate)) throw new Error(`${table} holds nobody's rows`);
  const keys = keysOf(chapter);
  const place = join(keys.map(({ column }) => column));
  const sealedBy = rowColumn(table);
  // The newest first: ids begin with the time at which they were made (UUIDv7).
  const isDescending = chapter.keyType !== 'integer';
  const order = isDescending ? sql`DESC` : sql`ASC`;
  const beyond =
    page.after === null
      ? sql`true`
      : sql`(${place}) ${isDescending ? sql`<` : sql`>`} (${join(valuesOf(page.after, keys))})`;
  // One row more than the limit shows whether there is a next page.
  const statement = sql`SELECT json_build_array(${place})::text AS page_key, ${raw(sealedBy === null ? 'NULL' : `t.${sealedBy}`)} AS sealed_row, ${join(columns.map(selected))} FROM ${raw(table)} t
    WHERE ${isOf(chapter, fate, person)} AND ${beyond} ORDER BY ${join(keys.map(({ column }) => sql`${column} ${order}`))} LIMIT ${page.limit + 1}::int`;
  return {
    statements: [statement],
    read: ([found = []]) => {
      const shown = found.slice(0, page.limit);
      const last = found.length > page.limit ? shown.at(-1) : undefined;
      return {
        records: shown.map((row) => readRecord(row, table, columns, dataKey, cipher)),
        next: last === undefined ? null : (last.page_key as string),
      };
    },
  };
}

interface Key {
  readonly column: Sql;
  readonly type: string;
}

/** The columns that put the rows of a chapter in order. */
function keysOf({ time, key, keyType }: Chapter): readonly Key[] {
  const unique = { column: raw(`t.${key}`), type: keyType };
  return time === undefined ? [unique] : [{ column: raw(`t.${time}`), type: 'timestamptz' }, unique];
}

/** @param after the values of the keys, as a JSON array */
function valuesOf(after: string, keys: readonly Key[]): Sql[] {
  const values = JSON.parse(after) as unknown[];
  return keys.map(({ type }, index) => sql`${String(values[index])}::text::${raw(type)}`);
}

function isOf({ rows }: Chapter, { owners }: PersonalTable, person: string): Sql {
  if (rows === undefined) return isOwnedBy(owners, person);
  // What was done in a record that was merged into the person's, or the reverse, was done for nobody else.
  const survivor = sql`(SELECT coalesce(u.merged_into, u.id) FROM users u WHERE u.id = ${person}::uuid)`;
  return sql`${isOwnedBy(rows.owners, person)} AND ${ONLY[rows.only](survivor)}`;
}

const ONLY: Readonly<Record<OtherRows['only'], (survivor: Sql) => Sql>> = {
  actsByProxy: (survivor) => sql`${byProxy(raw('t'))} AND ${isOfOthers(raw('t.stream'), survivor)}`,
};

function readRecord(
  row: Row,
  table: string,
  columns: readonly Column[],
  dataKey: DataKey,
  cipher: FieldCipher,
): CopyRecord {
  const record: Record<string, CopyValue> = {};
  for (const column of columns) {
    const stored = row[column.name];
    const isAbsent = stored === null && mayBeAbsent(table, column.column, row.status);
    // A message whose key is its own can be read by nobody once it is sent: that is no damage.
    const isGone = column.exported === 'message' && row.has_own_key === true;
    record[column.name] = isGone
      ? null
      : column.sealed && !isAbsent
        ? opened(
            column,
            cipher.open(
              dataKey,
              namedPlace(table, column.column, row.sealed_row as string),
              stored as Uint8Array | null,
            ),
          )
        : inForm(column, stored);
    if (column.exported === 'doctor') record[besideDoctor(column.name)] = row[besideDoctor(column.name)] as CopyValue;
  }
  return record;
}

/** The copy shows a damaged value as unreadable, and keeps the rest of the record (R78). */
function opened(column: Column, value: ReturnType<FieldCipher['open']>): CopyValue {
  if (value.ok) return inForm(column, value.value);
  return column.exported === 'object' || column.exported === 'objects' ? null : UNREADABLE;
}

function inForm({ exported: form, sealed }: Column, value: unknown): CopyValue {
  if (value === null) return null;
  if (form === 'instant') return formatInstant(value as number);
  if ((form === 'object' || form === 'objects') && sealed) return JSON.parse(value as string) as CopyValue;
  return value as CopyValue;
}
