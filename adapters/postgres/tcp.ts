/** PostgreSQL over TCP, for self-hosters. A batch is pipelined: `BEGIN`, the statements and `COMMIT` in one flight. */
import { Pool, type PoolClient } from 'pg';
import sql, { type Sql } from 'sql-template-tag';
import { Unavailable } from '../../domain/shared/ports.ts';
import { type BatchMode, CONNECT_TIMEOUT_MS, type Row, type SqlDriver, STATEMENT_TIMEOUT_MS } from './driver.ts';
import { dropsConnection, toFault } from './fault.ts';
import { decode, encode } from './types.ts';

const BEGIN: Readonly<Record<BatchMode, Sql>> = {
  recorded: sql`BEGIN ISOLATION LEVEL REPEATABLE READ`,
  snapshot: sql`BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`,
  write: sql`BEGIN`,
};

export interface TcpOptions {
  readonly url: string;
  /** Which role to act as after connecting. Default: the one in the URL. */
  readonly role?: string;
  /** Connections at most. Default 10. */
  readonly maxConnections?: number;
}

export function createTcpDriver(options: TcpOptions): SqlDriver {
  const pool = new Pool({
    connectionString: options.url,
    max: options.maxConnections ?? 10,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS + 500,
    application_name: 'patient-portal',
    options: [
      `-c statement_timeout=${STATEMENT_TIMEOUT_MS}`,
      '-c timezone=UTC',
      ...(options.role === undefined ? [] : [`-c role=${options.role}`]),
    ].join(' '),
    pipeline: true,
    types: { getTypeParser: (oid: number) => (text: string) => decode(oid, text) },
  } as ConstructorParameters<typeof Pool>[0]);
  // An idle connection that breaks is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => {});
  // Nor may one that breaks while a query runs on it: the query itself reports that.
  pool.on('connect', (client) => {
    openedIn.set(client, era);
    client.on('error', () => {});
  });

  /**
   * Settings such as `default_transaction_read_only` are taken when a session begins: when one session cannot be used any
   * more for a condition of the server, the others that began under it are closed as well, each when its turn comes.
   */
  let era = 0;
  const openedIn = new WeakMap<PoolClient, number>();

  /** @returns a connection of this era */
  const connect = async (): Promise<PoolClient> => {
    for (;;) {
      const client = await pool.connect().catch((error: unknown) => {
        throw toFault(error);
      });
      if (openedIn.get(client) === era) return client;
      client.release(true);
    }
  };

  const attempt: SqlDriver['run'] = async (statements, mode) => {
    const client = await connect();
    const flight = [BEGIN[mode], ...statements, sql`COMMIT`].map((statement) =>
      client.query({ text: statement.text, values: statement.values.map(encode) }),
    );
    const outcomes = await Promise.allSettled(flight);
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure === undefined) {
      client.release();
      return outcomes
        .slice(1, -1)
        .map((outcome) => (outcome.status === 'fulfilled' ? (outcome.value.rows as Row[]) : []));
    }
    const fault = toFault(failure.reason, mode);
    const drops = dropsConnection(fault, mode);
    if (drops && openedIn.get(client) === era) era += 1;
    // A refused statement leaves the connection clean, because COMMIT of a failed transaction rolls it back.
    client.release(drops);
    throw fault;
  };

  return {
    async run(statements, mode) {
      const before = era;
      try {
        return await attempt(statements, mode);
      } catch (error) {
        // The transaction was refused as a whole. A session that begins now may be allowed to write again.
        const isStale = error instanceof Unavailable && error.reason === 'read_only' && before !== era;
        if (!isStale) throw error;
        return attempt(statements, mode);
      }
    },
    close: () => pool.end(),
  };
}
