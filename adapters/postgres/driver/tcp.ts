/**
 * PostgreSQL over TCP, for self-hosters. A batch is pipelined: `BEGIN`, the statements and `COMMIT` are sent together. A
 * single read needs neither: it is a transaction of its own.
 */
import type { Writable } from 'node:stream';
import { Pool, type PoolClient } from 'pg';
import sql, { type Sql } from 'sql-template-tag';
import { Unavailable } from '../../../domain/shared/ports.ts';
import { createAdmission } from './admission.ts';
import {
  type BatchMode,
  budgetOf,
  CONNECT_TIMEOUT_MS,
  LOCK_TIMEOUT_MS,
  type Rows,
  requireTime,
  rowsOf,
  type SqlDriver,
  STATEMENT_TIMEOUT_MS,
} from './driver.ts';
import { dropsConnection, toFault } from './fault.ts';
import { createStatementNames, PREPARED_STATEMENTS, type StatementNames } from './statement-names.ts';
import { decode, encode } from './types.ts';

const BEGIN: Readonly<Record<BatchMode, Sql>> = {
  read: sql`BEGIN READ ONLY`,
  recorded: sql`BEGIN`,
  snapshot: sql`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`,
  write: sql`BEGIN`,
};

const COMMIT = sql`COMMIT`;

/** How much later than the server the client times out, in milliseconds. */
const GRACE_MS = 300;

function statementTimeout(milliseconds: number): Sql {
  return sql`SELECT set_config('statement_timeout', ${String(Math.max(1, milliseconds))}, true)`;
}

/** What the session of {@link createPool} holds, for one transaction. */
function sessionSettings({ role, lockTimeoutMilliseconds }: TcpOptions, budget: number): Sql {
  return sql`SELECT set_config('statement_timeout', ${String(Math.max(1, budget))}, true),
    set_config('lock_timeout', ${String(lockTimeoutMilliseconds ?? LOCK_TIMEOUT_MS)}, true),
    set_config('timezone', 'UTC', true)${role === undefined ? sql`` : sql`, set_config('role', ${role}, true)`}`;
}

export interface TcpOptions {
  readonly url: string;
  /** The role to act as after connecting. Default: the one in the URL. */
  readonly role?: string;
  /** Largest number of connections. Default 10. */
  readonly maxConnections?: number;
  /**
   * Largest number of prepared statements per connection; 0 prepares none. Default {@link PREPARED_STATEMENTS}, and 0 behind a pooler, of
   * which it has to be proven first that it keeps them.
   */
  readonly preparedStatements?: number;
  /**
   * Behind a pooler that gives each transaction some session (PgBouncer in transaction mode): what a session would hold is set in each
   * transaction, which also a single read then is. Default false.
   */
  readonly isPooled?: boolean;
  /** Longest run time of a statement. Default {@link STATEMENT_TIMEOUT_MS}. */
  readonly statementTimeoutMilliseconds?: number;
  /** Longest wait of a statement for a lock. Default {@link LOCK_TIMEOUT_MS}; 0 waits without limit. */
  readonly lockTimeoutMilliseconds?: number;
}

function createPool(options: TcpOptions, max: number): Pool {
  const { url, role, isPooled = false, lockTimeoutMilliseconds, statementTimeoutMilliseconds } = options;
  const settings = [
    `-c statement_timeout=${statementTimeoutMilliseconds ?? STATEMENT_TIMEOUT_MS}`,
    `-c lock_timeout=${lockTimeoutMilliseconds ?? LOCK_TIMEOUT_MS}`,
    '-c timezone=UTC',
    ...(role === undefined ? [] : [`-c role=${role}`]),
  ].join(' ');
  return new Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: 'patient-portal',
    ...(isPooled ? {} : { options: settings }),
    pipeline: true,
    types: { getTypeParser: (oid: number) => (text: string) => decode(oid, text) },
  } as ConstructorParameters<typeof Pool>[0]);
}

/**
 * The connections of a pool. Settings such as `default_transaction_read_only` are read when a session begins. So if one
 * session can no longer be used because of a condition of the server, a new era begins: all sessions of an earlier era
 * are closed too, each at its next use.
 */
class Connections {
  era = 0;
  readonly #pool: Pool;
  readonly #openedIn = new WeakMap<PoolClient, number>();

  constructor(pool: Pool) {
    this.#pool = pool;
    // An idle connection that breaks is replaced at its next use. Without this listener its error would end the process.
    pool.on('error', () => {});
    // The same for a connection that breaks during a query: the query itself reports the error.
    pool.on('connect', (client) => {
      this.#openedIn.set(client, this.era);
      client.on('error', () => {});
    });
  }

  /** @returns a connection that was opened in the current era */
  async take(milliseconds: number): Promise<PoolClient> {
    for (;;) {
      // An idle connection is there at once, so that nothing has to be timed.
      const isIdle = this.#pool.idleCount > 0;
      const connecting = this.#pool.connect();
      const client = await (isIdle ? connecting : inTime(connecting, milliseconds)).catch((error: unknown) => {
        throw toFault(error);
      });
      if (this.#openedIn.get(client) === this.era) return client;
      client.release(true);
    }
  }

  /** Closes the connection and begins a new era, unless another connection of its era has begun one. */
  drop(client: PoolClient): void {
    if (this.#openedIn.get(client) === this.era) this.era += 1;
    client.release(true);
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}

/** Whether the batch is a transaction without `BEGIN` and `COMMIT`, which take longer than a small read itself. */
function isAlone(statements: readonly Sql[], mode: BatchMode): boolean {
  return statements.length === 1 && (mode === 'read' || mode === 'recorded');
}

/** Sends everything with one write to the socket. `pg` writes each statement by itself, and does not declare its socket. */
function together<T>(client: PoolClient, send: () => T): T {
  const { stream } = (client as PoolClient & { readonly connection: { readonly stream: Writable } }).connection;
  stream.cork();
  try {
    return send();
  } finally {
    stream.uncork();
  }
}

/** What is sent before a batch: nothing for one that is a transaction by itself and keeps to the settings of its session. */
function beginning(options: TcpOptions, statements: readonly Sql[], mode: BatchMode, budget: number): readonly Sql[] {
  if (options.isPooled === true) return [BEGIN[mode], sessionSettings(options, budget)];
  // The server stops when the caller gives up; a server that does not answer gets a little more time.
  const limited = budget < timeoutOf(options) ? [statementTimeout(budget)] : [];
  return isAlone(statements, mode) && limited.length === 0 ? [] : [BEGIN[mode], ...limited];
}

const timeoutOf = (options: TcpOptions) => options.statementTimeoutMilliseconds ?? STATEMENT_TIMEOUT_MS;

/** Runs one batch as one transaction on one connection. */
async function attempt(
  connections: Connections,
  nameOf: StatementNames,
  options: TcpOptions,
  ...[statements, mode, bounds]: Parameters<SqlDriver['run']>
): Promise<Rows[]> {
  const client = await connections.take(requireTime(bounds));
  const budget = budgetOf(bounds, timeoutOf(options));
  const before = beginning(options, statements, mode, budget);
  const flight = together(client, () =>
    [...before, ...statements, ...(before.length > 0 ? [COMMIT] : [])].map((statement) => {
      const { text } = statement;
      const query = { ...nameOf(text), text, values: statement.values.map(encode), query_timeout: budget + GRACE_MS };
      return client.query(query);
    }),
  );
  const outcomes = await Promise.allSettled(flight);
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure === undefined) {
    client.release();
    return outcomes
      .slice(before.length, before.length + statements.length)
      .flatMap((outcome) => (outcome.status === 'fulfilled' ? [rowsOf(outcome.value.rows, outcome.value.fields)] : []));
  }
  const fault = toFault(failure.reason, mode);
  if (dropsConnection(fault, mode)) connections.drop(client);
  // After a refused statement the connection is clean, because COMMIT of a failed transaction rolls back.
  else client.release();
  throw fault;
}

/** The connections of a pool at this moment. */
export interface PoolUse {
  /** Batches that hold a connection, or wait for one to be opened. */
  readonly busy: number;
  /** Batches that wait until one of these is done. */
  readonly waiting: number;
  readonly limit: number;
}

export interface TcpDriver extends SqlDriver {
  poolUse(): PoolUse;
  /** For how long the oldest read has been waiting for a connection, in milliseconds. */
  readWait(): number;
}

export function createTcpDriver(options: TcpOptions): TcpDriver {
  const maxConnections = options.maxConnections ?? 10;
  const admission = createAdmission(maxConnections);
  const connections = new Connections(createPool(options, maxConnections));
  const names = createStatementNames(options.preparedStatements ?? (options.isPooled ? 0 : PREPARED_STATEMENTS));
  return {
    async run(statements, mode, bounds) {
      const admitted = () =>
        admission.enter(mode, bounds, requireTime(bounds), () =>
          attempt(connections, names, options, statements, mode, bounds),
        );
      const before = connections.era;
      try {
        return await admitted();
      } catch (error) {
        // The transaction was refused as a whole, so it can be repeated: a session that begins now may be writable
        // again.
        const isStale = error instanceof Unavailable && error.reason === 'read_only' && before !== connections.era;
        if (!isStale) throw error;
        return admitted();
      }
    },
    poolUse: () => ({ ...admission.use(), limit: maxConnections }),
    readWait: () => admission.readWait(),
    close: () => connections.close(),
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
