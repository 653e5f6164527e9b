/**
 * Applies pending migrations to a PostgreSQL server, as the owner of the schema.
 *
 *     MIGRATION_DATABASE_URL=postgres://owner:…@host/database npm run migrate
 *
 * With APP_ROLE_PASSWORD the application's role, `patient_portal_app`, may log in with that password: give its URL, not
 * the owner's, to the portal, and no fault of the portal's can touch what is recorded in the audit log (R45).
 */
import { readdir, readFile } from 'node:fs/promises';
import { Client } from 'pg';
import { MigrationRefused, migrateServer } from '../adapters/postgres/migrate.ts';
import { explainStart } from '../src/start-faults.ts';

const FOLDER = new URL('../migrations/', import.meta.url).pathname;

export async function migrate(url: string, appRolePassword: string | undefined): Promise<string[]> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql'));
  const files = await Promise.all(
    names.map(async (name) => ({ name, sql: await readFile(`${FOLDER}${name}`, 'utf8') })),
  );
  const applied = await migrateServer(url, files);
  if (appRolePassword !== undefined) await allowLogin(url, appRolePassword);
  return applied;
}

async function allowLogin(url: string, password: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`ALTER ROLE patient_portal_app LOGIN PASSWORD ${client.escapeLiteral(password)}`);
  } finally {
    await client.end();
  }
}

if (import.meta.main) {
  const url = process.env.MIGRATION_DATABASE_URL ?? process.env.DATABASE_URL;
  if (url === undefined || !URL.canParse(url)) {
    console.error(
      '\nSet MIGRATION_DATABASE_URL to the database, as its owner: postgres://owner:password@host/database\n',
    );
    process.exit(1);
  }
  try {
    const applied = await migrate(url, process.env.APP_ROLE_PASSWORD);
    for (const name of applied) console.log(`applied  ${name}`);
    console.log(applied.length === 0 ? 'Nothing to apply: the schema is up to date.' : 'The schema is up to date.');
  } catch (error) {
    if (!(error instanceof MigrationRefused)) console.error(explainStart(error));
    else console.error(`\n${error.message}\n`);
    process.exit(1);
  }
}
