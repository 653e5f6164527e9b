/** Limits on how many of something one person may have. */
import { guarded, type Sql, sql } from '../driver/sql.ts';

/**
 * Locks the owner's row, so that concurrent requests of one owner are counted one after another. Place it before the
 * statement that adds one more.
 * @param counted a statement that returns the current number
 * @param what names the aggregate in the conflict
 */
export function fewerThan(limit: number, ownerId: string, counted: Sql, what: string): Sql[] {
  return [
    sql`SELECT 1 FROM users WHERE id = ${ownerId}::uuid FOR NO KEY UPDATE`,
    guarded(sql`SELECT 1 WHERE (${counted}) < ${limit}::int`, what),
  ];
}
