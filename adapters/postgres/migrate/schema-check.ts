/** Checks whether this version of the portal works with the schema of the database (R85). */
import { Unavailable } from '../../../domain/shared/ports.ts';
import type { SqlDriver } from '../driver/driver.ts';
import { sql } from '../driver/sql.ts';
import { LAST_MIGRATION } from './schema-version.ts';

/**
 * A newer schema is accepted unless one of its migrations breaks this version: during an upgrade two adjacent versions
 * run side by side.
 *
 * @param known the last migration that this version knows
 * @throws Unavailable with the reason `schema_too_old` or `schema_too_new`
 */
export async function checkSchema(driver: SqlDriver, known: string = LAST_MIGRATION): Promise<void> {
  const [[found] = []] = await driver.run(
    [sql`SELECT max(name) AS newest, max(name) FILTER (WHERE breaks) AS breaking FROM schema_migrations`],
    'snapshot',
  );
  const { newest, breaking } = (found ?? {}) as { newest?: string | null; breaking?: string | null };
  if ((newest ?? '') < known) throw foreign('schema_too_old');
  if ((breaking ?? '') > known) throw foreign('schema_too_new');
}

function foreign(reason: 'schema_too_old' | 'schema_too_new'): Unavailable {
  return new Unavailable('database', { reason, retryAfterSeconds: 30 });
}
