/**
 * The clock of the database, which all processes share: whatever one writes or signs and another compares goes by it. Two
 * processes whose own clocks differ would refuse each other's access tokens, and take each other's jobs for abandoned.
 */
import type { Clock } from '../../domain/shared/ports.ts';
import type { Instant } from '../../domain/shared/time.ts';
import type { Log } from './log.ts';

/** From so many milliseconds on the difference is worth an operator's attention: sign-in codes live 30 seconds. */
export const CLOCK_TOLERANCE_MS = 2_000;

export interface DatabaseClock extends Clock {
  /** Asks the database for the time. While it does not answer, the last difference stands. */
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
      // The answer was given somewhere between asking and hearing it (RFC 5905 section 8).
      difference = Math.round(there - (before + local.now()) / 2);
      if (Math.abs(difference) > CLOCK_TOLERANCE_MS) {
        log.write('warn', 'clock_differs', { aheadOfDatabaseMs: -difference, toleratedMs: CLOCK_TOLERANCE_MS });
      }
    },
  };
}
