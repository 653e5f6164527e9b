/** Runs once before all tests: prepares embedded databases, an empty and a migrated one, and a real PostgreSQL if possible. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createPgliteDriver, type PgliteDriver } from '../../adapters/postgres/driver/pglite.ts';
import { FUNCTION_GRANTS, TABLE_GRANTS } from '../../adapters/postgres/migrate/application-role.ts';
import { migratePglite } from '../../adapters/postgres/migrate/migrate.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';
import { migrationFiles, prepareTemplate } from './postgres.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CACHE = `${ROOT}node_modules/.cache/patient-portal`;

export default async function setup(): Promise<() => Promise<void>> {
  process.env.TEST_PGLITE_EMPTY = await emptySnapshot();
  process.env.TEST_PGLITE_SNAPSHOT = await migratedSnapshot(process.env.TEST_PGLITE_EMPTY);
  if (process.env.TEST_DATABASE_URL !== undefined) return async () => {};
  const server = await preparedServer();
  if (server === undefined) return async () => {};
  process.env.TEST_DATABASE_URL = server.url;
  return server.stop;
}

/** No test needs what is in this server after a crash, so nothing waits for the disk. */
const WITHOUT_DISK = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off'];

/** A server that has the template of the test databases. Its files are kept, because making them takes most of a short run. */
async function preparedServer(): Promise<EmbeddedPostgres | undefined> {
  const { version } = await packageOf('embedded-postgres');
  const kept = `${CACHE}/postgres-${version}-${hashOf([await migrationFiles(), TABLE_GRANTS, FUNCTION_GRANTS])}`;
  if (!existsSync(kept)) {
    const first = await startEmbeddedPostgres({ settings: WITHOUT_DISK });
    if (first === undefined) return undefined;
    await prepareTemplate(first.url);
    await mkdir(CACHE, { recursive: true });
    await first.stopAndKeep(kept);
  }
  return startEmbeddedPostgres({ copyOf: kept, settings: WITHOUT_DISK });
}

async function packageOf(name: string): Promise<{ readonly version: string }> {
  return JSON.parse(await readFile(`${ROOT}node_modules/${name}/package.json`, 'utf8'));
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}

/** A cluster without tables. Copying one takes a quarter of the time of creating one (`initdb`). */
async function emptySnapshot(): Promise<string> {
  const { version } = await packageOf('@electric-sql/pglite');
  const path = `${CACHE}/pglite-empty-${version}.tar`;
  if (existsSync(path)) return path;
  const driver = await createPgliteDriver();
  await dump(driver, path);
  return path;
}

/** Created again when a migration or the application's privileges change. */
async function migratedSnapshot(empty: string): Promise<string> {
  const migrations = await migrationFiles();
  const path = `${CACHE}/pglite-${hashOf([migrations, TABLE_GRANTS, FUNCTION_GRANTS])}.tar`;
  if (existsSync(path)) return path;
  const driver = await createPgliteDriver({ snapshot: new Blob([new Uint8Array(await readFile(empty))]) });
  await migratePglite(driver, migrations);
  await dump(driver, path);
  return path;
}

/** Renamed when it is complete, so that runs at the same time never read half of a file. */
async function dump(driver: PgliteDriver, path: string): Promise<void> {
  const data = await driver.pglite.dumpDataDir('none');
  await driver.close();
  await mkdir(CACHE, { recursive: true });
  await writeFile(`${path}.${process.pid}`, new Uint8Array(await data.arrayBuffer()));
  await rename(`${path}.${process.pid}`, path);
}
