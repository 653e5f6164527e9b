/** Limits on how many of something one person may have. */
import { guarded, type Sql, sql } from '../driver/sql.ts';

/**
 * Requests of one owner follow each other, so that each counts what the one before made. Goes before what adds one more.
 * @param counted how many there are, as a statement
 * @param what names the aggregate, for the conflict
 */
export function fewerThan(limit: number, ownerId: string, counted: Sql, what: string): Sql[] {
  return [
    sql`SELECT 1 FROM users WHERE id = ${ownerId}::uuid FOR NO KEY UPDATE`,
    guarded(sql`SELECT 1 WHERE (${counted}) < ${limit}::int`, what),
  ];
}
