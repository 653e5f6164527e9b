/**
 * One connection as the owner, on which the caller begins and ends transactions: for dumps and restores, which may take
 * longer than any batch of the portal and read through cursors.
 */
import { Client } from 'pg';
import { CONNECT_TIMEOUT_MS, type Row, type Rows, rowsOf, type SqlDriver } from '../driver/driver.ts';
import { toFault } from '../driver/fault.ts';
import type { PgliteDriver } from '../driver/pglite.ts';
import { decode, encode } from '../driver/types.ts';
import type { MigrationTarget } from './migrate.ts';

export interface Session extends MigrationTarget {
  /** Runs one statement; rows are decoded by `types.ts`. */
  query(text: string, values?: readonly unknown[]): Promise<Rows>;
  close(): Promise<void>;
}

export function embeddedSession(driver: PgliteDriver): Session {
  return {
    isShared: false,
    run: async (script) => (await driver.pglite.exec(script)).at(-1)?.rows as Row[],
    query: (text, values = []) => driver.query({ text, values: [...values] }),
    close: () => driver.close(),
  };
}

/** @throws Unavailable if the server cannot be reached */
export async function serverSession(url: string): Promise<Session> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    options: '-c timezone=UTC -c statement_timeout=0 -c idle_in_transaction_session_timeout=0',
    types: { getTypeParser: (oid: number) => (text: string) => decode(oid, text) },
  } as ConstructorParameters<typeof Client>[0]);
  // A broken connection is reported by the query that runs on it.
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    throw toFault(error);
  }
  return {
    isShared: true,
    run: async (script) => {
      const result = await client.query(script);
      return (Array.isArray(result) ? result.at(-1) : result).rows;
    },
    query: async (text, values = []) => {
      const { rows, fields } = await client.query({ text, values: values.map(encode) });
      return rowsOf(rows, fields);
    },
    close: () => client.end(),
  };
}

/** Runs the statements of a batch inside the session's transaction; the mode of the batch is ignored. */
export function driverWithin(session: Session): SqlDriver {
  return {
    run: async (statements) => {
      const results: Rows[] = [];
      for (const { text, values } of statements) results.push(await session.query(text, values));
      return results;
    },
    close: async () => {},
  };
}
