/** Counts the round trips to the database, and logs those that took long by the names of their statements. */
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { SqlError } from '../../adapters/postgres/driver/fault.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import type { Log } from '../app/log.ts';
import type { Metrics } from '../app/metrics.ts';

export interface Measuring {
  readonly metrics: Metrics;
  readonly log: Log;
  /** From which on a batch is logged as slow, in milliseconds; 0 logs none. */
  readonly slowMilliseconds: number;
}

/** Lines in a minute: when the database stalls, every batch is slow. */
const LINES_PER_MINUTE = 20;
const MINUTE_MS = 60_000;
/** A batch may hold hundreds of statements. */
const NAMES_AT_MOST = 8;

export function measuredDriver(driver: SqlDriver, { metrics, log, slowMilliseconds }: Measuring): SqlDriver {
  const admit = createAllowance();
  return {
    ...driver,
    async run(statements, mode, bounds) {
      const began = performance.now();
      let outcome = 'ok';
      try {
        return await driver.run(statements, mode, bounds);
      } catch (error) {
        outcome = error instanceof SqlError ? 'refused' : error instanceof Unavailable ? error.reason : 'failed';
        throw error;
      } finally {
        const ms = performance.now() - began;
        metrics.count('portal_database_trips_total', { mode, outcome });
        metrics.observe('portal_database_trip_duration_seconds', { mode }, ms / 1000);
        if (slowMilliseconds > 0 && ms >= slowMilliseconds) {
          metrics.count('portal_database_slow_trips_total', { mode });
          if (admit(began)) {
            const names = [...new Set(statements.map(({ text }) => statementName(text)))].slice(0, NAMES_AT_MOST);
            log.write('warn', 'slow_statement', { ms: Math.round(ms), mode, outcome, statements: names });
          }
        }
      }
    },
  };
}

/** Whether one more line may be written now. */
function createAllowance(): (now: number) => boolean {
  let since = Number.NEGATIVE_INFINITY;
  let written = 0;
  return (now) => {
    if (now - since >= MINUTE_MS) {
      since = now;
      written = 0;
    }
    written += 1;
    return written <= LINES_PER_MINUTE;
  };
}

/** Tables beyond these would make the name longer, and hardly clearer. */
const TABLES_AT_MOST = 4;

/**
 * What a statement does to which tables, and a number that tells it from others: `select appointments users #1f0c9a42`. It is made of
 * the text alone, which has placeholders where the values are.
 */
export function statementName(text: string): string {
  const verb = /\b(select|insert|update|delete)\b/i.exec(text)?.[0]?.toLowerCase() ?? 'other';
  const named = [...text.matchAll(/\b(?:from|join|into|update)\s+([a-z_][a-z0-9_]*)/gi)].map(
    ([, table]) => table ?? '',
  );
  const tables = [...new Set(named)].filter((name) => !NO_TABLES.has(name.toLowerCase())).slice(0, TABLES_AT_MOST);
  return `${[verb, ...tables].join(' ')} #${fingerprint(text)}`;
}

/** Words that may follow `FROM` or `JOIN` and name no table. */
const NO_TABLES = new Set(['lateral', 'unnest', 'jsonb_to_recordset', 'generate_series', 'set', 'only', 'select']);

/** FNV-1a with 32 bits, in hexadecimal. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
