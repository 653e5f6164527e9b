/** The epoch of the cache: see `domain/shared/versioned-cache.ts`. */
import { row, type Sql, type SqlLoad, sql } from '../driver/sql.ts';

const SLOTS = 16;

/** Changes with every transaction that moves it, in whatever order they commit. */
export function cacheEpoch(): SqlLoad<string> {
  const load = row(sql`SELECT sum(moves)::text AS epoch FROM cache_epochs`, ({ epoch }) => epoch as string);
  return { statements: load.statements, read: (results) => load.read(results) ?? '' };
}

/** The last statement of its batch, so that nobody waits while the batch waits for something else. */
export function moveCacheEpoch(): Sql {
  const slot = Math.floor(Math.random() * SLOTS);
  return sql`UPDATE cache_epochs SET moves = moves + 1 WHERE slot = ${slot}::smallint`;
}
