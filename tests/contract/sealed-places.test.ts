/** A sealed value opens only in the place it was made for, for every declared column (R77). */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createBlindIndex, generateIndexKey } from '../../adapters/crypto/blind-index.ts';
import { createFieldCipher, generateFieldKey, parseFieldKeys } from '../../adapters/crypto/field-cipher.ts';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { DATA_KEY_COLUMNS, readDataKey, sql } from '../../adapters/postgres/driver/sql.ts';
import { bindBoxes, readBoxFormat } from '../../adapters/postgres/sealed/bind-boxes.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import {
  type BoxFormat,
  SEALED_TABLES,
  type SealedPlace,
  type SealedTable,
  sealedPlaceOf,
} from '../../domain/shared/sealed-columns.ts';
import { createLog } from '../../src/app/log.ts';
import { requireKnownKeys, verifyingKeys } from '../../src/compose/known-keys.ts';
import { type OwnDatabase, ownDatabase } from '../support/own-database.ts';
import { startPortal } from '../support/portal.ts';
import { sampled } from '../support/size.ts';
import { testDatabase } from '../support/test-database.ts';

const RING = JSON.stringify([generateFieldKey('1')]);
const TABLES = Object.keys(SEALED_TABLES) as SealedTable[];
const place = (table: SealedTable, column: string, row: string) => sealedPlaceOf(table, column as never, row);
const COLUMNS = TABLES.flatMap((table) =>
  Object.entries(SEALED_TABLES[table].columns).map(([column, { required }]) => ({ table, column, required })),
);

const flipped = (box: Uint8Array, bit: number) =>
  box.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));

describe('R77 every sealed column', () => {
  const cipher = createFieldCipher({ ring: parseFieldKeys(RING) });
  const owner = cipher.newKey('owner');
  const places: SealedPlace[] = COLUMNS.flatMap(({ table, column }) =>
    ['row', 'other'].map((row) => place(table, column, row)),
  );

  test.each(COLUMNS)('$table.$column', ({ table, column, required }) => {
    const own = place(table, column, 'row');
    const box = cipher.seal(owner, own, 'a value');
    for (const at of places) {
      const isOwn = at.table === table && at.column === column && at.row === 'row';
      expect(cipher.open(owner, at, box).ok, `${at.table}.${at.column} ${at.row}`).toBe(isOwn);
    }
    expect(cipher.open(cipher.newKey('another'), own, box).ok).toBe(false);
    for (const bit of sampled([...Array(box.length * 8).keys()]))
      expect(cipher.open(owner, own, flipped(box, bit)).ok).toBe(false);
    expect(cipher.open(owner, own, null).ok).toBe(!required);
  });

  test('is declared: the schema has no other column that must hold a box', async () => {
    const { driver } = await testDatabase();
    const [found = []] = await driver.run(
      [
        sql`SELECT c.conrelid::regclass::text AS name, a.attname AS column
            FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey)
            WHERE c.conname LIKE '%_sealed' ORDER BY 1, 2`,
      ],
      'snapshot',
    );
    const inSchema = found.map(({ name, column }) => `${name}.${column}`);
    const declared = COLUMNS.filter(({ table }) => table !== 'data_exports' && table !== 'audit_events');
    expect(inSchema.sort()).toEqual(declared.map(({ table, column }) => `${table}.${column}`).sort());
    await driver.close();
  });
});

describe('R77 boxes of an earlier version', () => {
  const environment = { FIELD_KEYS: RING, INDEX_KEY: generateIndexKey() };
  let database: OwnDatabase;
  let driver: SqlDriver;
  let ids: readonly string[];

  /** A portal whose version bound no box to its row, with three patients. */
  beforeEach(async () => {
    database = await ownDatabase();
    ({ driver } = database);
    await driver.run([sql`UPDATE sealed_format SET state = 'unbound'`], 'write');
    const old = await startPortal({ driver, environment });
    const people = [];
    for (const name of ['ada', 'bea', 'cleo']) people.push(await old.person('patient', name));
    ids = people.map(({ id }) => id);
    await old.signIn('ada@example.org');
  });
  afterEach(() => database.close());

  /** The cipher of an instance that has read the state. */
  async function instance() {
    const format: BoxFormat = { state: 'bound' };
    const cipher = createFieldCipher({ ring: parseFieldKeys(RING), format });
    await requireKnownKeys(driver, { cipher, index: createBlindIndex(environment.INDEX_KEY), format });
    return { format, cipher };
  }

  test('R77 are bound to their rows, resumably: a damaged one keeps the old format readable, and is reported', async () => {
    const [boxes] = await driver.run([sql`SELECT first_name FROM users`], 'snapshot');
    expect(boxes?.map(({ first_name }) => (first_name as Uint8Array)[0])).toEqual([1, 1, 1]);
    const { cipher, format } = await instance();
    expect(format.state).toBe('unbound');

    const flip = sql`UPDATE users SET first_name = set_byte(first_name, 20, get_byte(first_name, 20) # 1) WHERE id = ${ids[1]}::uuid`;
    await driver.run([flip], 'write');
    const first = await bindBoxes(driver, cipher, format);
    expect(first.unopened).toEqual([`users.first_name ${ids[1]}`]);
    expect(first.sealed).toBeGreaterThan(10);
    expect(format.state).toBe('binding');

    await driver.run([flip], 'write');
    expect(await bindBoxes(driver, cipher, format)).toEqual({ sealed: 1, unopened: [] });
    expect(await bindBoxes(driver, cipher, format)).toEqual({ sealed: 0, unopened: [] });
    const learnt: BoxFormat = { state: 'unbound' };
    await readBoxFormat(driver, learnt);
    expect(learnt.state).toBe('bound');
  });

  test('R77 are refused once all are bound: an instance that writes one reads the new state, and continues', async () => {
    const { cipher, format } = await instance();
    await bindBoxes(driver, cipher, format);
    const late = lateInstance(driver, environment.INDEX_KEY);
    const [ada = ''] = ids;
    const key = await keyOf(driver, ada);
    const writeBio = () => {
      const box = late.cipher.seal(key, sealedPlaceOf('users', 'bio', ada), 'late');
      return late.run([sql`UPDATE users SET bio = ${box}::bytea WHERE id = ${ada}::uuid`], 'write');
    };
    await expect(writeBio()).rejects.toThrow(Unavailable);
    await late.run([sql`SELECT 1`], 'snapshot');
    expect(late.format.state).toBe('bound');
    await writeBio();

    const now = await startPortal({ driver, environment });
    const { body } = await now.request('GET', `/api/v1/users/${ada}/profile`, {
      token: await now.signIn('ada@example.org'),
    });
    expect(body).toMatchObject({ firstName: 'ada', bio: 'late' });
    expect(body.damaged).toBeUndefined();
  });
});

/** An instance that does not know the new state yet. */
function lateInstance(driver: SqlDriver, indexKey: string) {
  const format: BoxFormat = { state: 'unbound' };
  const cipher = createFieldCipher({ ring: parseFieldKeys(RING), format });
  const log = createLog({ level: 'silent', clock: { now: () => 0 }, sink: () => {} });
  const { run } = verifyingKeys(driver, { cipher, index: createBlindIndex(indexKey), format }, { known: true }, log);
  return { cipher, format, run };
}

async function keyOf(driver: SqlDriver, owner: string) {
  const [[key] = []] = await driver.run(
    [sql`SELECT ${DATA_KEY_COLUMNS} FROM data_keys k WHERE owner_id = ${owner}::uuid`],
    'snapshot',
  );
  if (key === undefined) throw new Error('no key');
  return readDataKey(key);
}
