/** R79: every column is classified, and the copy and the erasure do what is declared. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createBlindIndex, generateIndexKey } from '../../adapters/crypto/blind-index.ts';
import { statementsOf } from '../../adapters/postgres/commit/changes.ts';
import type { Row, SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { raw, sql } from '../../adapters/postgres/driver/sql.ts';
import { isOwnedBy } from '../../adapters/postgres/privacy/erasure.ts';
import type { AfterErasure, InCopy } from '../../domain/privacy/catalogue/fates.ts';
import { CHAPTERS, PERSONAL_TABLES } from '../../domain/privacy/catalogue/tables.ts';
import { copySchema } from '../../domain/privacy/copy-schema.ts';
import type { UserId } from '../../domain/shared/ids.ts';
import { openArchive } from '../../src/app/privacy/archive-file.ts';
import { writeArchive } from '../../src/app/privacy/make-archive.ts';
import { catalogueDocument, catalogueFaults, mergeFaults } from '../../tools/personal-data.ts';
import { type OwnDatabase, ownDatabase } from '../support/own-database.ts';
import { columnTypes, dropConstraints, type PlantedRows, plantRows } from '../support/planted-rows.ts';
import { NOON, type Portal, startPortal } from '../support/portal.ts';
import { unzip } from '../support/unzip.ts';

const PERSON = '0199f3c2-8c1a-7d55-9a4e-000000000001' as UserId;
const BYSTANDER = '0199f3c2-8c1a-7d55-9a4e-000000000002' as UserId;

/** Each column of the tables with personal data, with its declaration. */
const CELLS = PERSONAL_TABLES.flatMap(([table, fate]) =>
  Object.entries(fate.columns).map(([column, declared]) => {
    const [copy, erasure] = (Array.isArray(declared) ? declared : [declared, null]) as [InCopy, AfterErasure | null];
    return { table, column, copy, erasure };
  }),
);

describe('R79: the catalogue and the database', () => {
  let database: OwnDatabase;
  let driver: SqlDriver;
  beforeAll(async () => {
    database = await ownDatabase();
    ({ driver } = database);
  });
  afterAll(() => database.close());

  test('R79 every column of every table is classified, and every classified column exists', async () => {
    expect(await catalogueFaults(driver)).toEqual([]);
  });

  test('R79 an added column or table fails with the line to add, a removed one with the line to remove', async () => {
    await database.run(`ALTER TABLE sessions ADD COLUMN mood text; ALTER TABLE users ADD COLUMN shoe_size bytea;
      ALTER TABLE clinic_holidays ADD COLUMN entered_by uuid; CREATE TABLE diaries (id uuid);
      ALTER TABLE consents RENAME COLUMN given TO was_given`);
    const faults = await catalogueFaults(driver);
    expect(faults).toEqual([
      expect.stringContaining(`clinic_holidays.entered_by: in domain/privacy/catalogue/, under columns`),
      expect.stringContaining(`consents.was_given: `),
      expect.stringContaining(`diaries.id: add diaries to a file of domain/privacy/catalogue/`),
      expect.stringContaining(
        `sessions.mood: in domain/privacy/catalogue/, under columns of sessions, add the line \`mood: exported('text') or withheld('why'),\``,
      ),
      expect.stringContaining(
        `users.shoe_size: in domain/privacy/catalogue/, under columns of users, add the line \`shoe_size: [sealed('text') or withheld('why'), becomes(null)`,
      ),
      expect.stringContaining('consents.given: the database has no such column'),
    ]);
  });

  test('every column that may name a person says what becomes of it when two records are merged', async () => {
    expect(await mergeFaults(driver)).toEqual([]);
    await database.run('ALTER TABLE waitlist_entries ADD COLUMN asked_by uuid');
    expect(await mergeFaults(driver)).toEqual([expect.stringContaining('waitlist_entries.asked_by: ')]);
    await database.run('ALTER TABLE waitlist_entries DROP COLUMN asked_by');
  });

  test('R79 the matrix in the documentation matches the catalogue', async () => {
    expect(await readFile('docs/personal-data.md', 'utf8')).toBe(catalogueDocument());
  });
});

describe('R79: a value planted in each column', () => {
  let database: OwnDatabase;
  let driver: SqlDriver;
  let portal: Portal;
  let planted: PlantedRows;
  // biome-ignore lint/suspicious/noExplicitAny: chapters of every shape
  let copy: any;
  let text: string;
  let types: ReadonlyMap<string, string>;
  let page: string;
  let before: ReadonlyMap<string, readonly Row[]>;
  let bystanderBefore: ReadonlyMap<string, readonly Row[]>;

  const rowsOf = async (person: string) =>
    new Map(
      await Promise.all(
        PERSONAL_TABLES.map(async ([table, { owners }]) => {
          const owned = sql`SELECT to_jsonb(t) AS row FROM ${raw(table)} t WHERE ${isOwnedBy(owners, person)} ORDER BY to_jsonb(t)::text`;
          const [found = []] = await driver.run([owned], 'snapshot');
          return [table, found.map(({ row }) => row as Row)] as const;
        }),
      ),
    );

  beforeAll(async () => {
    database = await ownDatabase();
    ({ driver } = database);
    await dropConstraints(database);
    types = await columnTypes(driver);
    portal = await startPortal({ driver });
    const { cipher } = portal.deps;
    planted = await plantRows(driver, cipher, cipher.newKey(PERSON), 'p');
    await plantRows(driver, cipher, cipher.newKey(BYSTANDER), 'q');
    before = await rowsOf(PERSON);
    bystanderBefore = await rowsOf(BYSTANDER);

    const [owner] = await portal.database.load(portal.deps.loads.privacy.copyOwner(PERSON));
    if (owner === undefined) throw new Error('the planted person is not found');
    const sizeBytes = await writeArchive(portal.deps, owner, 'exports/planted', NOON);
    const parts: Uint8Array[] = [];
    for await (const part of (await openArchive(portal.deps, owner.dataKey, 'exports/planted')) ?? []) parts.push(part);
    const archive = Buffer.concat(parts);
    expect(archive.length).toBe(sizeBytes);
    const files = unzip(archive);
    expect([...files.keys()]).toEqual(['index.html', 'personal-data.json', 'personal-data.schema.json']);
    text = new TextDecoder().decode(files.get('personal-data.json'));
    page = new TextDecoder().decode(files.get('index.html'));
    copy = JSON.parse(text);
    await driver.run(
      statementsOf(
        { type: 'user.erased', clinical: null, userId: PERSON, aliases: [], at: NOON },
        cipher,
        createBlindIndex(generateIndexKey()),
      ),
      'write',
    );
  });
  afterAll(() => database.close());

  test('R79 exported columns are in the copy under their names, withheld ones are nowhere in it', () => {
    // A row may refer by id to another row that is part of the copy.
    const told = new Set(
      CELLS.filter(({ copy }) => 'exported' in copy).map(
        ({ table, column }) => planted.get(table)?.get(column)?.stored,
      ),
    );
    const wrong = CELLS.flatMap(({ table, column, copy: fate }) => {
      const value = planted.get(table)?.get(column);
      const cell = `${table}.${column}`;
      if ('withheld' in fate) {
        return isFound(value?.stored) && !told.has(value?.stored) ? [`${cell} is withheld, and in the copy`] : [];
      }
      const shownIn = CHAPTERS.filter((source) => source.table === table).flatMap(({ chapter, columns }) =>
        columns.filter((each) => each.column === column).map(({ name }) => ({ chapter: chapter.name, name })),
      );
      if (shownIn.length === 0) return [`${cell} is in no chapter`];
      return shownIn.flatMap(({ chapter, name }) => {
        const record = copy[chapter]?.[0];
        const shown = fate.exported === 'message' ? record?.text : record?.[name];
        const isRight =
          fate.exported === 'message'
            ? String(shown).includes(String(value?.shown))
            : JSON.stringify(shown) === JSON.stringify(value?.shown);
        return isRight
          ? []
          : [`${cell} should be ${chapter}.${name}: ${JSON.stringify(value?.shown)}, and is ${JSON.stringify(shown)}`];
      });
    });
    expect(wrong).toEqual([]);
    // One event of the person's own record, and one of what the person did in another's.
    expect([copy.history.length, copy.actsForOthers.length]).toEqual([1, 1]);
    expect(copy.messages.slice(1)).toMatchObject([{ subject: null, text: null }]);
    expect(text).not.toContain('planted-q-');
  });

  /** Numbers and flags are too short to be searched for; the schema proves that there is no field for them. */
  const isFound = (stored: unknown) => {
    if (typeof stored === 'string') return stored !== PERSON && stored.length > 8 && text.includes(stored);
    if (stored instanceof Uint8Array) return text.includes(Buffer.from(stored).toString('hex'));
    return Array.isArray(stored) && text.includes(String(stored[0]));
  };

  test('R79 the copy is valid against its JSON Schema, which allows no other field', () => {
    const schema = copySchema('https://portal.example') as Parameters<typeof z.fromJSONSchema>[0];
    expect(z.fromJSONSchema(schema).safeParse(copy).error?.issues ?? []).toEqual([]);
    const more = { ...copy, sessions: [{ ...copy.sessions[0], tokenHash: 'x' }] };
    expect(z.fromJSONSchema(schema).safeParse(more).success).toBe(false);
  });

  test('R79 the page shows what the document holds, escaped, with nothing to load or run', () => {
    expect(page).toContain('planted-p-appointments.notes');
    expect(page).toContain('planted-p-appointments.reason');
    expect(page).not.toMatch(/<script|<link|<img|src=|url\(|javascript:/i);
  });

  test('R79 erasure deletes, empties, makes unreadable and keeps what is declared', async () => {
    const after = await rowsOf(PERSON);
    const wrong = CELLS.flatMap(({ table, column, erasure }) => {
      const cell = `${table}.${column}`;
      const was = before.get(table)?.find((row) => !isDeletedAllTheSame(table, row));
      const rows = after.get(table) ?? [];
      if (was === undefined) return [`${cell} was not planted`];
      if (erasure === null) return rows.length === 0 ? [] : [`${cell} should be deleted with its row`];
      if (rows.length !== 1) return [`${table} should keep its row`];
      const is = rows[0]?.[column];
      if ('becomes' in erasure) {
        return JSON.stringify(is) === JSON.stringify(emptied(erasure.becomes, types.get(cell)))
          ? []
          : [`${cell} is ${JSON.stringify(is)}`];
      }
      return isBookkeeping(cell) || JSON.stringify(is) === JSON.stringify(was[column]) ? [] : [`${cell} changed`];
    });
    expect(wrong).toEqual([]);
    const [keys = []] = await driver.run([sql`SELECT owner_id, ring_key_id FROM data_keys ORDER BY 1`], 'snapshot');
    // The keys of the bystander: the person's own, and that of the message.
    expect(keys).toHaveLength(2);
    const exceptions = sql`SELECT (SELECT count(*) FROM appointments WHERE status = 'held') AS holds,
      (SELECT count(*) FROM idempotency_keys WHERE starts_with(scope, ${PERSON})) AS answers`;
    expect((await driver.run([exceptions], 'snapshot'))[0]).toEqual([{ holds: 1, answers: 0 }]);
  });

  /** Of a table whose other rows are kept. */
  const isDeletedAllTheSame = (table: string, row: Row) => {
    const fate = PERSONAL_TABLES.find(([name]) => name === table)?.[1];
    const where = fate?.rows === 'kept' ? fate.except?.where : undefined;
    return where !== undefined && row[where.column] === where.is;
  };

  /** In the format of `to_jsonb`. */
  const emptied = (value: string | boolean | null, type: string | undefined) => {
    if (value === '{}') return type?.endsWith('[]') ? [] : {};
    if (type === 'integer') return Number(value);
    return type === 'bytea' && value === '' ? '\\x' : value;
  };

  /** Columns that the erasure itself changes in rows that it keeps. */
  const isBookkeeping = (cell: string) =>
    ['users.updated_at', 'users.deleted_at', 'users.version', 'doctors.version'].includes(cell);

  test('R79 rows of other people do not change', async () => {
    expect(await rowsOf(BYSTANDER)).toEqual(bystanderBefore);
  });
});
