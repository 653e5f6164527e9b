/**
 * What the three drivers have in common: a batch of statements is sent together, runs in one transaction and costs one
 * round trip. Everything above this file is one SQL dialect.
 */
import type { Sql } from 'sql-template-tag';
import type { Bounds } from '../../../domain/shared/bounds.ts';
import { Unavailable } from '../../../domain/shared/ports.ts';

/** A row as decoded by `types.ts`. */
export type Row = Readonly<Record<string, unknown>>;

export interface Column {
  readonly name: string;
  /** Type OID. */
  readonly oid: number;
}

/** The rows of one statement. */
export interface Rows extends ReadonlyArray<Row> {
  /** Not enumerable, so that the rows equal an array of the same rows. */
  readonly columns: readonly Column[];
}

export function rowsOf(rows: readonly Row[], fields: readonly { name: string; dataTypeID: number }[]): Rows {
  const columns = fields.map(({ name, dataTypeID }) => ({ name, oid: dataTypeID }));
  const own: readonly Row[] = [...rows];
  return Object.defineProperty(own, 'columns', { value: columns }) as Rows;
}

/**
 * - `read`: one `SELECT`, which needs no transaction around it
 * - `snapshot`: all statements read from one snapshot; nothing may be written
 * - `recorded`: reads and appends audit events of what was read, each statement from a snapshot of its own
 * - `write`: each statement from a snapshot of its own
 */
export type BatchMode = 'read' | 'snapshot' | 'recorded' | 'write';

export interface SqlDriver {
  /**
   * Runs the statements in one transaction. All or none take effect.
   * @param bounds of the request. Default for background work: only the statement time-out
   * @throws SqlError if the server refuses a statement
   * @throws Unavailable if the server cannot be reached, cannot write, is shutting down or takes too long
   */
  run(statements: readonly Sql[], mode: BatchMode, bounds?: Bounds): Promise<readonly Rows[]>;
  close(): Promise<void>;
}

/** Default of the longest run time of a statement, in milliseconds: a request on a stalled database is answered within 5 s (R58). */
export const STATEMENT_TIMEOUT_MS = 4_000;
/** Default of the longest wait for a lock, in milliseconds. After it the statement is refused and the connection is free again. */
export const LOCK_TIMEOUT_MS = 1_000;
/** Longest wait for a connection, in milliseconds. */
export const CONNECT_TIMEOUT_MS = 3_000;

/** Time left for a batch, in milliseconds. */
export function budgetOf(bounds: Bounds | undefined, atMost = STATEMENT_TIMEOUT_MS): number {
  return Math.min(atMost, Math.floor(bounds?.remainingMilliseconds() ?? atMost));
}

/** @throws Unavailable if the caller has given up already */
export function requireTime(bounds: Bounds | undefined): number {
  const budget = budgetOf(bounds);
  if (budget <= 0) throw new Unavailable('database', { reason: 'deadline', retryAfterSeconds: 1 });
  return budget;
}
