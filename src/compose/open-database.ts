/** Opens the database under Deno: embedded, or on a server. Migrates it and verifies that it knows the keys. */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { keepsPrepared, keepsSettings } from '../../adapters/postgres/driver/pooler.ts';
import { createTcpDriver, type PoolUse, type TcpDriver } from '../../adapters/postgres/driver/tcp.ts';
import { APPLICATION_ROLE } from '../../adapters/postgres/migrate/application-role.ts';
import { migratePglite, migrateServer, requireMigrated } from '../../adapters/postgres/migrate/migrate.ts';
import type { Migration } from '../../adapters/postgres/migrate/migration-files.ts';
import { rewriteKeysEmbedded, rewriteKeysOnServer } from '../../adapters/postgres/migrate/rewrite.ts';
import type { Log } from '../app/log.ts';
import type { Metrics } from '../app/metrics.ts';
import { type Config, ConfigRefused } from '../config.ts';
import { upgradeWarnings } from '../warnings.ts';
import { openEmbedded } from './embedded-database.ts';
import {
  requireKeysBeforeMigrating,
  requireKnownKeys,
  requireKnownLogKeys,
  type SealingKeys,
  verifyingKeys,
} from './known-keys.ts';
import { measuredDriver } from './measured-driver.ts';
import { sealEmbedded, sealServer } from './sealing.ts';
import type { Lasting } from './shared.ts';

const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));

export async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(MIGRATIONS)).filter((name) => name.endsWith('.sql'));
  return Promise.all(names.map(async (name) => ({ name, sql: await readFile(`${MIGRATIONS}/${name}`, 'utf8') })));
}

export interface Opening {
  readonly tell: (step: string) => void;
  readonly knowsLogKeys: boolean;
  saveSecrets(): Promise<void>;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Opens the database, and from then on verifies that it knows the keys. */
export async function openVerified(
  config: Config,
  lasting: Lasting,
  { tell, knowsLogKeys, saveSecrets, log, metrics }: Opening,
): Promise<OpenedDatabase> {
  const keys: StartKeys = {
    ...lasting,
    // Never save generated secrets next to data sealed with other keys, and never migrate with wrong keys (R85).
    async requireFor(driver) {
      await requireKeysBeforeMigrating(driver, lasting);
      if (knowsLogKeys) await requireKnownLogKeys(driver, lasting.checkpointSigners);
      await saveSecrets();
    },
  };
  const { driver, ...others } = await openDatabase(config, tell, keys, log);
  await requireKnownKeys(driver, lasting);
  for (const { code, detail } of upgradeWarnings(lasting.cipher)) log.write('warn', code, { detail });
  const measuring = { metrics, log, slowMilliseconds: config.SLOW_STATEMENT_MS };
  return { driver: measuredDriver(verifyingKeys(driver, lasting, { known: true }, log), measuring), ...others };
}

export interface OpenedDatabase {
  readonly driver: SqlDriver;
  readonly rewriteKeys: (() => Promise<void>) | null;
  /** `null`: the embedded database has no pool. */
  readonly poolUse: (() => PoolUse) | null;
  /** For how long the oldest read has been waiting for its turn, in milliseconds. */
  readonly readWait: () => number;
}

interface StartKeys extends SealingKeys {
  /** @throws ConfigRefused if the database holds data that other keys have sealed */
  requireFor(driver: SqlDriver): Promise<void>;
}

async function openDatabase(
  config: Config,
  tell: (step: string) => void,
  keys: StartKeys,
  log: Log,
): Promise<OpenedDatabase> {
  const migrations = await readMigrations();
  const { DATABASE_URL: url } = config;
  if (url === undefined) {
    tell('Opening the embedded database');
    const driver = await openEmbedded(config.DATA_DIR);
    await keys.requireFor(driver);
    await migratePglite(driver, migrations, tell);
    await sealEmbedded(driver, keys, tell, log);
    await driver.actAs(APPLICATION_ROLE);
    return {
      driver,
      rewriteKeys: () => rewriteKeysEmbedded(driver, APPLICATION_ROLE),
      poolUse: null,
      readWait: driver.readWait,
    };
  }
  const isPooled = config.DATABASE_POOLER === 'transaction';
  const owner = createTcpDriver({ url, isPooled, maxConnections: 1 });
  await keys.requireFor(owner).finally(() => owner.close());
  if (config.MIGRATE) {
    await migrateServer(url, migrations, tell);
    await sealServer(url, keys, tell);
  } else {
    await requireMigrated(url, migrations, isPooled);
  }
  const driver = await openServer(url, config);
  return {
    driver,
    poolUse: driver.poolUse,
    readWait: driver.readWait,
    // A process that may migrate connects as the owner.
    rewriteKeys: config.MIGRATE ? () => rewriteKeysOnServer(url) : null,
  };
}

/** @throws ConfigRefused if what lies between the portal and the server does not keep what the portal relies on */
async function openServer(url: string, config: Config): Promise<TcpDriver> {
  const isPooled = config.DATABASE_POOLER === 'transaction';
  if (isPooled && config.DATABASE_PREPARED_STATEMENTS > 0 && !(await keepsPrepared(url)))
    throw new ConfigRefused([
      'DATABASE_PREPARED_STATEMENTS: the pooler loses prepared statements (PgBouncer before 1.21, or without max_prepared_statements). Set 0',
    ]);
  const driver = createTcpDriver({
    ...{ url, role: APPLICATION_ROLE, isPooled },
    maxConnections: config.DATABASE_CONNECTIONS,
    preparedStatements: config.DATABASE_PREPARED_STATEMENTS,
    statementTimeoutMilliseconds: config.DATABASE_STATEMENT_TIMEOUT_MS,
    lockTimeoutMilliseconds: config.DATABASE_LOCK_TIMEOUT_MS,
  });
  if (await keepsSettings(driver, APPLICATION_ROLE)) return driver;
  await driver.close();
  throw new ConfigRefused([
    'DATABASE_POOLER: the connection does not keep its role, time zone and time-out. Set transaction if DATABASE_URL names a PgBouncer',
  ]);
}
