/** PostgreSQL over TCP, for self-hosters. A batch is pipelined: `BEGIN`, the statements and `COMMIT` in one flight. */
import { Pool, type PoolClient } from 'pg';
import sql, { type Sql } from 'sql-template-tag';
import {
  type BatchMode,
  CONNECT_TIMEOUT_MS,
  type Row,
  type SqlDriver,
  STATEMENT_TIMEOUT_MS,
  toFault,
} from './driver.ts';
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
  pool.on('connect', (client) => client.on('error', () => {}));

  return {
    async run(statements, mode) {
      let client: PoolClient;
      try {
        client = await pool.connect();
      } catch (error) {
        throw toFault(error);
      }
      const flight = [BEGIN[mode], ...statements, sql`COMMIT`].map((statement) =>
        client.query({ text: statement.text, values: statement.values.map(encode) }),
      );
      const outcomes = await Promise.allSettled(flight);
      const failure = outcomes.find((outcome) => outcome.status === 'rejected');
      const fault = failure === undefined ? undefined : toFault(failure.reason);
      // A refused statement leaves the connection clean, because COMMIT of a failed transaction rolls it back.
      client.release(fault !== undefined && fault.name === 'Unavailable' ? fault : undefined);
      if (fault !== undefined) throw fault;
      return outcomes
        .slice(1, -1)
        .map((outcome) => (outcome.status === 'fulfilled' ? (outcome.value.rows as Row[]) : []));
    },
    close: () => pool.end(),
  };
}
