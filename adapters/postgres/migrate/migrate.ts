/**
 * Migrations: plain SQL files, forward only, each recorded with the SHA-256 of its text. Each file is applied in one
 * transaction together with its record, so that a run after an interruption continues with the next file. A file with
 * the line `-- Outside a transaction` is applied statement by statement, and each statement may be repeated, so that
 * indexes are built and rows are changed while others read and write.
 */

import type { PgliteDriver } from '../driver/pglite.ts';
import { ensureGrants, ensureRole } from './application-role.ts';
import {
  breaksFormerVersion,
  checksum,
  type Migration,
  MigrationRefused,
  type OutsideStep,
  outsideSteps,
  pendingMigrations,
  withoutConcurrently,
} from './migration-files.ts';
import {
  asOnlyMigrator,
  inTransaction,
  MIGRATION_WAITS,
  type MigrationWaits,
  outsideTransaction,
  type Tell,
} from './migration-locks.ts';
import { asOwner, asTarget } from './owner.ts';

/** A connection as the owner of the schema. */
export interface MigrationTarget {
  /** Whether others may use the database at the same time. */
  readonly isShared: boolean;
  /** Runs a script of any number of statements and returns the rows of the last. */
  run(script: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** A file could not be applied. The message lists the files that were applied, and says what the next run does. */
export class MigrationFailed extends Error {
  override readonly name = 'MigrationFailed';
  readonly applied: readonly string[];

  constructor(failed: PendingFile, applied: readonly string[], left: readonly string[], cause: unknown) {
    const done = applied.length === 0 ? 'No file was applied' : `Applied in this run and kept: ${applied.join(', ')}`;
    const own = failed.steps === undefined ? 'it changed nothing' : 'its finished steps are kept and are not repeated';
    const rest = left.length === 0 ? '' : `. Not started: ${left.join(', ')}`;
    super(
      `${failed.file.name} was not applied (${own}): ${reasonOf(cause)}. ${done}${rest}. The next run continues with this file`,
      { cause },
    );
    this.applied = applied;
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? `${message} (${code})` : String(message ?? error);
}

interface PendingFile {
  readonly file: Migration;
  /** `undefined` for a file that is applied in one transaction. */
  readonly steps: readonly OutsideStep[] | undefined;
}

const PREPARE = `
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

/**
 * @param tell called before each file is applied, and on each wait
 * @returns the names of the files that were applied
 * @throws MigrationRefused if an applied file was changed or is missing, or a new file sorts before an applied one;
 *   nothing was applied
 * @throws OtherMigrator if another process does not finish; nothing was applied
 * @throws MigrationFailed if a file could not be applied
 */
export function applyMigrations(
  target: MigrationTarget,
  migrations: readonly Migration[],
  tell: Tell = () => {},
  waits: MigrationWaits = MIGRATION_WAITS,
): Promise<string[]> {
  return asOnlyMigrator(target, waits, tell, async () => {
    const pending = await readPending(target, migrations);
    await inTransaction(target, waits, tell, async () => {
      await target.run(PREPARE);
      await ensureRole(target);
      await ensureGrants(target);
    });
    const applied: string[] = [];
    for (const next of pending) {
      const { name } = next.file;
      tell(`Preparing the database: ${name}`);
      try {
        await applyFile(target, next, tell, waits);
      } catch (error) {
        const left = pending.slice(applied.length + 1).map(({ file }) => file.name);
        throw new MigrationFailed(next, applied, left, error);
      }
      applied.push(name);
    }
    return applied;
  });
}

/** As {@link applyMigrations}, but in a transaction of the caller, on a database that nobody else uses. */
export async function applyWithin(target: MigrationTarget, migrations: readonly Migration[]): Promise<string[]> {
  const pending = await readPending(target, migrations);
  await target.run(PREPARE);
  await ensureRole(target);
  for (const { file, steps } of pending) {
    if (steps === undefined) await target.run(file.sql);
    else for (const step of steps) await runPlainly(target, step);
    await record(target, file);
  }
  await ensureGrants(target);
  return pending.map(({ file }) => file.name);
}

async function readPending(target: MigrationTarget, migrations: readonly Migration[]): Promise<PendingFile[]> {
  const [known] = await target.run(`SELECT to_regclass('schema_migrations') IS NOT NULL AS is_there`);
  const applied =
    known?.is_there === true ? await target.run('SELECT name, checksum FROM schema_migrations ORDER BY name') : [];
  // All files are checked before the first is applied.
  return pendingMigrations(migrations, applied as readonly { name: string; checksum: string }[]).map((file) => ({
    file,
    steps: outsideSteps(file),
  }));
}

async function applyFile(
  target: MigrationTarget,
  { file, steps }: PendingFile,
  tell: Tell,
  waits: MigrationWaits,
): Promise<void> {
  // Without other sessions there is no need to run outside a transaction.
  const outside = target.isShared ? (steps ?? []) : [];
  for (const step of outside) await runOutside(target, step, tell, waits);
  await inTransaction(target, waits, tell, async () => {
    if (steps === undefined) await target.run(file.sql);
    else if (!target.isShared) for (const step of steps) await runPlainly(target, step);
    await record(target, file);
    await ensureGrants(target);
  });
}

async function record(target: MigrationTarget, file: Migration): Promise<void> {
  await target.run(
    `INSERT INTO schema_migrations (name, checksum, breaks)
     VALUES ('${file.name}', '${checksum(file)}', ${breaksFormerVersion(file)})`,
  );
}

async function runPlainly(target: MigrationTarget, step: OutsideStep): Promise<void> {
  const statement = withoutConcurrently(step);
  if (step.kind !== 'batch') await target.run(statement);
  else while ((await target.run(statement)).length > 0);
}

async function runOutside(
  target: MigrationTarget,
  step: OutsideStep,
  tell: Tell,
  waits: MigrationWaits,
): Promise<void> {
  switch (step.kind) {
    case 'batch':
      while ((await inTransaction(target, waits, tell, () => target.run(step.text))).length > 0);
      return;
    case 'validate':
      return inTransaction(target, waits, tell, async () => void (await target.run(step.text)));
    case 'drop_index':
      return outsideTransaction(target, waits, tell, async () => void (await target.run(step.text)));
    case 'create_index':
      return outsideTransaction(target, waits, tell, async () => {
        await dropInvalid(target, step.index, tell);
        await target.run(step.text);
      });
  }
}

/**
 * If the build of an index was interrupted, an invalid index remains that is never used, and IF NOT EXISTS would skip
 * it.
 */
async function dropInvalid(target: MigrationTarget, index: string, tell: Tell): Promise<void> {
  const [left] = await target.run(
    `SELECT FROM pg_index WHERE indexrelid = to_regclass('public.${index}') AND NOT (indisvalid AND indisready)`,
  );
  if (left === undefined) return;
  tell(`Dropping ${index}: its build was interrupted`);
  await target.run(`DROP INDEX CONCURRENTLY IF EXISTS public.${index}`);
}

/** Migrates an embedded database, as its superuser. */
export function migratePglite(driver: PgliteDriver, migrations: readonly Migration[], tell?: Tell): Promise<string[]> {
  return applyMigrations(asTarget(driver), migrations, tell);
}

/** Migrates a server over TCP, as the role in the URL. */
export function migrateServer(
  url: string,
  migrations: readonly Migration[],
  tell?: Tell,
  waits?: MigrationWaits,
): Promise<string[]> {
  return asOwner(url, (server) => applyMigrations(server, migrations, tell, waits));
}

/**
 * Checks, without changing anything, that a server has exactly these migrations.
 * @throws MigrationRefused if it has not
 */
export function requireMigrated(url: string, migrations: readonly Migration[], isPooled = false): Promise<void> {
  const check = async (server: MigrationTarget) => {
    // The application's role may read the table since 0012. If it may not, or there is no table, that migration is
    // missing.
    const [privilege] = await server.run(
      `SELECT has_table_privilege(to_regclass('schema_migrations'), 'SELECT') AS may`,
    );
    if (!privilege?.may) throw new MigrationRefused('this database is older than the portal: run npm run migrate');
    const applied = await server.run('SELECT name, checksum FROM schema_migrations ORDER BY name');
    const [next] = pendingMigrations(migrations, applied as readonly { name: string; checksum: string }[]);
    if (next !== undefined) throw new MigrationRefused(`this database lacks ${next.name}: run npm run migrate`);
  };
  return asOwner(url, check, isPooled);
}
