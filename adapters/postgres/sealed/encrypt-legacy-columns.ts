/**
 * Seals values stored in plaintext before migration 0010, which SQL cannot do. Runs after the migrations and continues
 * after an interruption; if two processes run it at once, each row is sealed by one of them. If nothing is left, it
 * costs one query.
 */
import type { BlindIndex, DataKey, FieldCipher } from '../../../domain/shared/ports.ts';
import { type SealedTable, sealedPlaceOf } from '../../../domain/shared/sealed-columns.ts';
import type { Row, SqlDriver } from '../driver/driver.ts';
import { DATA_KEY_COLUMNS, join, raw, readDataKey, type Sql, sql } from '../driver/sql.ts';
import { emailIndex, specialtyIndex } from './sealed-row.ts';

const BATCH = 200;

interface Column {
  /** The column that receives the sealed text. */
  readonly name: string;
  readonly text: (row: Row) => string | null;
  /** The column that receives the blind index of the same text. */
  readonly index?: readonly [column: string, of: (index: BlindIndex, text: string) => Uint8Array | null];
}

interface LegacyTable {
  readonly name: SealedTable;
  /** The column that holds the owner of the sealing key. */
  readonly owner: string;
  /** The plaintext columns, in the order of the table's partial index. */
  readonly former: readonly string[];
  readonly columns: readonly Column[];
}

function copied(column: string, index?: Column['index']): Column {
  return {
    name: column,
    text: (row) => row[`unsealed_${column}`] as string | null,
    ...(index === undefined ? {} : { index }),
  };
}

const TABLES: readonly LegacyTable[] = [
  {
    name: 'users',
    owner: 'id',
    former: ['email', 'first_name', 'last_name', 'bio', 'language'],
    columns: [
      {
        ...copied('email', ['email_index', emailIndex]),
        // The address of a closed account is released.
        text: ({ status, unsealed_email }) => (status === 'closed' ? null : (unsealed_email as string | null)),
      },
      ...['first_name', 'last_name', 'bio', 'language'].map((column) => copied(column)),
    ],
  },
  {
    name: 'sessions',
    owner: 'user_id',
    former: ['device_name', 'country', 'city', 'latitude', 'longitude'],
    columns: [copied('device_name'), { name: 'location', text: legacyLocation }],
  },
  { name: 'trusted_devices', owner: 'user_id', former: ['name'], columns: [copied('name')] },
  { name: 'api_keys', owner: 'user_id', former: ['name'], columns: [copied('name')] },
  { name: 'time_off', owner: 'doctor_id', former: ['reason'], columns: [copied('reason')] },
  {
    name: 'waitlist_entries',
    owner: 'patient_id',
    former: ['specialty'],
    columns: [copied('specialty', ['specialty_index', specialtyIndex])],
  },
];

function legacyLocation(row: Row): string | null {
  const { unsealed_country: country, unsealed_city: city, unsealed_latitude: latitude } = row;
  if (country === null && latitude === null) return null;
  return JSON.stringify({ country, city, latitude, longitude: row.unsealed_longitude });
}

function unsealed({ former }: LegacyTable): Sql {
  return raw(`num_nonnulls(${former.map((column) => `unsealed_${column}`).join(', ')}) > 0`);
}

/** How many rows still hold plaintext in a column that is sealed now. */
export async function countUnsealed(driver: SqlDriver): Promise<number> {
  const counts = TABLES.map((table) => sql`(SELECT count(*) FROM ${raw(table.name)} WHERE ${unsealed(table)})`);
  const doctors = sql`(SELECT count(*) FROM doctors WHERE specialty IS NOT NULL AND specialty_index IS NULL)`;
  const [found] = await driver.run([sql`SELECT ${join([...counts, doctors], ' + ')} AS unsealed`], 'snapshot');
  return found?.[0]?.unsealed as number;
}

/**
 * @param onProgress called after each batch with the number of sealed rows and the total
 * @returns how many rows were sealed
 */
export async function encryptLegacyColumns(
  driver: SqlDriver,
  cipher: FieldCipher,
  index: BlindIndex,
  onProgress: (sealed: number, total: number) => void = () => {},
): Promise<number> {
  const total = await countUnsealed(driver);
  if (total === 0) return 0;
  let sealed = 0;
  const work = [
    ...TABLES.map((table) => () => sealBatch(driver, table, cipher, index)),
    () => indexDoctors(driver, index),
  ];
  for (const next of work) {
    for (let rows = await next(); rows > 0; rows = await next()) {
      sealed += rows;
      onProgress(sealed, total);
    }
  }
  return sealed;
}

/** Updates in id order, so that two processes never deadlock. */
async function sealBatch(
  driver: SqlDriver,
  table: LegacyTable,
  cipher: FieldCipher,
  index: BlindIndex,
): Promise<number> {
  const name = raw(table.name);
  const [rows = []] = await driver.run(
    [
      sql`SELECT t.*, ${DATA_KEY_COLUMNS} FROM ${name} t LEFT JOIN data_keys k ON k.owner_id = t.${raw(table.owner)}
          WHERE ${unsealed(table)} ORDER BY t.id LIMIT ${BATCH}::int`,
    ],
    'snapshot',
  );
  const cleared = table.former.map((column) => raw(`unsealed_${column} = NULL`));
  const updates = rows.map((row) => {
    // Without a key the person was erased: the remaining plaintext is deleted, not sealed.
    const values = row.key_owner === null ? [] : assignments(table, row, readDataKey(row), cipher, index);
    return sql`UPDATE ${name} SET ${join([...values, ...cleared])} WHERE id = ${row.id as string}::uuid AND ${unsealed(table)}`;
  });
  if (updates.length > 0) await driver.run(updates, 'write');
  return rows.length;
}

/** A value that the portal has written since is newer and is kept. */
function assignments(table: LegacyTable, row: Row, key: DataKey, cipher: FieldCipher, index: BlindIndex): Sql[] {
  return table.columns.flatMap(({ name: column, text, index: found }) => {
    const clear = text(row);
    if (clear === null) return [];
    const place = sealedPlaceOf(table.name, column as never, row.id as string);
    const value = sql`${raw(column)} = coalesce(${raw(column)}, ${cipher.seal(key, place, clear)}::bytea)`;
    if (found === undefined) return [value];
    const [name, of] = found;
    return [value, sql`${raw(name)} = coalesce(${raw(name)}, ${of(index, clear)}::bytea)`];
  });
}

/** The doctor directory is public and stays in plaintext; only its index is added. */
async function indexDoctors(driver: SqlDriver, index: BlindIndex): Promise<number> {
  const [rows = []] = await driver.run(
    [
      sql`SELECT user_id, specialty FROM doctors WHERE specialty IS NOT NULL AND specialty_index IS NULL
          ORDER BY user_id LIMIT ${BATCH}::int`,
    ],
    'snapshot',
  );
  const updates = rows.map(
    ({ user_id, specialty }) =>
      sql`UPDATE doctors SET specialty_index = ${specialtyIndex(index, specialty as string)}::bytea
          WHERE user_id = ${user_id as string}::uuid AND specialty = ${specialty as string}`,
  );
  if (updates.length > 0) await driver.run(updates, 'write');
  return rows.length;
}
