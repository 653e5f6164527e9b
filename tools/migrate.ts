/**
 * Applies pending migrations to a PostgreSQL server, as the owner of the schema.
 *
 *     MIGRATION_DATABASE_URL=postgres://owner:…@host/database npm run migrate
 *
 * What earlier versions stored in the clear is sealed in the same run. Where there is any, FIELD_KEYS and INDEX_KEY must be
 * set as the portal has them; for a portal that generated its own, DATA_DIR is enough. Where they are set they are checked:
 * keys that the data was not sealed with are refused.
 *
 * With `--bind-boxes` sealed values of earlier versions are sealed anew, bound to their rows (ADR 0107). To be given once every
 * instance of the portal runs this version.
 *
 * With `--rewrite-keys` the table of data keys is written anew, so that its files hold no key of an erased person (ADR 0109).
 * Where the portal has the URL of its own role only, and at the edge, a daily cron runs this.
 *
 * With APP_ROLE_PASSWORD the application's role, `patient_portal_app`, may log in with that password: give its URL, not
 * the owner's, to the portal, and no fault of the portal's can touch what is recorded in the audit log (R45).
 */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { createBlindIndex } from '../adapters/crypto/blind-index.ts';
import { createFieldCipher, parseFieldKeys } from '../adapters/crypto/field-cipher.ts';
import { createTcpDriver } from '../adapters/postgres/driver/tcp.ts';
import { APPLICATION_ROLE } from '../adapters/postgres/migrate/application-role.ts';
import { migrateServer } from '../adapters/postgres/migrate/migrate.ts';
import { MigrationRefused } from '../adapters/postgres/migrate/migration-files.ts';
import { rewriteKeysOnServer, rewriteServer } from '../adapters/postgres/migrate/rewrite.ts';
import type { Bound } from '../adapters/postgres/sealed/bind-boxes.ts';
import { countUnsealed } from '../adapters/postgres/sealed/encrypt-legacy-columns.ts';
import type { BoxFormat } from '../domain/shared/sealed-columns.ts';
import { requireKeysBeforeMigrating, type SealingKeys } from '../src/compose/known-keys.ts';
import { bindServer, sealServer } from '../src/compose/sealing.ts';
import { readSecrets } from '../src/compose/secrets.ts';
import { ConfigRefused } from '../src/config.ts';
import { explainStart } from '../src/start-faults.ts';

const FOLDER = fileURLToPath(new URL('../migrations/', import.meta.url));

/** Progress goes to the error output, so that what was done can be read without it. */
const tell = (step: string) => console.error(step);

/** @param environment where the keys are looked for */
export async function migrate(
  url: string,
  appRolePassword: string | undefined,
  environment: Environment = process.env,
): Promise<string[]> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql'));
  const files = await Promise.all(
    names.map(async (name) => ({ name, sql: await readFile(`${FOLDER}${name}`, 'utf8') })),
  );
  await refuseOtherKeys(url, environment);
  const applied = await migrateServer(url, files, tell);
  await sealWhatIsLeft(url, environment);
  if (appRolePassword !== undefined) await allowLogin(url, appRolePassword);
  return applied;
}

/** Before anything is changed. Where no keys are set there is nothing to compare. */
async function refuseOtherKeys(url: string, environment: Environment): Promise<void> {
  const keys = await readKeys(environment, undefined);
  if (keys === undefined) return;
  const driver = createTcpDriver({ url, maxConnections: 1 });
  await requireKeysBeforeMigrating(driver, keys).finally(() => driver.close());
}

async function sealWhatIsLeft(url: string, environment: Environment): Promise<void> {
  const driver = createTcpDriver({ url, maxConnections: 1 });
  const left = await countUnsealed(driver).finally(() => driver.close());
  // A folder that nobody named may be of another portal: it is looked into only where keys must be had.
  const keys = await readKeys(environment, left === 0 ? undefined : '.data');
  if (keys === undefined) {
    if (left === 0) {
      await rewriteServer(url);
      return;
    }
    throw new ConfigRefused([
      `FIELD_KEYS, INDEX_KEY: ${left} rows hold in the clear what is sealed now. Set both as the portal has them (npm run ` +
        'keys makes an INDEX_KEY where there is none yet), or DATA_DIR to its folder, and run this again',
    ]);
  }
  const sealed = await sealServer(url, keys, tell);
  if (sealed > 0) console.log(`sealed   ${sealed} rows that earlier versions stored in the clear`);
}

type Environment = Readonly<Record<string, string | undefined>>;

async function readKeys(environment: Environment, folder: string | undefined): Promise<SealingKeys | undefined> {
  const where = environment.DATA_DIR ?? folder;
  const stored = where === undefined ? {} : await readSecrets(where);
  const ring = environment.FIELD_KEYS || stored.FIELD_KEYS;
  const index = environment.INDEX_KEY || stored.INDEX_KEY;
  if (ring === undefined || index === undefined) return undefined;
  const format: BoxFormat = { state: 'bound' };
  return {
    cipher: createFieldCipher({ ring: parseFieldKeys(ring), format }),
    index: createBlindIndex(index),
    format,
  };
}

/** Seals anew what is not bound to its row yet. Every instance of the portal must run this version by then. */
export async function bind(url: string, environment: Environment = process.env): Promise<Bound> {
  const keys = await readKeys(environment, '.data');
  if (keys !== undefined) return bindServer(url, keys);
  throw new ConfigRefused(['FIELD_KEYS, INDEX_KEY: set both as the portal has them, or DATA_DIR to its folder']);
}

async function allowLogin(url: string, password: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`ALTER ROLE ${APPLICATION_ROLE} LOGIN PASSWORD ${client.escapeLiteral(password)}`);
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
    if (process.argv.includes('--rewrite-keys')) {
      await rewriteKeysOnServer(url);
      console.log('rewrote  data_keys: its files hold no key of an erased person');
    }
    if (process.argv.includes('--bind-boxes')) {
      const { sealed, unopened } = await bind(url);
      console.log(`bound    ${sealed} sealed values to their rows`);
      for (const place of unopened) console.log(`damaged  ${place}`);
      if (unopened.length > 0) {
        console.log('These cannot be opened. Restore them from a backup, or set them to NULL, and run this again.');
        process.exitCode = 1;
      }
    }
  } catch (error) {
    if (!(error instanceof MigrationRefused)) console.error(explainStart(error));
    else console.error(`\n${error.message}\n`);
    process.exit(1);
  }
}
