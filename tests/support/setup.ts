/** Runs once before all tests: prepares embedded databases, an empty and a migrated one, and a real PostgreSQL if possible. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createPgliteDriver, type PgliteDriver } from '../../adapters/postgres/driver/pglite.ts';
import { FUNCTION_GRANTS, TABLE_GRANTS } from '../../adapters/postgres/migrate/application-role.ts';
import { migratePglite } from '../../adapters/postgres/migrate/migrate.ts';
import { startEmbeddedPostgres } from './embedded-postgres.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CACHE = `${ROOT}node_modules/.cache/patient-portal`;

export default async function setup(): Promise<() => Promise<void>> {
  process.env.TEST_PGLITE_EMPTY = await emptySnapshot();
  process.env.TEST_PGLITE_SNAPSHOT = await migratedSnapshot(process.env.TEST_PGLITE_EMPTY);
  if (process.env.TEST_DATABASE_URL !== undefined) return async () => {};
  const server = await startEmbeddedPostgres();
  if (server === undefined) return async () => {};
  process.env.TEST_DATABASE_URL = server.url;
  return server.stop;
}

/** A cluster without tables. Copying one takes a quarter of the time of creating one (`initdb`). */
async function emptySnapshot(): Promise<string> {
  const { version } = JSON.parse(await readFile(`${ROOT}node_modules/@electric-sql/pglite/package.json`, 'utf8'));
  const path = `${CACHE}/pglite-empty-${version}.tar`;
  if (existsSync(path)) return path;
  const driver = await createPgliteDriver();
  await dump(driver, path);
  return path;
}

/** Created again when a migration or the application's privileges change. */
async function migratedSnapshot(empty: string): Promise<string> {
  const names = (await readdir(`${ROOT}migrations`)).filter((name) => name.endsWith('.sql')).sort();
  const migrations = await Promise.all(
    names.map(async (name) => ({ name, sql: await readFile(`${ROOT}migrations/${name}`, 'utf8') })),
  );
  const hash = createHash('sha256')
    .update(JSON.stringify([migrations, TABLE_GRANTS, FUNCTION_GRANTS]))
    .digest('hex')
    .slice(0, 16);
  const path = `${CACHE}/pglite-${hash}.tar`;
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
