/**
 * Dumps the rows of every table as text, and loads them again. Values cross in PostgreSQL's own text format, so that
 * any column is restored exactly. The schema is not part of the dump, because the migrations create it.
 */
import { TABLE_GRANTS } from './application-role.ts';
import type { Session } from './session.ts';

/** The rows of one table, each a JSON array of the columns' text. */
export interface TableDump {
  readonly table: string;
  readonly columns: readonly string[];
  /** In batches. Each row is the text of a JSON array of strings and nulls. */
  rows(): AsyncIterable<readonly string[]>;
}

export interface SequenceState {
  readonly sequence: string;
  readonly value: string;
  readonly called: boolean;
}

export interface AppliedMigration {
  readonly name: string;
  readonly checksum: string;
}

const ROWS_AT_ONCE = 200;
/** Written by the migrations themselves. */
const OWN_RECORD = 'schema_migrations';

/** Begins the snapshot that all later reads of the session see. */
export async function beginSnapshot(session: Session): Promise<readonly AppliedMigration[]> {
  await session.run('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
  // PostgreSQL takes the snapshot at the first read.
  const applied = await session.query(`SELECT name, checksum FROM ${OWN_RECORD} ORDER BY name`);
  return applied.map(({ name, checksum }) => ({ name: String(name), checksum: String(checksum) }));
}

export async function* dumpTables(session: Session): AsyncGenerator<TableDump> {
  for (const table of await tablesOf(session)) {
    const columns = (await columnsOf(session, table)).map(({ name }) => name);
    yield { table, columns, rows: () => rowsOf(session, table, columns) };
  }
}

async function* rowsOf(session: Session, table: string, columns: readonly string[]): AsyncGenerator<readonly string[]> {
  const values = columns.map((column) => `"${column}"::text`).join(', ');
  await session.run(
    `DECLARE dump NO SCROLL CURSOR FOR SELECT json_build_array(${values})::text AS line FROM "${table}"`,
  );
  for (;;) {
    const rows = await session.query(`FETCH ${ROWS_AT_ONCE} FROM dump`);
    if (rows.length > 0) yield rows.map(({ line }) => String(line));
    if (rows.length < ROWS_AT_ONCE) break;
  }
  await session.run('CLOSE dump');
}

export async function dumpSequences(session: Session): Promise<readonly SequenceState[]> {
  const names = await session.query(
    `SELECT sequencename AS name FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1`,
  );
  const states: SequenceState[] = [];
  for (const { name } of names) {
    const [state] = await session.query(`SELECT last_value::text AS value, is_called FROM "${String(name)}"`);
    states.push({ sequence: String(name), value: String(state?.value), called: state?.is_called === true });
  }
  return states;
}

/**
 * What the database already holds: nothing, rows of a portal, or tables of something else. A restore needs `nobody`.
 */
export async function occupantOf(session: Session): Promise<'nobody' | 'a portal' | 'something else'> {
  const [found] = await session.query(
    `SELECT to_regclass('public.schema_migrations') IS NOT NULL AS migrated, to_regclass('public.users') IS NOT NULL AS made,
       EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r') AS tables`,
  );
  if (found?.migrated !== true) return found?.tables === true ? 'something else' : 'nobody';
  if (found.made !== true) return 'nobody';
  const [used] = await session.query(
    'SELECT EXISTS (SELECT FROM users) OR EXISTS (SELECT FROM data_keys) OR EXISTS (SELECT FROM audit_events) AS found',
  );
  return used?.found === true ? 'a portal' : 'nobody';
}

/**
 * Loads rows into emptied tables. Foreign keys are dropped before and created again, and so checked, afterwards. Triggers are
 * disabled meanwhile: the rows that they would write are in the dump.
 */
export interface TableLoader {
  load(table: string, columns: readonly string[], rows: readonly string[]): Promise<void>;
  setSequence(state: SequenceState): Promise<void>;
  /** @throws SqlError if the rows violate a foreign key */
  finish(): Promise<void>;
}

/** Call it in a transaction: other sessions see nothing until it commits. */
export async function beginLoad(session: Session): Promise<TableLoader> {
  const tables = await tablesOf(session);
  const foreignKeys = await session.query(
    `SELECT conrelid::regclass::text AS owner, conname AS name, pg_get_constraintdef(oid) AS definition
     FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY 1, 2`,
  );
  for (const { owner, name } of foreignKeys) await session.run(`ALTER TABLE ${owner} DROP CONSTRAINT "${name}"`);
  const triggers = (state: 'DISABLE' | 'ENABLE') =>
    session.run(tables.map((table) => `ALTER TABLE "${table}" ${state} TRIGGER USER;`).join('\n'));
  await triggers('DISABLE');
  // The migrations insert rows into some tables.
  await session.run(`TRUNCATE ${tables.map((table) => `"${table}"`).join(', ')}`);
  const types = new Map<string, ReadonlyMap<string, string>>();
  for (const table of tables) {
    types.set(table, new Map((await columnsOf(session, table)).map(({ name, type }) => [name, type])));
  }
  return {
    async load(table, columns, rows) {
      const known = types.get(table);
      const values = columns.map((column, index) => {
        const type = known?.get(column);
        if (type === undefined) throw new RangeError(`unknown column ${table}.${column}`);
        return `(r ->> ${index})::${type}`;
      });
      const names = columns.map((column) => `"${column}"`).join(', ');
      await session.query(
        `INSERT INTO "${table}" (${names}) OVERRIDING SYSTEM VALUE
         SELECT ${values.join(', ')} FROM jsonb_array_elements($1::jsonb) AS r`,
        [`[${rows.join(',')}]`],
      );
    },
    async setSequence({ sequence, value, called }) {
      await session.query('SELECT setval($1::regclass, $2::bigint, $3::boolean)', [`"${sequence}"`, value, called]);
    },
    async finish() {
      await triggers('ENABLE');
      for (const { owner, name, definition } of foreignKeys) {
        await session.run(`ALTER TABLE ${owner} ADD CONSTRAINT "${name}" ${definition}`);
      }
    },
  };
}

async function tablesOf(session: Session): Promise<string[]> {
  const found = await session.query(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1`,
  );
  // Tables of other software in the same schema must be neither copied nor emptied.
  return found
    .map(({ name }) => String(name))
    .filter((name) => name !== OWN_RECORD && Object.hasOwn(TABLE_GRANTS, name));
}

async function columnsOf(session: Session, table: string): Promise<{ name: string; type: string }[]> {
  const found = await session.query(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
    [`"${table}"`],
  );
  return found.map(({ name, type }) => ({ name: String(name), type: String(type) }));
}
