/** Databases of their own for tests that need a real server. */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { migrateServer } from '../../adapters/postgres/migrate.ts';
import { createScratchDatabase, databaseUrl, required } from '../tools/services.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export async function migrationFiles() {
  const names = (await readdir(`${ROOT}migrations`)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(names.map(async (name) => ({ name, sql: await readFile(`${ROOT}migrations/${name}`, 'utf8') })));
}

/** @param options.migrated default true */
export async function freshDatabase(
  options: { readonly migrated?: boolean } = {},
): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const database = await createScratchDatabase(required(databaseUrl));
  if (options.migrated !== false) await migrateServer(database.url, await migrationFiles());
  return database;
}
