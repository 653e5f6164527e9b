/** A benchmark in a scratch database of the server that `TEST_DATABASE_URL` names. */
import pg from 'pg';
import { migrateServer } from '../adapters/postgres/migrate/migrate.ts';
import { migrationFiles } from '../tests/support/postgres.ts';
import { createScratchDatabase } from '../tests/tools/services.ts';

/**
 * Runs it on the migrated database, which is dropped afterwards. An error is printed with what the server says of it.
 * @param measure returns whether what was measured is as it should be
 * @returns the exit code of the process
 */
export async function inScratch(
  name: string,
  measure: (client: pg.Client, url: string) => Promise<boolean>,
): Promise<number> {
  const server = process.env.TEST_DATABASE_URL;
  if (server === undefined) throw new Error('set TEST_DATABASE_URL');
  try {
    const database = await createScratchDatabase(server);
    const client = new pg.Client(database.url);
    // Without a listener, an error of the connection would end the process before the database is dropped.
    client.on('error', (error) =>
      console.error(`${name}: the connection to the scratch database failed: ${error.message}`),
    );
    try {
      await migrateServer(database.url, await migrationFiles());
      await client.connect();
      await client.query(`SET TIME ZONE 'UTC'`);
      return (await measure(client, database.url)) ? 0 : 1;
    } finally {
      await client.end().catch(() => undefined);
      await database.drop();
    }
  } catch (error) {
    const { message, detail, where } = error as pg.DatabaseError;
    console.error([`${name} failed:`, message, detail, where].filter((part) => part !== undefined).join(' '));
    return 1;
  }
}
