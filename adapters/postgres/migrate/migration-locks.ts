/**
 * Locks of migrations. A statement that waits for a table lock blocks everybody who comes after it, so each wait is
 * short, is given up and is retried. If two processes migrate one database, one waits for the other.
 */
import type { MigrationTarget } from './migrate.ts';

export interface MigrationWaits {
  /**
   * Lock time-out of a statement, in milliseconds. Shorter than that of requests, so that no request is refused
   * meanwhile.
   */
  readonly lockTimeoutMilliseconds: number;
  /** How many times a file is tried. */
  readonly attempts: number;
  /** Pause after the first attempt. Each later pause is up to twice as long, with jitter. */
  readonly pauseMilliseconds: number;
  readonly longestPauseMilliseconds: number;
  /** How long the concurrent build of an index waits for open transactions. It blocks nobody meanwhile. */
  readonly indexTimeoutMilliseconds: number;
  readonly indexAttempts: number;
  /** Longest wait for another process that migrates the same database. */
  readonly otherProcessMilliseconds: number;
}

export const MIGRATION_WAITS: MigrationWaits = {
  lockTimeoutMilliseconds: 800,
  attempts: 20,
  pauseMilliseconds: 250,
  longestPauseMilliseconds: 8_000,
  indexTimeoutMilliseconds: 600_000,
  indexAttempts: 3,
  otherProcessMilliseconds: 600_000,
};

/** Called for each step and for each wait. */
export type Tell = (step: string) => void;

/** No attempt got its locks. */
export class LocksUnavailable extends Error {
  override readonly name = 'LocksUnavailable';
}

/** Another process is migrating the database and does not finish. */
export class OtherMigrator extends Error {
  override readonly name = 'OtherMigrator';
}

const LOCK_NOT_AVAILABLE = '55P03';
const DEADLOCK = '40P01';

function isLockFault(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return code === LOCK_NOT_AVAILABLE || code === DEADLOCK;
}

/**
 * Runs the work in a transaction; retries with exponential backoff and jitter if it does not get its locks. @throws
 * LocksUnavailable if no attempt got them
 */
export async function inTransaction<T>(
  target: MigrationTarget,
  waits: MigrationWaits,
  tell: Tell,
  work: () => Promise<T>,
): Promise<T> {
  const begin = target.isShared ? `BEGIN; SET LOCAL lock_timeout = ${waits.lockTimeoutMilliseconds}` : 'BEGIN';
  return retrying(target, waits, tell, async () => {
    await target.run(begin);
    try {
      const result = await work();
      await target.run('COMMIT');
      return result;
    } catch (error) {
      // Report the first error. If the connection is broken, the server has rolled back already.
      await target.run('ROLLBACK').catch(() => {});
      throw error;
    }
  });
}

/** As {@link inTransaction}, for a statement that cannot run in a transaction and blocks nobody while it waits. */
export async function outsideTransaction(
  target: MigrationTarget,
  waits: MigrationWaits,
  tell: Tell,
  work: () => Promise<void>,
): Promise<void> {
  await target.run(`SET lock_timeout = ${waits.indexTimeoutMilliseconds}`);
  try {
    await retrying(target, { ...waits, attempts: waits.indexAttempts }, tell, work);
  } finally {
    await target.run('RESET lock_timeout').catch(() => {});
  }
}

async function retrying<T>(
  target: MigrationTarget,
  waits: MigrationWaits,
  tell: Tell,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let round = 1; ; round++) {
    try {
      return await attempt();
    } catch (error) {
      if (!target.isShared || !isLockFault(error)) throw error;
      if (round >= waits.attempts) {
        throw new LocksUnavailable(
          `its locks were not available in ${round} attempts. ${await longestTransactions(target)}`,
          {
            cause: error,
          },
        );
      }
      tell(`Waiting for locks that others hold: attempt ${round} of ${waits.attempts} timed out`);
      await pause(waits, round);
    }
  }
}

function pause({ pauseMilliseconds, longestPauseMilliseconds }: MigrationWaits, round: number): Promise<void> {
  const longest = Math.min(longestPauseMilliseconds, pauseMilliseconds * 2 ** (round - 1));
  return new Promise((wake) => setTimeout(wake, longest / 2 + (Math.random() * longest) / 2));
}

/** The oldest transactions that this role may see, so that an operator can end them. */
async function longestTransactions(target: MigrationTarget): Promise<string> {
  const found = await target.run(`
    SELECT pid::text, coalesce(nullif(application_name, ''), 'no name') AS name, state,
      extract(epoch FROM now() - xact_start)::int::text AS seconds
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND xact_start IS NOT NULL
    ORDER BY xact_start LIMIT 3`);
  if (found.length === 0) return 'Look for long transactions in pg_stat_activity, end them, and run this again';
  const named = found.map(({ pid, name, state, seconds }) => `process ${pid} (${name}, ${state}, since ${seconds} s)`);
  return `The longest transactions: ${named.join(', ')}. Wait for them, or end one with SELECT pg_terminate_backend(…), and run this again`;
}

/** Key of the advisory lock. It must be the same in all versions, because earlier versions lock it too. */
const MIGRATOR = '7420150320';

/**
 * Does the work while no other process migrates this database. Polls the advisory lock instead of waiting for it: a
 * waiting session keeps a snapshot open, and the concurrent build of an index would wait for that snapshot in turn.
 * @throws OtherMigrator if another process holds the lock for too long
 */
export async function asOnlyMigrator<T>(
  target: MigrationTarget,
  waits: MigrationWaits,
  tell: Tell,
  work: () => Promise<T>,
): Promise<T> {
  if (!target.isShared) return work();
  const until = performance.now() + waits.otherProcessMilliseconds;
  for (let round = 1; ; round++) {
    const [answer] = await target.run(`SELECT pg_try_advisory_lock(${MIGRATOR}) AS had`);
    if (answer?.had === true) break;
    if (performance.now() >= until) {
      throw new OtherMigrator(
        `another process has been migrating this database for ${Math.round(waits.otherProcessMilliseconds / 1000)} s. ` +
          'Wait for it to finish, and run this again. Nothing was applied here',
      );
    }
    if (round === 1) tell('Waiting for another process that migrates this database');
    await pause({ ...waits, longestPauseMilliseconds: 1_000 }, round);
  }
  try {
    return await work();
  } finally {
    await target.run(`SELECT pg_advisory_unlock(${MIGRATOR})`).catch(() => {});
  }
}
