/**
 * Classifies failed batches by SQLSTATE. The class says whether the statement or the server is at fault, whether the
 * connection may be used again, and when a retry makes sense.
 */
import { Unavailable } from '../../../domain/shared/ports.ts';
import type { BatchMode } from './driver.ts';

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

/** A condition of the server under which a correct statement fails. */
interface Condition {
  /** The name in the log and in the answer of `/ready`. */
  readonly reason: string;
  /** Whether other work on the same connection would fail too. If so, the connection is closed. */
  readonly dropsConnection: boolean;
  readonly retryAfterSeconds: number;
}

function condition(reason: string, retryAfterSeconds: number, connection: 'drop' | 'keep'): Condition {
  return { reason, dropsConnection: connection === 'drop', retryAfterSeconds };
}

/**
 * PostgreSQL 18, appendix A, and the error classes of Node's network stack. The longest matching prefix decides. A code
 * that is not listed is a refused statement: a constraint, a conflict between transactions, or a bug.
 */
const CONDITIONS: Readonly<Record<string, Condition>> = {
  '08': condition('connection_lost', 2, 'drop'),
  // "cached plan must not change result type": a migration changed what a prepared statement returns.
  '0A000': condition('foreign_schema', 1, 'drop'),
  '25006': condition('read_only', 2, 'drop'),
  '25P03': condition('connection_lost', 2, 'drop'),
  '42P01': condition('foreign_schema', 30, 'keep'),
  '42703': condition('foreign_schema', 30, 'keep'),
  '42704': condition('foreign_schema', 30, 'keep'),
  '42883': condition('foreign_schema', 30, 'keep'),
  '53': condition('server_overloaded', 2, 'keep'),
  '53100': condition('disk_full', 5, 'keep'),
  '53200': condition('out_of_memory', 5, 'drop'),
  '53300': condition('too_many_connections', 2, 'drop'),
  '55P03': condition('locked', 1, 'keep'),
  '57': condition('server_stopping', 2, 'drop'),
  '57014': condition('too_slow', 2, 'keep'),
  '57P03': condition('server_starting', 2, 'drop'),
  '58': condition('server_io', 5, 'drop'),
  '58030': condition('server_io', 5, 'drop'),
  F0: condition('server_io', 5, 'drop'),
};

/** No answer at all: a network fault, or a server that is down. */
const UNREACHABLE = condition('unreachable', 2, 'drop');
/** An embedded database writes files itself and reports a full disk with the operating system's code. */
const SYSTEM: Readonly<Record<string, Condition>> = {
  ENOSPC: condition('disk_full', 5, 'keep'),
  EDQUOT: condition('disk_full', 5, 'keep'),
  EROFS: condition('read_only', 5, 'keep'),
  EIO: condition('server_io', 5, 'drop'),
};

/** Names of system errors may have five characters too (`EPIPE`), but every SQLSTATE contains a digit. */
const SQLSTATE = /^(?=.*[0-9])[0-9A-Z]{5}$/;

function conditionOf(code: string, mode: BatchMode | undefined): Condition | undefined {
  // Such a batch asked for a read-only transaction, so the write in it is a bug, not a condition of the server.
  if (code === '25006' && (mode === 'snapshot' || mode === 'read')) return undefined;
  return CONDITIONS[code] ?? CONDITIONS[code.slice(0, 2)];
}

/**
 * Distinguishes a refused statement from a server that cannot serve.
 * @param mode of the batch that failed; left out while connecting
 */
export function toFault(error: unknown, mode?: BatchMode): SqlError | Unavailable {
  if (error instanceof SqlError || error instanceof Unavailable) return error;
  const { code, constraint, message } = (error ?? {}) as { code?: unknown; constraint?: unknown; message?: unknown };
  const known = typeof code === 'string' ? code : '';
  const found = SQLSTATE.test(known) ? conditionOf(known, mode) : (SYSTEM[known] ?? UNREACHABLE);
  if (found === undefined) {
    return new SqlError(String(message), known, typeof constraint === 'string' ? constraint : undefined, error);
  }
  const { reason, retryAfterSeconds } = found;
  return new Unavailable('database', { cause: error, reason, retryAfterSeconds });
}

/** Whether the connection must be closed after this fault. */
export function dropsConnection(fault: SqlError | Unavailable, mode: BatchMode): boolean {
  if (fault instanceof SqlError) return false;
  const { code } = (fault.cause ?? {}) as { code?: unknown };
  return (conditionOf(String(code), mode) ?? UNREACHABLE).dropsConnection;
}
