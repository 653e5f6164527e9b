/** A row in each table that holds personal data, with a unique value in every column, generated from the catalogue. */
import { createHash } from 'node:crypto';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { join, raw, type Sql, sql } from '../../adapters/postgres/driver/sql.ts';
import type { Form, OtherRows, Ownership } from '../../domain/privacy/catalogue/fates.ts';
import { exportedColumns, PERSONAL_TABLES, type PersonalTable } from '../../domain/privacy/catalogue/tables.ts';
import type { DataKey, FieldCipher } from '../../domain/shared/ports.ts';
import { namedPlace, rowColumn } from '../../domain/shared/sealed-columns.ts';
import type { OwnDatabase } from './own-database.ts';

/** A value as it is stored, and as the copy of a person's data shows it. */
export interface Planted {
  readonly stored: unknown;
  readonly shown: unknown;
}

/** Keyed by table and column. */
export type PlantedRows = ReadonlyMap<string, ReadonlyMap<string, Planted>>;

/** Values that the planted rows need for users, mails and keys to be usable. */
const FIXED: Readonly<Record<string, Planted>> = {
  'users.deleted_at': { stored: null, shown: null },
  'notifications.key_owner': { stored: null, shown: null },
  'notifications.template': { stored: 'waitlist-ended', shown: 'waitlist-ended' },
};

const EPOCH = Date.parse('2001-01-01T00:00:00Z');
const DAY_MS = 86_400_000;

export async function columnTypes(driver: SqlDriver): Promise<Map<string, string>> {
  const [found = []] = await driver.run(
    [
      sql`SELECT c.relname || '.' || a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
          FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname = 'public' AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped`,
    ],
    'snapshot',
  );
  return new Map(found.map(({ name, type }) => [String(name), String(type)]));
}

/** Drops constraints, generated values and the triggers that copy rows, so that any value can be stored in any column. */
export async function dropConstraints(database: OwnDatabase): Promise<void> {
  const [found = []] = await database.driver.run(
    [
      sql`SELECT c.relname AS owner, o.conname AS name FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname = 'public' AND o.contype IN ('c', 'f', 'u', 'x', 'p') ORDER BY o.contype = 'p'`,
    ],
    'snapshot',
  );
  const copying = ['participants', 'first_step', 'steps', 'first_booked', 'first_moved', 'patients_booked'];
  const changes = [
    ...copying.map((name) => `DROP TRIGGER appointments_${name} ON appointments`),
    'DROP TRIGGER participants_patients_met ON appointment_participants',
    'DROP TRIGGER users_patients_registered ON users',
    'DROP TRIGGER files_counted ON files',
    'ALTER TABLE appointment_participants ALTER COLUMN participant_id DROP EXPRESSION',
    ...found.map(({ owner, name }) => `ALTER TABLE "${owner}" DROP CONSTRAINT IF EXISTS "${name}" CASCADE`),
  ];
  await database.run(changes.join(';'));
}

/**
 * @param seed distinguishes the values of several persons
 * @returns the planted values
 */
export async function plantRows(
  driver: SqlDriver,
  cipher: FieldCipher,
  dataKey: DataKey,
  seed: string,
): Promise<PlantedRows> {
  const types = await columnTypes(driver);
  const values = plannedValues(types, cipher, dataKey, seed);
  const inserts = PERSONAL_TABLES.flatMap(([table, fate]) => {
    const row = values.get(table) ?? new Map<string, Planted>();
    const extra = exceptionalRow(fate, row, dataKey.ownerId);
    return [row, ...(extra === undefined ? [] : [extra]), ...rowsOfChapters(fate, row, dataKey.ownerId)].map((each) =>
      insert(table, each, types),
    );
  });
  // A message that has a key of its own is the last one, and nobody can read it.
  const messageKey = uuidOf(`key of a message to ${dataKey.ownerId}`);
  const ownKey = [
    ['id', same(`00000000-0000-7000-8000-${dataKey.ownerId.slice(-12)}`)],
    ['key_owner', same(messageKey)],
  ] as const;
  inserts.push(
    insert('notifications', new Map([...(values.get('notifications') ?? []), ...ownKey]), types),
    sql`INSERT INTO data_keys (owner_id, ring_key_id, wrapped, created_at)
        VALUES (${messageKey}::uuid, 'of a message', '', now())`,
    sql`INSERT INTO appointment_types (id, code, name, duration_minutes, buffer_before_minutes, buffer_after_minutes,
          minimum_notice_minutes, horizon_days, slot_interval_minutes, created_at, updated_at)
        SELECT DISTINCT appointment_type_id, 'the-type', 'x', 1, 0, 0, 0, 1, 1, now(), now() FROM appointments
        WHERE patient_id = ${dataKey.ownerId}::uuid`,
  );
  await driver.run(inserts, 'write');
  return values;
}

function plannedValues(
  types: ReadonlyMap<string, string>,
  cipher: FieldCipher,
  dataKey: DataKey,
  seed: string,
): PlantedRows {
  const values = new Map<string, Map<string, Planted>>();
  const toSeal: { row: Map<string, Planted>; table: string; column: string; plain: string; shown: unknown }[] = [];
  let number = seed.charCodeAt(0) * 200;
  for (const [table, fate] of PERSONAL_TABLES) {
    const row = new Map<string, Planted>();
    const copied = new Map(exportedColumns(fate).map((column) => [column.column, column]));
    for (const column of Object.keys(fate.columns)) {
      number += 1;
      const name = `${table}.${column}`;
      const shape = copied.get(column);
      // Without dots, because a device name that looks like a link would not be shown.
      const words = `planted-${seed}-${shape?.exported === 'message' ? name.replaceAll('.', ' ') : name}`;
      if (FIXED[name] !== undefined) row.set(column, FIXED[name]);
      else if (shape?.exported === 'doctor') row.set(column, { stored: dataKey.ownerId, shown: dataKey.ownerId });
      else if (shape?.exported === 'appointmentType')
        row.set(column, { stored: uuidOf(`type ${seed}`), shown: 'the-type' });
      else if (shape?.sealed) {
        const shown =
          shape.exported === 'object' ? { planted: words } : shape.exported === 'date' ? '1901-02-03' : words;
        const plain =
          shape.exported === 'message'
            ? JSON.stringify({ doctorName: words })
            : typeof shown === 'string'
              ? shown
              : JSON.stringify(shown);
        row.set(column, { stored: null, shown });
        toSeal.push({ row, table, column, plain, shown });
      } else row.set(column, plantedValue(types.get(name) ?? 'missing', words, number, shape?.exported));
    }
    values.set(table, row);
  }
  for (const [table, fate] of PERSONAL_TABLES) {
    const [owner] = fate.owners;
    if (owner !== undefined) own(values, table, owner, dataKey);
  }
  // A box is bound to the id of its row, which is known only now.
  for (const { row, table, column, plain, shown } of toSeal) {
    const id = row.get(rowColumn(table) ?? '')?.stored as string;
    row.set(column, { stored: cipher.seal(dataKey, namedPlace(table, column, id), plain), shown });
  }
  const keys = values.get('data_keys');
  keys?.set('ring_key_id', same(dataKey.ringKeyId));
  keys?.set('wrapped', same(dataKey.wrapped));
  return values;
}

function own(values: Map<string, Map<string, Planted>>, table: string, owner: Ownership, key: DataKey): void {
  const value =
    'in' in owner
      ? values.get(owner.in.table)?.get(owner.in.column)
      : same(owner.holds === 'prefix' ? `${key.ownerId} x` : key.ownerId);
  if (value !== undefined) values.get(table)?.set(owner.column, value);
}

/** A second row in tables where some rows are deleted although the others are kept. */
function exceptionalRow(
  fate: PersonalTable,
  row: ReadonlyMap<string, Planted>,
  person: string,
): ReadonlyMap<string, Planted> | undefined {
  if (fate.rows !== 'kept' || fate.except === undefined) return undefined;
  const other = new Map(row);
  const [owner] = fate.except.owners;
  if (owner !== undefined && 'column' in owner) {
    other.set(owner.column, same('holds' in owner && owner.holds === 'prefix' ? `${person} POST` : person));
  }
  if (fate.except.where !== undefined) other.set(fate.except.where.column, same(fate.except.where.is));
  // The row must not belong to the person by the table's own rule, so that only the exception can delete it.
  for (const rule of fate.owners) {
    if (rule.column !== owner?.column) other.set(rule.column, same(uuidOf(`nobody ${person}`)));
  }
  return other;
}

/** What makes a row one of those that a chapter shows beside the person's own. */
const SHOWN: Readonly<Record<OtherRows['only'], (person: string) => Readonly<Record<string, unknown>>>> = {
  actsByProxy: (person) => ({
    stream: uuidOf(`represented by ${person}`),
    details: JSON.stringify({ onBehalfOf: person }),
  }),
};

/** A row in each chapter that is not made of the person's own rows. */
function rowsOfChapters(
  { chapters = [] }: PersonalTable,
  row: ReadonlyMap<string, Planted>,
  person: string,
): ReadonlyMap<string, Planted>[] {
  return chapters.flatMap(({ rows }) => {
    if (rows === undefined) return [];
    const [owner] = rows.owners;
    const changed = { ...SHOWN[rows.only](person), ...(owner === undefined ? {} : { [owner.column]: person }) };
    return [new Map([...row, ...Object.entries(changed).map(([column, stored]) => [column, same(stored)] as const)])];
  });
}

function same(stored: unknown): Planted {
  return { stored, shown: stored };
}

function uuidOf(words: string): string {
  const hex = createHash('sha256').update(words).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function plantedValue(type: string, words: string, number: number, form?: Form): Planted {
  const moment = new Date(EPOCH + number * DAY_MS).toISOString();
  switch (type) {
    case 'uuid':
      return same(uuidOf(words));
    case 'text':
      return same(words);
    case 'bytea':
      return same(Uint8Array.from(createHash('sha256').update(words).digest()));
    case 'bytea[]':
      return same([`\\x${createHash('sha256').update(words).digest('hex')}`]);
    case 'timestamp with time zone':
      return { stored: moment, shown: moment.replace('.000Z', 'Z') };
    case 'date':
      return same(moment.slice(0, 10));
    case 'boolean':
      return same(true);
    case 'smallint':
    case 'integer':
    case 'bigint':
      return same(number);
    case 'double precision':
      return same(number + 0.5);
    case 'text[]':
      return same([words]);
    case 'smallint[]':
      return same([number]);
    case 'uuid[]':
      return same([uuidOf(words)]);
    case 'jsonb': {
      const planted = { planted: words };
      const shown = form === 'integers' ? [number] : form === 'objects' ? [planted] : planted;
      return { stored: JSON.stringify(shown), shown };
    }
    case 'tstzrange':
      return same(`[${moment},${moment}]`);
    default:
      throw new Error(`${words}: say in tests/support/planted-rows.ts how a ${type} is planted`);
  }
}

function insert(table: string, row: ReadonlyMap<string, Planted>, types: ReadonlyMap<string, string>): Sql {
  const columns = [...row.keys()];
  const values = columns.map((column) => {
    const stored = row.get(column)?.stored as never;
    return sql`${stored}::${raw(types.get(`${table}.${column}`) ?? 'text')}`;
  });
  return sql`INSERT INTO ${raw(table)} (${raw(columns.map((column) => `"${column}"`).join(', '))}) OVERRIDING SYSTEM VALUE
    VALUES (${join(values)})`;
}
