/**
 * What the three drivers have in common: a batch of statements goes out together, runs in one transaction and costs one
 * round trip. Everything above this file is one SQL dialect.
 */
import type { Sql } from 'sql-template-tag';
import { Unavailable } from '../../domain/shared/ports.ts';

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
   * @throws SqlError when the server refuses a statement
   * @throws Unavailable when the server cannot be reached, is shutting down or takes too long
   */
  run(statements: readonly Sql[], mode: BatchMode): Promise<readonly (readonly Row[])[]>;
  close(): Promise<void>;
}

/** The server refused a statement. */
export class SqlError extends Error {
  override readonly name = 'SqlError';
  /** SQLSTATE, five characters. */
  readonly sqlState: string;
  readonly constraint: string | undefined;

  constructor(message: string, sqlState: string, constraint: string | undefined, cause: unknown) {
    super(message, { cause });
    this.sqlState = sqlState;
    this.constraint = constraint;
  }
}

/** The longest a statement may run, in milliseconds: a stalled database is answered within 5 s (R58). */
export const STATEMENT_TIMEOUT_MS = 4_000;
/** The longest to wait for a connection, in milliseconds. */
export const CONNECT_TIMEOUT_MS = 3_000;

/** Five characters, as the names of system errors have too (`EPIPE`); but every SQLSTATE has a digit. */
const SQLSTATE = /^(?=.*[0-9])[0-9A-Z]{5}$/;
/** SQLSTATE classes that speak of the server's condition, not of the statement. */
const CONDITION = /^(08|53|57|58)/;

/** Tells a refused statement from a server that is not there. */
export function toFault(error: unknown): Error {
  if (error instanceof SqlError || error instanceof Unavailable) return error;
  const { code, constraint, message } = (error ?? {}) as { code?: unknown; constraint?: unknown; message?: unknown };
  if (typeof code === 'string' && SQLSTATE.test(code) && !CONDITION.test(code)) {
    return new SqlError(String(message), code, typeof constraint === 'string' ? constraint : undefined, error);
  }
  return new Unavailable('database', { cause: error });
}
