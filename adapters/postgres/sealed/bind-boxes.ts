/**
 * Reseals boxes of format 1, so that each is bound to its row (R77). Runs as the owner of the tables, once every
 * instance of the portal reads format 2. Batches are bounded; after an interruption the next run continues.
 */
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import {
  type BindingState,
  type BoxFormat,
  SEALED_TABLES,
  type SealedTable,
  sealedPlaceOf,
} from '../../../domain/shared/sealed-columns.ts';
import type { Row, SqlDriver } from '../driver/driver.ts';
import { DATA_KEY_COLUMNS, join, raw, readDataKey, type Sql, sql } from '../driver/sql.ts';

const BATCH = 200;

export interface Bound {
  readonly sealed: number;
  /** `table.column row` of each box that could not be opened. Format 1 stays readable as long as there is one. */
  readonly unopened: readonly string[];
}

/** Reads from the database which format to write. */
export async function readBoxFormat(driver: SqlDriver, format: BoxFormat): Promise<void> {
  const [found] = await driver.run([sql`SELECT state FROM sealed_format`], 'snapshot');
  format.state = (found?.[0]?.state as BindingState | undefined) ?? 'unbound';
}

/** @returns how many boxes were resealed, and those that could not be opened */
export async function bindBoxes(driver: SqlDriver, cipher: FieldCipher, format: BoxFormat): Promise<Bound> {
  await readBoxFormat(driver, format);
  if (format.state === 'bound') return { sealed: 0, unopened: [] };
  await setFormat(driver, format, 'binding');
  await makeClinicalKeys(driver, cipher);
  const first = await sweep(driver, cipher);
  if (first.unopened.length > 0) return first;
  await refuseUnbound(driver);
  // An instance that had not read the new state yet may have written format 1 until now.
  const second = await sweep(driver, cipher);
  if (second.unopened.length === 0) await setFormat(driver, format, 'bound');
  return { sealed: first.sealed + second.sealed, unopened: second.unopened };
}

async function setFormat(driver: SqlDriver, format: BoxFormat, state: BindingState): Promise<void> {
  await driver.run([sql`UPDATE sealed_format SET state = ${state}`], 'write');
  format.state = state;
}

/**
 * Gives each patient with notes a clinical key (R76). The sweep then reseals existing notes under it, because a box of
 * format 1 is sealed under the person's key.
 */
async function makeClinicalKeys(driver: SqlDriver, cipher: FieldCipher): Promise<void> {
  for (;;) {
    const [found = []] = await driver.run(
      [
        sql`SELECT DISTINCT a.patient_id FROM appointments a JOIN data_keys k ON k.owner_id = a.patient_id
            WHERE a.notes IS NOT NULL AND NOT EXISTS (SELECT FROM clinical_keys c WHERE c.patient_id = a.patient_id)
            ORDER BY a.patient_id LIMIT ${BATCH}::int`,
      ],
      'snapshot',
    );
    if (found.length === 0) return;
    const keys = found.map(({ patient_id }) => ({
      patientId: patient_id as string,
      key: cipher.newKey(crypto.randomUUID()),
    }));
    await driver.run(
      keys.map(
        ({ patientId, key }) => sql`WITH made AS (
            INSERT INTO clinical_keys (patient_id, key_id, created_at)
            VALUES (${patientId}::uuid, ${key.ownerId}::uuid, now()) ON CONFLICT DO NOTHING RETURNING key_id, created_at
          )
          INSERT INTO data_keys (owner_id, ring_key_id, wrapped, created_at)
          SELECT key_id, ${key.ringKeyId}, ${key.wrapped}::bytea, created_at FROM made`,
      ),
      'write',
    );
  }
}

/**
 * Tables whose rows are identified by one column. Boxes of the others are bound by other means or expire within days.
 */
const TABLES = (Object.keys(SEALED_TABLES) as SealedTable[]).filter((table) => SEALED_TABLES[table].row !== null);

/** The lock waits for writers that began before. All later writers use the new function. */
async function refuseUnbound(driver: SqlDriver): Promise<void> {
  await driver.run(
    [
      sql`LOCK TABLE ${join(TABLES.map((table) => raw(table)))} IN SHARE ROW EXCLUSIVE MODE`,
      sql`CREATE OR REPLACE FUNCTION is_sealed(box bytea) RETURNS boolean
          LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
          'SELECT octet_length(box) >= 29 AND get_byte(box, 0) = 2'`,
    ],
    'write',
  );
}

async function sweep(driver: SqlDriver, cipher: FieldCipher): Promise<Bound> {
  let sealed = 0;
  const unopened: string[] = [];
  for (const table of TABLES) {
    let after: string | null = null;
    for (;;) {
      const rows: readonly Row[] = await unboundRows(driver, table, after);
      const updates = rows.flatMap((row) => resealed(table, row, cipher, unopened));
      if (updates.length > 0) await driver.run(updates, 'write');
      sealed += updates.length;
      if (rows.length < BATCH) break;
      after = rows.at(-1)?.row_id as string;
    }
  }
  return { sealed, unopened };
}

async function unboundRows(driver: SqlDriver, table: SealedTable, after: string | null): Promise<readonly Row[]> {
  const { row, owner, columns } = SEALED_TABLES[table];
  const names = Object.keys(columns);
  const isUnbound = names.map((column) => sql`coalesce(get_byte(t.${raw(column)}, 0) = 1, false)`);
  const id = raw(`t.${row}`);
  const [rows = []] = await driver.run(
    [
      sql`SELECT ${id} AS row_id, ${raw(names.map((column) => `t.${column}`).join(', '))}, ${DATA_KEY_COLUMNS},
            EXISTS (SELECT FROM users x WHERE x.id = ${raw(owner)} AND x.status = 'closed') AS erased
          FROM ${raw(table)} t LEFT JOIN data_keys k ON k.owner_id = ${raw(owner)}
          WHERE (${after}::uuid IS NULL OR ${id} > ${after}::uuid) AND (${join(isUnbound, ' OR ')})
          ORDER BY ${id} LIMIT ${BATCH}::int`,
    ],
    'snapshot',
  );
  return rows;
}

function resealed(table: SealedTable, row: Row, cipher: FieldCipher, unopened: string[]): Sql[] {
  const id = row.row_id as string;
  return Object.keys(SEALED_TABLES[table].columns).flatMap((column) => {
    const box = row[column] as Uint8Array | null;
    if (box === null || !cipher.isUnbound(box)) return [];
    // If another instance has changed the value meanwhile, it has sealed it in the new format already.
    const update = (value: Uint8Array | null) =>
      sql`UPDATE ${raw(table)} SET ${raw(column)} = ${value}::bytea
          WHERE ${raw(SEALED_TABLES[table].row ?? '')} = ${id}::uuid AND ${raw(column)} = ${box}::bytea`;
    // The key was destroyed when the person was erased, so the box is unreadable: delete it.
    if (row.key_owner === null && row.erased === true) return [update(null)];
    const place = sealedPlaceOf(table, column as never, id);
    const opened = row.key_owner === null ? undefined : cipher.open(readDataKey(row), place, box);
    if (opened === undefined || !opened.ok || opened.value === null) {
      unopened.push(`${table}.${column} ${id}`);
      return [];
    }
    return [update(cipher.seal(readDataKey(row), place, opened.value))];
  });
}
