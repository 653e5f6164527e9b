/**
 * Applies pending migrations to a PostgreSQL server, as the owner of the schema.
 *
 *     MIGRATION_DATABASE_URL=postgres://owner:…@host/database npm run migrate
 *
 * Values that earlier versions stored in plaintext are encrypted in the same run. If there are any, set FIELD_KEYS and
 * INDEX_KEY to the portal's values; for a portal that generated its own, DATA_DIR is enough. Keys that are set are
 * checked: keys that did not seal the data are refused.
 *
 * With `--bind-boxes`, sealed values of earlier versions are resealed and bound to their rows (ADR 0107). Use it once
 * every instance of the portal runs this version.
 *
 * With `--rewrite-keys`, the table of data keys is rewritten, so that its files hold no key of an erased person (ADR
 * 0109). A daily cron runs this for portals that only have the URL of their own role, and at the edge.
 *
 * With APP_ROLE_PASSWORD, the application's role, `patient_portal_app`, may log in with that password. Give its URL to
 * the portal instead of the owner's: then no bug of the portal can change what is recorded in the audit log (R45).
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

/** Progress goes to stderr, so that stdout only lists what was done. */
const tell = (step: string) => console.error(step);

/** @param environment the variables from which the keys are read */
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

/** Runs before anything is changed. If no keys are set, there is nothing to compare. */
async function refuseOtherKeys(url: string, environment: Environment): Promise<void> {
  const keys = await readKeys(environment, undefined);
  if (keys === undefined) return;
  const driver = createTcpDriver({ url, maxConnections: 1 });
  await requireKeysBeforeMigrating(driver, keys).finally(() => driver.close());
}

async function sealWhatIsLeft(url: string, environment: Environment): Promise<void> {
  const driver = createTcpDriver({ url, maxConnections: 1 });
  const left = await countUnsealed(driver).finally(() => driver.close());
  // The default folder may belong to another portal, so it is only read if keys are needed.
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
  if (sealed > 0) console.log(`sealed   ${sealed} rows that earlier versions stored in plaintext`);
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

/** Reseals values that are not bound to their row yet. Every instance of the portal must run this version already. */
export async function bind(url: string, environment: Environment = process.env): Promise<Bound> {
  const keys = await readKeys(environment, '.data');
  if (keys !== undefined) return bindServer(url, keys);
  throw new ConfigRefused(['FIELD_KEYS, INDEX_KEY: set both to the portal’s values, or DATA_DIR to its folder']);
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
