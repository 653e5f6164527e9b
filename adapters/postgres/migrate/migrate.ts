/**
 * Migrations: plain SQL files, forward only, each recorded with the SHA-256 of its text. All that is pending is applied
 * in one transaction under a lock, so that a crash leaves nothing half done and two starters do not collide.
 */

import { sha256 } from '@noble/hashes/sha2.js';
import { Client } from 'pg';
import { toHex, utf8 } from '../../../domain/shared/bytes.ts';
import { CONNECT_TIMEOUT_MS } from '../driver/driver.ts';
import { toFault } from '../driver/fault.ts';
import type { PgliteDriver } from '../driver/pglite.ts';
import { ensureGrants, ensureRole } from './application-role.ts';

export interface Migration {
  /** File name: `0001_name.sql`. */
  readonly name: string;
  readonly sql: string;
}

/** A connection as the owner of the schema. */
export interface MigrationTarget {
  /** Runs a script of any number of statements and returns the rows of the last. */
  run(script: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** The files and the database disagree about what was applied. The message names the file and what to do. */
export class MigrationRefused extends Error {
  override readonly name = 'MigrationRefused';
}

const NAME = /^\d{4}_[a-z0-9_]+\.sql$/;

/** Before there is a table to lock, only an advisory lock keeps two first starters apart. The number is arbitrary. */
const PREPARE = `
  BEGIN;
  SELECT pg_advisory_xact_lock(7420150320);
  CREATE TABLE IF NOT EXISTS schema_migrations (
    name text PRIMARY KEY,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  );
  DO $$
  BEGIN
    IF NOT EXISTS (SELECT FROM pg_attribute
        WHERE attrelid = 'schema_migrations'::regclass AND attname = 'breaks' AND NOT attisdropped) THEN
      ALTER TABLE schema_migrations ADD COLUMN breaks boolean NOT NULL DEFAULT false;
    END IF;
  END $$;
`;

/** A line of a migration after which the version before it cannot work on the schema any more (R85). */
const BREAKS = /^-- Breaks the version before\b/m;

/** Line ends do not count: a checkout may rewrite them. */
function checksum(migration: Migration): string {
  return toHex(sha256(utf8(migration.sql.replaceAll('\r\n', '\n'))));
}

/** Hears of each migration before it is applied. */
type OnApplying = (name: string) => void;

/**
 * @returns the names that were applied now
 * @throws MigrationRefused when an applied file was changed or is missing, or a new file sorts before an applied one
 */
export async function applyMigrations(
  target: MigrationTarget,
  migrations: readonly Migration[],
  onApplying: OnApplying = () => {},
): Promise<string[]> {
  await target.run(PREPARE);
  try {
    const names = await applyWithin(target, migrations, onApplying);
    await target.run('COMMIT');
    return names;
  } catch (error) {
    // What went wrong first is what counts; a connection that is gone has rolled back already.
    await target.run('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** The same in a transaction of the caller's, on a database that was migrated before. */
export async function applyWithin(
  target: MigrationTarget,
  migrations: readonly Migration[],
  onApplying: OnApplying = () => {},
): Promise<string[]> {
  const ordered = [...migrations].sort((a, b) => (a.name < b.name ? -1 : 1));
  const applied = await target.run('SELECT name, checksum FROM schema_migrations ORDER BY name');
  const pending = pendingMigrations(ordered, applied as readonly { name: string; checksum: string }[]);
  await ensureRole(target);
  for (const migration of pending) {
    onApplying(migration.name);
    await target.run(migration.sql);
    await target.run(
      `INSERT INTO schema_migrations (name, checksum, breaks)
       VALUES ('${migration.name}', '${checksum(migration)}', ${BREAKS.test(migration.sql)})`,
    );
  }
  await ensureGrants(target);
  return pending.map(({ name }) => name);
}

/** What is still to be applied, in order. */
export function pendingMigrations(
  migrations: readonly Migration[],
  applied: readonly { readonly name: string; readonly checksum: string }[],
): Migration[] {
  const files = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const { name } of migrations) {
    if (!NAME.test(name)) throw new MigrationRefused(`${name}: a migration is named like 0001_name.sql`);
  }
  for (const { name, checksum: expected } of applied) {
    const file = files.get(name);
    if (file === undefined) {
      throw new MigrationRefused(`${name} was applied to this database but is missing here: restore the file`);
    }
    if (checksum(file) !== expected) {
      throw new MigrationRefused(
        `${name} was changed after it was applied: restore it and add a new migration instead`,
      );
    }
  }
  const done = new Set(applied.map(({ name }) => name));
  const last = applied.at(-1)?.name ?? '';
  const pending = migrations.filter(({ name }) => !done.has(name));
  for (const { name } of pending) {
    if (name < last)
      throw new MigrationRefused(`${name} comes before ${last}, which is applied: give it a later number`);
  }
  return pending;
}

/** Migrates a database inside the process, as its superuser. */
export function migratePglite(
  driver: PgliteDriver,
  migrations: readonly Migration[],
  onApplying?: OnApplying,
): Promise<string[]> {
  return applyMigrations(asTarget(driver), migrations, onApplying);
}

/** Migrates a server over TCP, as the role in the URL. */
export function migrateServer(
  url: string,
  migrations: readonly Migration[],
  onApplying?: OnApplying,
): Promise<string[]> {
  return asOwner(url, (server) => applyMigrations(server, migrations, onApplying));
}

/**
 * Whether a server has what these migrations make, no less and no more, as far as it tells without changing anything.
 * @throws MigrationRefused when it has not
 */
export function requireMigrated(url: string, migrations: readonly Migration[]): Promise<void> {
  return asOwner(url, async (server) => {
    // The application's role may look since 0012; where it may not, or there is nothing to look at, that one is missing.
    const [privilege] = await server.run(
      `SELECT has_table_privilege(to_regclass('schema_migrations'), 'SELECT') AS may`,
    );
    if (!privilege?.may) throw new MigrationRefused('this database is older than the portal: run npm run migrate');
    const applied = await server.run('SELECT name, checksum FROM schema_migrations ORDER BY name');
    const [next] = pendingMigrations(migrations, applied as readonly { name: string; checksum: string }[]);
    if (next !== undefined) throw new MigrationRefused(`this database lacks ${next.name}: run npm run migrate`);
  });
}

/**
 * Writes anew what a migration has put on the list, so that the files hold no old versions of rows. A table leaves the list
 * when it is written and not before: interrupted, the next one goes on. To be called when nothing clear is left in them.
 * @returns the tables that were written
 */
export async function rewriteTables(target: MigrationTarget): Promise<string[]> {
  const listed = await target.run('SELECT name FROM tables_to_rewrite ORDER BY name');
  const names = listed.map(({ name }) => name as string);
  for (const name of names) {
    await target.run(`VACUUM FULL "${name}"`);
    await target.run(`DELETE FROM tables_to_rewrite WHERE name = '${name}'`);
  }
  return names;
}

export function rewritePglite(driver: PgliteDriver): Promise<string[]> {
  return rewriteTables(asTarget(driver));
}

/** For as long as it takes: each table is locked while it is written. */
export function rewriteServer(url: string): Promise<string[]> {
  return asOwner(url, rewriteTables);
}

/** How long to wait for those who use the keys, before the next attempt. */
const KEY_LOCK_TIMEOUT = '2s';

/**
 * Writes the table of wrapped data keys anew (VACUUM FULL, as the owner and outside a transaction), so that no dead row of
 * its files holds the key of an erased person (R74). The table is locked while it is written: it has one short row a person.
 */
async function rewriteKeys(target: MigrationTarget): Promise<void> {
  await target.run(`SET lock_timeout = '${KEY_LOCK_TIMEOUT}'`);
  try {
    await target.run('VACUUM (FULL, ANALYZE) data_keys');
  } finally {
    await target.run('RESET lock_timeout');
  }
}

/** @param url as the owner of the tables */
export function rewriteKeysOnServer(url: string): Promise<void> {
  return asOwner(url, rewriteKeys);
}

/** The embedded database acts as the application's role; its one process is the owner as well. */
export async function rewriteKeysEmbedded(driver: PgliteDriver, role: string): Promise<void> {
  await driver.pglite.exec('RESET ROLE');
  try {
    await rewriteKeys(asTarget(driver));
    await driver.pglite.exec('CHECKPOINT');
  } finally {
    await driver.actAs(role);
  }
}

function asTarget(driver: PgliteDriver): MigrationTarget {
  return { run: async (script) => (await driver.pglite.exec(script)).at(-1)?.rows as Record<string, unknown>[] };
}

async function asOwner<T>(url: string, work: (server: MigrationTarget) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    throw toFault(error);
  }
  try {
    return await work({
      run: async (script) => {
        const result = await client.query(script);
        return (Array.isArray(result) ? result.at(-1) : result).rows;
      },
    });
  } finally {
    await client.end();
  }
}
