/**
 * After an erasure, nobody who holds the current keys can read the erased person's data: not from the live files,
 * including dead rows, not from a dump, and, once the ring was retired, not from an earlier backup either (R74).
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { generateIndexKey } from '../../adapters/crypto/blind-index.ts';
import { createFieldCipher, generateFieldKey, parseFieldKeys } from '../../adapters/crypto/field-cipher.ts';
import { createOutbox } from '../../adapters/postgres/commit/outbox.ts';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { createPgliteDriver } from '../../adapters/postgres/driver/pglite.ts';
import { DATA_KEY_COLUMNS, readDataKey, sql } from '../../adapters/postgres/driver/sql.ts';
import { createTcpDriver } from '../../adapters/postgres/driver/tcp.ts';
import { migratePglite, migrateServer } from '../../adapters/postgres/migrate/migrate.ts';
import { rewriteKeysEmbedded, rewriteKeysOnServer } from '../../adapters/postgres/migrate/rewrite.ts';
import type { DataKey } from '../../domain/shared/ports.ts';
import { sealedPlaceOf } from '../../domain/shared/sealed-columns.ts';
import { systemContext } from '../../src/app/identity/first-admin.ts';
import { rewrapDataKeys } from '../../src/app/identity/rotate-keys.ts';
import { promoteKey, publishKey, retirableKeys, retireKeys } from '../../src/compose/key-rotation.ts';
import { createJobs } from '../../src/jobs/jobs.ts';
import { startEmbeddedPostgres } from '../support/embedded-postgres.ts';
import { type Portal, startPortal } from '../support/portal.ts';
import { migrationFiles } from '../support/postgres.ts';

const KEYS = { FIELD_KEYS: JSON.stringify([generateFieldKey('2026-1')]), INDEX_KEY: generateIndexKey() };
const ROLE = 'patient_portal_app';

/** Files of a data directory, except the write-ahead log, that hold the bytes plainly or in hexadecimal. */
async function filesWith(folder: string, bytes: Uint8Array): Promise<string[]> {
  const forms = [Buffer.from(bytes), Buffer.from(Buffer.from(bytes).toString('hex'))];
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || path.includes('/pg_wal/')) continue;
    // The server may delete a file after it was listed.
    const content = await readFile(path).catch(() => Buffer.alloc(0));
    if (forms.some((form) => content.includes(form))) found.push(path.slice(folder.length));
  }
  return found;
}

async function keyOf(portal: Portal, id: string): Promise<DataKey | undefined> {
  const [key] = await portal.database.load(portal.deps.loads.identity.dataKey(id as never));
  return key;
}

async function erasePerson(portal: Portal, name: string) {
  const { id, email } = await portal.person('patient', name);
  const key = await keyOf(portal, id);
  if (key === undefined) throw new Error('no key');
  const token = await portal.signIn(email);
  const close = () => portal.request('DELETE', `/api/v1/users/${id}`, { token });
  return { id, key, close };
}

async function asOwner(url: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** Every row of every table as text, as in a logical dump. */
async function dump(url: string): Promise<string> {
  const lines: string[] = [];
  await asOwner(url, async (client) => {
    const { rows: tables } = await client.query(
      `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    for (const { name } of tables) {
      const { rows } = await client.query(`SELECT t::text AS line FROM ${name} t`);
      lines.push(...rows.map(({ line }) => String(line)));
    }
  });
  return lines.join('\n');
}

/** What a backup from before the erasure contains. @returns reads the first name in it with a ring of keys */
async function backUpName(driver: SqlDriver, id: string) {
  const [[backup] = []] = await driver.run(
    [
      sql`SELECT u.first_name, ${DATA_KEY_COLUMNS} FROM users u JOIN data_keys k ON k.owner_id = u.id
         WHERE u.id = ${id}::uuid`,
    ],
    'snapshot',
  );
  if (backup === undefined) throw new Error('no backup');
  const name = sealedPlaceOf('users', 'first_name', id);
  return (ring: string) =>
    createFieldCipher({ ring: parseFieldKeys(ring) }).open(readDataKey(backup), name, backup.first_name as Uint8Array);
}

/** Other people lose nothing by the retired key. */
async function expectReadable(
  driver: SqlDriver,
  ring: string,
  { id, email }: { id: string; email: string },
): Promise<void> {
  const after = await startPortal({ driver, environment: { ...KEYS, FIELD_KEYS: ring } });
  const token = await after.signIn(email);
  const profile = await after.request('GET', `/api/v1/users/${id}/profile`, { token });
  expect(profile.body).toMatchObject({ firstName: 'living' });
  expect(profile.body.damaged).toBeUndefined();
}

test('R74 on a server: dead rows are removed by the rewrite, and backups become unreadable with the retired ring', async ({
  skip,
}) => {
  const postgres = await startEmbeddedPostgres();
  if (postgres === undefined) return skip('no PostgreSQL could be started here');
  const { url, dataDir } = postgres;
  const checkpoint = () => asOwner(url, async (client) => void (await client.query('CHECKPOINT')));
  try {
    await migrateServer(url, await migrationFiles());
    const driver = createTcpDriver({ url, role: ROLE });
    const portal = await startPortal({ driver, environment: KEYS });
    const living = await portal.person('patient', 'living');
    const person = await erasePerson(portal, 'erased');
    const wrapped = person.key.wrapped;

    const readBackup = await backUpName(driver, person.id);
    expect((await person.close()).status).toBe(204);
    expect(await keyOf(portal, person.id)).toBeUndefined();
    await checkpoint();
    expect(await filesWith(dataDir, wrapped), 'a dead row, before the rewrite').not.toEqual([]);

    await rewriteKeysOnServer(url);
    await checkpoint();
    expect(await filesWith(dataDir, wrapped)).toEqual([]);
    expect(await dump(url)).not.toContain(Buffer.from(wrapped).toString('hex'));

    // Rotation: a new key, everything wrapped with it, and the old one retired.
    const rotated = promoteKey('FIELD_KEYS', await publishKey('FIELD_KEYS', KEYS.FIELD_KEYS));
    const between = await startPortal({ driver, environment: { ...KEYS, FIELD_KEYS: rotated } });
    expect((await rewrapDataKeys(between.deps, systemContext(between.deps))).unopened).toEqual([]);
    expect(readBackup(rotated)).toEqual({ ok: true, value: 'erased' });
    expect(retirableKeys(rotated)).toEqual(['2026-1']);
    const retired = retireKeys(rotated);
    expect(readBackup(retired)).toMatchObject({ ok: false, error: { kind: 'key' } });

    await expectReadable(driver, retired, living);
    await driver.close();
  } finally {
    await postgres.stop();
  }
}, 120_000);

test('R74 embedded: the portal rewrites the keys itself, as a job of the erasure', async () => {
  const dataDir = await mkdtemp(`${tmpdir()}/portal-keys-`);
  const driver = await createPgliteDriver({ dataDir });
  try {
    await migratePglite(driver, await migrationFiles());
    await driver.actAs(ROLE);
    const portal = await startPortal({ driver, environment: KEYS });
    const person = await erasePerson(portal, 'erased');
    expect((await person.close()).status).toBe(204);
    const [jobs] = await driver.run([sql`SELECT topic FROM outbox WHERE topic = 'privacy.rewrite_keys'`], 'snapshot');
    expect(jobs).toHaveLength(1);
    await driver.pglite.exec('RESET ROLE; CHECKPOINT');
    await driver.actAs(ROLE);
    expect(await filesWith(dataDir, person.key.wrapped)).not.toEqual([]);
    const rewriteKeys = () => rewriteKeysEmbedded(driver, ROLE);
    await createJobs(portal.deps, createOutbox(driver), null, undefined, rewriteKeys).runDue();
    expect(await filesWith(dataDir, person.key.wrapped)).toEqual([]);
    const [[role] = []] = await driver.run([sql`SELECT current_user::text AS name`], 'snapshot');
    expect(role).toEqual({ name: ROLE });
  } finally {
    await driver.close();
    await rm(dataDir, { recursive: true, force: true });
  }
}, 120_000);
