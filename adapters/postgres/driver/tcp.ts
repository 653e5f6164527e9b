/**
 * PostgreSQL over TCP, for self-hosters. A batch is pipelined: `BEGIN`, the statements and `COMMIT` are sent together.
 */
import { Pool, type PoolClient } from 'pg';
import sql, { type Sql } from 'sql-template-tag';
import { Unavailable } from '../../../domain/shared/ports.ts';
import { createAdmission } from './admission.ts';
import {
  type BatchMode,
  budgetOf,
  CONNECT_TIMEOUT_MS,
  LOCK_TIMEOUT_MS,
  type Row,
  requireTime,
  type SqlDriver,
  STATEMENT_TIMEOUT_MS,
} from './driver.ts';
import { dropsConnection, toFault } from './fault.ts';
import { decode, encode } from './types.ts';

const BEGIN: Readonly<Record<BatchMode, Sql>> = {
  recorded: sql`BEGIN ISOLATION LEVEL REPEATABLE READ`,
  snapshot: sql`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`,
  write: sql`BEGIN`,
};

/** How much later than the server the client times out, in milliseconds. */
const GRACE_MS = 300;

function statementTimeout(milliseconds: number): Sql {
  return sql`SELECT set_config('statement_timeout', ${String(Math.max(1, milliseconds))}, true)`;
}

export interface TcpOptions {
  readonly url: string;
  /** The role to act as after connecting. Default: the one in the URL. */
  readonly role?: string;
  /** Largest number of connections. Default 10. */
  readonly maxConnections?: number;
  /** Longest wait of a statement for a lock. Default {@link LOCK_TIMEOUT_MS}; 0 waits without limit. */
  readonly lockTimeoutMilliseconds?: number;
}

export function createTcpDriver(options: TcpOptions): SqlDriver {
  const connections = options.maxConnections ?? 10;
  const admission = createAdmission(connections);
  const pool = new Pool({
    connectionString: options.url,
    max: connections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'patient-portal',
    options: [
      `-c statement_timeout=${STATEMENT_TIMEOUT_MS}`,
      `-c lock_timeout=${options.lockTimeoutMilliseconds ?? LOCK_TIMEOUT_MS}`,
      '-c timezone=UTC',
      ...(options.role === undefined ? [] : [`-c role=${options.role}`]),
    ].join(' '),
    pipeline: true,
    types: { getTypeParser: (oid: number) => (text: string) => decode(oid, text) },
  } as ConstructorParameters<typeof Pool>[0]);
  // An idle connection that breaks is replaced at its next use. Without this listener its error would end the process.
  pool.on('error', () => {});
  // The same for a connection that breaks during a query: the query itself reports the error.
  pool.on('connect', (client) => {
    openedIn.set(client, era);
    client.on('error', () => {});
  });

  /**
   * Settings such as `default_transaction_read_only` are read when a session begins. So if one session can no longer be
   * used because of a condition of the server, all sessions that began before it are closed too, each at its next use.
   */
  let era = 0;
  const openedIn = new WeakMap<PoolClient, number>();

  /** @returns a connection that was opened in the current era */
  const connect = async (milliseconds: number): Promise<PoolClient> => {
    for (;;) {
      const client = await inTime(pool.connect(), milliseconds).catch((error: unknown) => {
        throw toFault(error);
      });
      if (openedIn.get(client) === era) return client;
      client.release(true);
    }
  };

  const attempt: SqlDriver['run'] = async (statements, mode, bounds) => {
    const client = await connect(requireTime(bounds));
    const budget = budgetOf(bounds);
    // The server stops when the caller gives up; a server that does not answer gets a little more time.
    const limited = budget < STATEMENT_TIMEOUT_MS ? [statementTimeout(budget)] : [];
    const flight = [BEGIN[mode], ...limited, ...statements, sql`COMMIT`].map((statement) => {
      const query = { text: statement.text, values: statement.values.map(encode), query_timeout: budget + GRACE_MS };
      return client.query(query);
    });
    const outcomes = await Promise.allSettled(flight);
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure === undefined) {
      client.release();
      return outcomes
        .slice(1 + limited.length, -1)
        .map((outcome) => (outcome.status === 'fulfilled' ? (outcome.value.rows as Row[]) : []));
    }
    const fault = toFault(failure.reason, mode);
    const drops = dropsConnection(fault, mode);
    if (drops && openedIn.get(client) === era) era += 1;
    // After a refused statement the connection is clean, because COMMIT of a failed transaction rolls back.
    client.release(drops);
    throw fault;
  };

  return {
    async run(statements, mode, bounds) {
      const admitted = () =>
        admission.enter(mode, bounds, requireTime(bounds), () => attempt(statements, mode, bounds));
      const before = era;
      try {
        return await admitted();
      } catch (error) {
        // The transaction was refused as a whole, so it can be repeated: a session that begins now may be writable
        // again.
        const isStale = error instanceof Unavailable && error.reason === 'read_only' && before !== era;
        if (!isStale) throw error;
        return admitted();
      }
    },
    close: () => pool.end(),
  };
}

/** A connection that arrives after the time-out is returned to the pool. */
async function inTime(connecting: Promise<PoolClient>, milliseconds: number): Promise<PoolClient> {
  let isLate = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      isLate = true;
      reject(new Unavailable('database', { reason: 'no_connection', retryAfterSeconds: 2 }));
    }, milliseconds);
  });
  connecting.then(
    (client) => {
      if (isLate) client.release();
    },
    () => {},
  );
  try {
    return await Promise.race([connecting, late]);
  } finally {
    clearTimeout(timer);
  }
}
