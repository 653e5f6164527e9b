/**
 * The rows of every table as text, and back. Values cross in PostgreSQL's own text form, so that any column comes back as
 * it was; the schema is not part of it, for the migrations make it.
 */
import { TABLE_GRANTS } from './application-role.ts';
import type { Session } from './session.ts';

/** One table's rows, each a JSON array of the columns' text. */
export interface TableDump {
  readonly table: string;
  readonly columns: readonly string[];
  /** In batches; each row is the text of a JSON array of strings and nulls. */
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

/** Begins the snapshot that everything read afterwards is of. */
export async function beginSnapshot(session: Session): Promise<readonly AppliedMigration[]> {
  await session.run('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
  // The first read takes the snapshot.
  const applied = await session.query(`SELECT name, checksum FROM ${OWN_RECORD} ORDER BY name`);
  return applied as unknown as AppliedMigration[];
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

/** What stands in the way of a restore: rows of a portal, or tables of something else. */
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

/** Takes rows into emptied tables. Foreign keys are taken off before and put back, checked, after. */
export interface TableLoader {
  load(table: string, columns: readonly string[], rows: readonly string[]): Promise<void>;
  setSequence(state: SequenceState): Promise<void>;
  /** @throws SqlError when the rows do not belong together */
  finish(): Promise<void>;
}

/** To be called in a transaction: until it commits, nobody sees anything. */
export async function beginLoad(session: Session): Promise<TableLoader> {
  const tables = await tablesOf(session);
  const foreignKeys = await session.query(
    `SELECT conrelid::regclass::text AS owner, conname AS name, pg_get_constraintdef(oid) AS definition
     FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY 1, 2`,
  );
  for (const { owner, name } of foreignKeys) await session.run(`ALTER TABLE ${owner} DROP CONSTRAINT "${name}"`);
  // The migrations put rows of their own into some.
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
        if (type === undefined) throw new RangeError(`there is no column ${table}.${column}`);
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
  // A table of somebody else's in the same schema is not the portal's to copy or to empty.
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
