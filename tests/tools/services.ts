/** The real services behind the stand-ins, when the environment names them, and the reason to skip when it does not. */
import pg from 'pg';

export const databaseUrl = process.env.TEST_DATABASE_URL;
export const redisUrl = process.env.TEST_REDIS_URL;

export const needsPostgres =
  databaseUrl === undefined ? ' (skipped: TEST_DATABASE_URL is not set and no PostgreSQL could be started)' : '';
export const needsRedis = redisUrl === undefined ? ' (skipped: TEST_REDIS_URL is not set)' : '';

/** The URL of a service that the suite was skipped without. */
export function required(url: string | undefined): string {
  if (url === undefined) throw new Error('this suite runs only when its service is configured');
  return url;
}

/**
 * A database of its own, so that suites do not meet each other's tables.
 * @param template name of the database to copy; default: an empty one
 */
export async function createScratchDatabase(
  serverUrl: string,
  template?: string,
): Promise<{ url: string; drop(): Promise<void> }> {
  const name = `scratch_${crypto.randomUUID().replaceAll('-', '')}`;
  const admin = async (sql: string) => {
    const client = new pg.Client(serverUrl);
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  await admin(`CREATE DATABASE ${name}${template === undefined ? '' : ` TEMPLATE ${template}`}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => admin(`DROP DATABASE ${name} WITH (FORCE)`) };
}
