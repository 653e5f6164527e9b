import type { Instant } from '../../../domain/shared/time.ts';
import type { SqlDriver } from './driver.ts';
import { sql } from './sql.ts';

/** The time of the database server's clock. */
export async function databaseTime(driver: SqlDriver): Promise<Instant> {
  const [[row] = []] = await driver.run([sql`SELECT clock_timestamp() AS now`], 'snapshot');
  return row?.now as Instant;
}
