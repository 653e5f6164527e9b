/** Connections as the owner of the tables, for migrations and for rewriting tables. */
import { Client } from 'pg';
import { CONNECT_TIMEOUT_MS } from '../driver/driver.ts';
import { toFault } from '../driver/fault.ts';
import type { PgliteDriver } from '../driver/pglite.ts';
import type { MigrationTarget } from './migrate.ts';

export function asTarget(driver: PgliteDriver): MigrationTarget {
  return {
    isShared: false,
    run: async (script) => (await driver.pglite.exec(script)).at(-1)?.rows as Record<string, unknown>[],
  };
}

/** @param isPooled whether a pooler lies between, which refuses settings of the session */
export async function asOwner<T>(
  url: string,
  work: (server: MigrationTarget) => Promise<T>,
  isPooled = false,
): Promise<T> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    // Building an index may take any time.
    ...(isPooled ? {} : { options: '-c statement_timeout=0' }),
  });
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    throw toFault(error);
  }
  try {
    return await work({
      isShared: true,
      run: async (script) => {
        const result = await client.query(script);
        return (Array.isArray(result) ? result.at(-1) : result).rows;
      },
    });
  } finally {
    await client.end();
  }
}
