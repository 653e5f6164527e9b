/** A migrated, otherwise empty database for one test: on the real PostgreSQL if there is one, otherwise embedded. */
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { databaseUrl } from '../tools/services.ts';
import { embeddedDriver } from './embedded-database.ts';
import { serverDatabase } from './server-database.ts';

export interface TestDatabase {
  /** Acts as the role of the application. Closing it returns the database to the pool of its worker. */
  readonly driver: SqlDriver;
  /** Runs statements as the owner of the tables, who may do what the application may not. It must not change their schema. */
  asOwner(script: string): Promise<void>;
}

export async function testDatabase(): Promise<TestDatabase> {
  if (databaseUrl !== undefined) return serverDatabase();
  const driver = await embeddedDriver();
  return {
    driver,
    async asOwner(script) {
      await driver.pglite.exec(`RESET ROLE; ${script}; SET ROLE patient_portal_app`);
    },
  };
}
