/**
 * Holds the leases of jobs that are about to be sent, and counts each once for its channel and day: one trip for both. The row of the day is
 * locked first, so that what is compared with the cap is the last number.
 */
import type { ClaimedJob, Spending } from '../../../domain/shared/outbox.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { URGENT_PRIORITY } from '../../../domain/shared/topic-rates.ts';
import { at, type Sql, sql } from '../driver/sql.ts';

/** @returns two statements; the rows of the second one are the jobs whose lease the worker still held: `id`, `is_over` */
export function spendStatements(
  jobs: readonly ClaimedJob[],
  { channel, date, cap }: Spending,
  now: Instant,
  leaseSeconds: number,
): Sql[] {
  const isDay = sql`d.channel = ${channel} AND d.date = ${date}::date`;
  return [
    sql`INSERT INTO sending_days AS d (channel, date) VALUES (${channel}, ${date}::date)
        ON CONFLICT (channel, date) DO UPDATE SET used = d.used WHERE false`,
    sql`
      WITH mine AS MATERIALIZED (
        SELECT o.id, o.priority, o.counted_on IS NOT NULL AS is_counted FROM outbox o
          JOIN unnest(${jobs.map(({ id }) => id)}::uuid[], ${jobs.map(({ attempts }) => String(attempts))}::int[]) e (id, attempts)
            ON o.id = e.id AND o.attempts = e.attempts
        WHERE o.state IN ('pending', 'published') FOR UPDATE OF o),
      placed AS (
        SELECT m.*, row_number() OVER (PARTITION BY m.is_counted ORDER BY m.priority, m.id) AS place FROM mine m),
      judged AS MATERIALIZED (
        SELECT p.id, p.is_counted, NOT (p.is_counted OR p.priority <= ${URGENT_PRIORITY}::int
          OR ${cap === null ? sql`true` : sql`d.used + p.place <= ${cap}::int`}) AS is_over
        FROM placed p, sending_days d WHERE ${isDay}),
      held AS (
        UPDATE outbox o SET leased_until = ${at(now + leaseSeconds * 1000)}, counted_on = coalesce(o.counted_on, ${date}::date)
        FROM judged j WHERE o.id = j.id AND NOT j.is_over),
      counted AS (
        UPDATE sending_days d SET used = d.used + (SELECT count(*)::int FROM judged j WHERE NOT j.is_over AND NOT j.is_counted)
        WHERE ${isDay})
      SELECT j.id, j.is_over FROM judged j`,
  ];
}
