/**
 * What the three drivers have in common: a batch of statements goes out together, runs in one transaction and costs one
 * round trip. Everything above this file is one SQL dialect.
 */
import type { Sql } from 'sql-template-tag';
import type { Bounds } from '../../../domain/shared/bounds.ts';
import { Unavailable } from '../../../domain/shared/ports.ts';

/** A row as decoded by `types.ts`. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * - `snapshot`: reads that see one state of the database; nothing may be written
 * - `recorded`: reads that see one state of the database, and record what they saw
 * - `write`: read committed
 */
export type BatchMode = 'snapshot' | 'recorded' | 'write';

export interface SqlDriver {
  /**
   * Runs the statements in one transaction. All or none take effect.
   * @param bounds of the request it is for. Left out: background work, which waits as long as a statement may take
   * @throws SqlError when the server refuses a statement
   * @throws Unavailable when the server cannot be reached, cannot write, is shutting down or takes too long
   */
  run(statements: readonly Sql[], mode: BatchMode, bounds?: Bounds): Promise<readonly (readonly Row[])[]>;
  close(): Promise<void>;
}

/** The longest a statement may run, in milliseconds: a stalled database is answered within 5 s (R58). */
export const STATEMENT_TIMEOUT_MS = 4_000;
/** The longest to wait for a lock, in milliseconds: what is locked longer is refused, and the connection is free again. */
export const LOCK_TIMEOUT_MS = 1_000;
/** The longest to wait for a connection, in milliseconds. */
export const CONNECT_TIMEOUT_MS = 3_000;

/** How long a batch may still take, in milliseconds. */
export function budgetOf(bounds: Bounds | undefined): number {
  return Math.min(STATEMENT_TIMEOUT_MS, Math.floor(bounds?.remainingMilliseconds() ?? STATEMENT_TIMEOUT_MS));
}

/** @throws Unavailable when the caller has given up already */
export function requireTime(bounds: Bounds | undefined): number {
  const budget = budgetOf(bounds);
  if (budget <= 0) throw new Unavailable('database', { reason: 'deadline', retryAfterSeconds: 1 });
  return budget;
}
