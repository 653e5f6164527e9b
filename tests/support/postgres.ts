/** Databases on a real server, one per test file. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { migrateServer } from '../../adapters/postgres/migrate/migrate.ts';
import type { Migration } from '../../adapters/postgres/migrate/migration-files.ts';
import { createScratchDatabase, databaseUrl, required } from '../tools/services.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export async function migrationFiles() {
  const names = (await readdir(`${ROOT}migrations`)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(names.map(async (name) => ({ name, sql: await readFile(`${ROOT}migrations/${name}`, 'utf8') })));
}

/** @param options.migrated default true: a copy of a template that is migrated once per server and set of migrations */
export async function freshDatabase(
  options: { readonly migrated?: boolean } = {},
): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const server = required(databaseUrl);
  if (options.migrated === false) return createScratchDatabase(server);
  const migrations = await migrationFiles();
  const database = await createScratchDatabase(server, await migratedTemplate(server, migrations));
  // Privileges on the database itself are not copied from the template.
  await migrateServer(database.url, migrations);
  return database;
}

/** Advisory lock key, held while the template is created, so that two workers do not create it at once. */
const TEMPLATE_LOCK = 7_420_150_321;

/** Prepares the template of {@link freshDatabase} on this server. */
export async function prepareTemplate(server: string): Promise<void> {
  await migratedTemplate(server, await migrationFiles());
}

/** @returns the name of a database without connections, as `CREATE DATABASE … TEMPLATE` requires */
async function migratedTemplate(server: string, migrations: readonly Migration[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(migrations)).digest('hex').slice(0, 16);
  const template = `patient_portal_template_${hash}`;
  const client = new pg.Client(server);
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [template]);
    if (rowCount === 0) {
      // Renamed when it is complete, so that a crash leaves a scratch database but never an incomplete template.
      const made = await createScratchDatabase(server);
      await migrateServer(made.url, migrations);
      await client.query(`ALTER DATABASE ${new URL(made.url).pathname.slice(1)} RENAME TO ${template}`);
    }
    return template;
  } finally {
    await client.end();
  }
}
