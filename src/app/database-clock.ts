/**
 * The database's clock, shared by all processes: every time that one process writes or signs and another compares comes
 * from it. If processes used their own clocks and these differed, they would reject each other's access tokens and take
 * over each other's running jobs.
 */
import type { Clock } from '../../domain/shared/ports.ts';
import type { Instant } from '../../domain/shared/time.ts';
import type { Log } from './log.ts';

/** A larger difference is logged as a warning, because sign-in codes are valid for 30 seconds. */
export const CLOCK_TOLERANCE_MS = 2_000;

export interface DatabaseClock extends Clock {
  /** Measures the difference to the database's clock. If the database does not answer, the last difference is kept. */
  compare(): Promise<void>;
  /** How far this machine's clock is ahead of the database's, in milliseconds; `undefined` within the tolerance. */
  ahead(): number | undefined;
}

export function createDatabaseClock(local: Clock, ask: () => Promise<Instant>, log: Log): DatabaseClock {
  let difference = 0;
  return {
    now: () => local.now() + difference,
    ahead: () => (Math.abs(difference) > CLOCK_TOLERANCE_MS ? -difference : undefined),
    async compare() {
      const before = local.now();
      let there: Instant;
      try {
        there = await ask();
      } catch (error) {
        log.failure('clock_not_compared', error);
        return;
      }
      // Assumes that the answer was given halfway between request and response (RFC 5905 section 8).
      difference = Math.round(there - (before + local.now()) / 2);
      if (Math.abs(difference) > CLOCK_TOLERANCE_MS) {
        log.write('warn', 'clock_differs', { aheadOfDatabaseMs: -difference, toleratedMs: CLOCK_TOLERANCE_MS });
      }
    },
  };
}
