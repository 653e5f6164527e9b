/**
 * How migrations wait. A statement that waits for the lock of a table blocks everybody who comes after it, so each wait is
 * short and is given up and repeated; of two processes that migrate one database, one waits for the other.
 */
import type { MigrationTarget } from './migrate.ts';

export interface MigrationWaits {
  /** How long a statement waits for a lock, in milliseconds. Less than a request does, so that none is refused meanwhile. */
  readonly lockTimeoutMilliseconds: number;
  /** How often a file is tried that did not get its locks. */
  readonly attempts: number;
  /** The pause after the first attempt; each later one is up to twice as long, with jitter. */
  readonly pauseMilliseconds: number;
  readonly longestPauseMilliseconds: number;
  /** How long an index that is built beside readers and writers waits for their transactions. It blocks nobody meanwhile. */
  readonly indexTimeoutMilliseconds: number;
  readonly indexAttempts: number;
  /** How long to wait for another process that migrates the same database. */
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

/** Hears of each step, and of each wait. */
export type Tell = (step: string) => void;

/** A lock was not to be had in any of the attempts. */
export class LocksNotHad extends Error {
  override readonly name = 'LocksNotHad';
}

/** Another process is at it, and does not come to its end. */
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
 * Runs the work in a transaction, again with exponential backoff and jitter while it does not get its locks.
 * @throws LocksNotHad when no attempt got them
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
      // What went wrong first is what counts; a connection that is gone has rolled back already.
      await target.run('ROLLBACK').catch(() => {});
      throw error;
    }
  });
}

/** The same for a statement that cannot run in a transaction and that locks out neither readers nor writers while it waits. */
export async function besideOthers(
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
        throw new LocksNotHad(`its locks were not to be had in ${round} attempts. ${await whoIsInTheWay(target)}`, {
          cause: error,
        });
      }
      tell(`Waiting for locks that others hold: attempt ${round} of ${waits.attempts} was given up`);
      await pause(waits, round);
    }
  }
}

function pause({ pauseMilliseconds, longestPauseMilliseconds }: MigrationWaits, round: number): Promise<void> {
  const longest = Math.min(longestPauseMilliseconds, pauseMilliseconds * 2 ** (round - 1));
  return new Promise((wake) => setTimeout(wake, longest / 2 + (Math.random() * longest) / 2));
}

/** The oldest transactions that this role is allowed to see, for whoever has to end them. */
async function whoIsInTheWay(target: MigrationTarget): Promise<string> {
  const found = await target.run(`
    SELECT pid::text, coalesce(nullif(application_name, ''), 'no name') AS name, state,
      extract(epoch FROM now() - xact_start)::int::text AS seconds
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND xact_start IS NOT NULL
    ORDER BY xact_start LIMIT 3`);
  if (found.length === 0) return 'Look for long transactions in pg_stat_activity, end them, and run this again';
  const named = found.map(({ pid, name, state, seconds }) => `process ${pid} (${name}, ${state}, since ${seconds} s)`);
  return `The longest transactions: ${named.join(', ')}. Let them end, or end one with SELECT pg_terminate_backend(…), and run this again`;
}

/** Any number, the same in all versions: earlier ones take it for a transaction. */
const MIGRATOR = '7420150320';

/**
 * Does the work while no other process migrates this database. Asked for again and again instead of waited for: a session
 * that waits keeps a snapshot, for which an index that is built concurrently would wait in turn.
 * @throws OtherMigrator when another process is at it for too long
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
          'Let it end, and run this again. Nothing was applied here',
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
