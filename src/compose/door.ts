/** The door of a process or an isolate, and what measures at the edge how long requests wait (ADR 0275). */
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import { createDoor, type Door } from '../app/door.ts';
import type { Log } from '../app/log.ts';
import type { Config } from '../config.ts';

const now = () => performance.now();

/** A door that tells the log when it begins to refuse, and when it refuses nobody any more. */
export function loggedDoor({ SHED_AFTER_MS: limitMilliseconds }: Config, log: Log): Door {
  let since = 0;
  return createDoor({
    ...{ limitMilliseconds, now },
    onChange(level, former) {
      if (former === 0) since = now();
      if (level > former) log.write('warn', 'shedding', { admissionLevel: level });
      if (level === 0) log.write('info', 'shedding_ended', { ms: Math.round(now() - since) });
    },
  });
}

/** A round trip from a Worker to Neon, with its statement; what it takes beyond that, it has waited. */
const USUAL_TRIP_MS = 500;
/** Why a database refuses what it would serve if less were asked of it. */
const OVERLOADED: readonly string[] = [
  'overloaded',
  'server_overloaded',
  'too_many_connections',
  'no_connection',
  'too_slow',
];
/** A refusal is worse than any wait. */
const REFUSED_MS = 10_000;

/**
 * An isolate cannot see its event loop, and Neon’s proxy holds the pool: what it sees of both are the times and the refusals of its
 * round trips.
 */
export function notingTrips(driver: SqlDriver, door: Door): SqlDriver {
  return {
    ...driver,
    async run(statements, mode, bounds) {
      const began = now();
      try {
        const rows = await driver.run(statements, mode, bounds);
        // What is bulk may take its time.
        if (bounds?.priority !== 'bulk') door.note('database', Math.max(0, now() - began - USUAL_TRIP_MS));
        return rows;
      } catch (error) {
        if (error instanceof Unavailable && OVERLOADED.includes(error.reason)) door.note('database', REFUSED_MS);
        throw error;
      }
    },
  };
}
