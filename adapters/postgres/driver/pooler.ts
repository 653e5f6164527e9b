/** What a connection keeps between transactions, when a pooler may lie between the portal and the server. */
import { Client } from 'pg';
import { CONNECT_TIMEOUT_MS, type SqlDriver } from './driver.ts';
import { sql } from './sql.ts';

const ROUNDS = 3;
const PROBE = 'portal_probe';

/** Whether statements run in UTC, with a time-out, and as the role. A pooler that ignores `options` drops all three. */
export async function keepsSettings(driver: SqlDriver, role: string): Promise<boolean> {
  const asked = sql`SELECT current_setting('statement_timeout') <> '0' AND current_setting('TimeZone') = 'UTC'
    AND current_user = ${role} AS kept`;
  const [[found] = []] = await driver.run([asked], 'read');
  return found?.kept === true;
}

/**
 * Whether each client finds the statements that it has prepared. Two clients prepare different statements under one name, in turns: on a
 * shared session one of them meets the other's.
 */
export async function keepsPrepared(url: string): Promise<boolean> {
  const options = { connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS };
  const clients = [new Client(options), new Client(options)];
  for (const client of clients) client.on('error', () => {});
  await Promise.all(clients.map((client) => client.connect()));
  try {
    for (let round = 0; round < ROUNDS; round++)
      for (const [n, client] of clients.entries()) {
        const { rows } = await client.query({ name: PROBE, text: `SELECT ${n} AS n` });
        if (rows[0]?.n !== n) return false;
      }
    return true;
  } catch (error) {
    // Duplicate, or unknown prepared statement.
    if (['42P05', '26000'].includes(String((error as { code?: unknown }).code))) return false;
    throw error;
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}
