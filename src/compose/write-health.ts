/** Tracks whether the database accepts writes: `/ready` probes it, and refused writes of requests are remembered. */
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { type Clock, Unavailable } from '../../domain/shared/ports.ts';
import type { Instant } from '../../domain/shared/time.ts';

/** Faults that the probe cannot find: it changes no row, so it succeeds even if the disk is full. */
const UNSEEN_BY_PROBE: readonly string[] = ['disk_full', 'server_io'];
/** How long such a refusal counts, in milliseconds, unless a write succeeds before that. */
const REMEMBERED_MS = 10_000;

/** The last refused write. Lives as long as the process or isolate. */
export interface WriteHealth {
  refused: { readonly at: Instant; readonly fault: Unavailable } | undefined;
}

/** Records in `health` whether writes succeed. */
export function noticingWrites(driver: SqlDriver, health: WriteHealth, clock: Clock): SqlDriver {
  return {
    ...driver,
    async run(statements, mode, bounds) {
      if (mode === 'snapshot' || mode === 'read') return driver.run(statements, mode, bounds);
      try {
        const results = await driver.run(statements, mode, bounds);
        health.refused = undefined;
        return results;
      } catch (error) {
        if (error instanceof Unavailable && UNSEEN_BY_PROBE.includes(error.reason)) {
          health.refused = { at: clock.now(), fault: error };
        }
        throw error;
      }
    },
  };
}

/**
 * One round trip that a standby or read-only server refuses, without changing a row: the update matches none, and the
 * transaction id makes the commit write to the write-ahead log.
 * @throws Unavailable if the server cannot write, or refused a write recently
 */
export async function probeWrite(driver: SqlDriver, health: WriteHealth, clock: Clock): Promise<void> {
  await driver.run(
    [sql`UPDATE outbox SET attempts = attempts WHERE false`, sql`SELECT pg_current_xact_id()`],
    'write',
    {
      priority: 'vital',
      remainingMilliseconds: () => Number.POSITIVE_INFINITY,
      noteRoundTrip: () => {},
    },
  );
  const { refused } = health;
  if (refused !== undefined && clock.now() - refused.at < REMEMBERED_MS) throw refused.fault;
}
