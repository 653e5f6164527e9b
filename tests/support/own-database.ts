/**
 * A database that belongs to one test alone, which may change its schema: on the real PostgreSQL if there is one, because a copy
 * of its template takes a tenth of the time of starting the embedded database.
 */
import pg from 'pg';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { createTcpDriver } from '../../adapters/postgres/driver/tcp.ts';
import { applyMigrations, type MigrationTarget } from '../../adapters/postgres/migrate/migrate.ts';
import type { Migration } from '../../adapters/postgres/migrate/migration-files.ts';
import { asTarget } from '../../adapters/postgres/migrate/owner.ts';
import { databaseUrl } from '../tools/services.ts';
import { emptyDriver, ownersDriver } from './embedded-database.ts';
import { freshDatabase } from './postgres.ts';

export interface OwnDatabase extends MigrationTarget {
  /** Acts as the owner of the tables. */
  readonly driver: SqlDriver;
  /** Applies migrations as a process does that has the database to itself. @returns the names of those that were applied */
  migrate(files: readonly Migration[]): Promise<string[]>;
  close(): Promise<void>;
}

/** @param options.migrated whether it has the tables of the portal. Default true */
export async function ownDatabase({ migrated = true } = {}): Promise<OwnDatabase> {
  const database = await (databaseUrl === undefined ? onPglite(migrated) : onServer(migrated));
  return { ...database, migrate: (files) => applyMigrations(database, files) };
}

async function onPglite(migrated: boolean): Promise<Omit<OwnDatabase, 'migrate'>> {
  const driver = await (migrated ? ownersDriver() : emptyDriver());
  return { driver, ...asTarget(driver), close: () => driver.close() };
}

async function onServer(migrated: boolean): Promise<Omit<OwnDatabase, 'migrate'>> {
  const { url, drop } = await freshDatabase({ migrated });
  const owner = new pg.Client(url);
  await owner.connect();
  // Nobody needs what is in it after a crash.
  await owner.query(`ALTER DATABASE ${new URL(url).pathname.slice(1)} SET synchronous_commit = off`);
  await owner.query('SET synchronous_commit = off');
  const driver = createTcpDriver({ url, maxConnections: 4 });
  return {
    driver,
    isShared: false,
    async run(script) {
      const results: pg.QueryResult | pg.QueryResult[] = await owner.query(script);
      return (Array.isArray(results) ? results.at(-1) : results)?.rows ?? [];
    },
    async close() {
      await driver.close();
      await owner.end();
      await drop();
    },
  };
}
