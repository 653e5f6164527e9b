/**
 * The rates of topics: who claims first locks the rows of `sending_rates`, and adds what time has given, so that the claim that
 * follows in the same transaction decides on the last state. Credit is counted in sixths of a job, because a minute has six slices.
 */
import type { Instant } from '../../../domain/shared/time.ts';
import { PORTION_SECONDS, type TopicRates, URGENT_PRIORITY } from '../../../domain/shared/topic-rates.ts';
import { at, type Sql, sql } from '../driver/sql.ts';

/** What a job costs, and so the least that a topic can save. */
const JOB = 60 / PORTION_SECONDS;

const sliceOf = (now: Instant) => Math.floor(now / (PORTION_SECONDS * 1000));

/** Of `sending_rates r`: what may be spent at a time. */
export function creditAt(now: Instant): Sql {
  return sql`least(greatest(${JOB}::int, r.per_minute), r.credit + greatest(0, ${sliceOf(now)}::bigint - r.slice) * r.per_minute)`;
}

/** Of `sending_rates r`: whether jobs that are not urgent wait. */
export function isSpent(now: Instant): Sql {
  return sql`${creditAt(now)} < ${JOB}::int`;
}

/** Of `sending_rates r`: when the next job that is not urgent can be begun, if its topic has no credit left. */
export const READY_AT: Sql = sql`CASE WHEN r.credit < ${JOB}::int THEN
  to_timestamp((r.slice + ceil((${JOB}::int - r.credit)::numeric / r.per_minute)::bigint) * ${PORTION_SECONDS}::int) END`;

/** Of `sending_rates r`: how many were begun in the minute of `now`. */
export function begunAt(now: Instant): Sql {
  return sql`CASE WHEN r.slice / ${JOB}::int = ${sliceOf(now)}::bigint / ${JOB}::int THEN r.begun ELSE 0 END`;
}

/**
 * Locks the rows of these topics, in one order, until the end of the transaction. A clock that is behind the last one by more than a minute
 * begins anew: the last one was wrong, and messages would wait until its time.
 */
export function refillStatement(rates: TopicRates, now: Instant): Sql {
  const topics = Object.keys(rates);
  const slice = sql`${sliceOf(now)}::bigint`;
  const wasAhead = sql`r.slice > excluded.slice + ${JOB}::int`;
  return sql`
    INSERT INTO sending_rates AS r (topic, per_minute, credit, slice, begun)
    SELECT t.topic, t.per_minute, greatest(${JOB}::int, t.per_minute), ${slice}, 0
    FROM unnest(${topics}::text[], ${topics.map((topic) => String(rates[topic]))}::int[]) t (topic, per_minute) ORDER BY t.topic
    ON CONFLICT (topic) DO UPDATE SET per_minute = excluded.per_minute,
      credit = least(greatest(${JOB}::int, excluded.per_minute),
        r.credit + greatest(0, excluded.slice - r.slice) * excluded.per_minute)::int,
      begun = CASE WHEN r.slice / ${JOB}::int < excluded.slice / ${JOB}::int OR ${wasAhead} THEN 0 ELSE r.begun END,
      slice = CASE WHEN ${wasAhead} THEN excluded.slice ELSE greatest(r.slice, excluded.slice) END,
      given_until = CASE WHEN ${wasAhead} THEN NULL ELSE r.given_until END
    -- A row for which this is false is locked too.
    WHERE r.slice < excluded.slice OR r.per_minute <> excluded.per_minute OR ${wasAhead}`;
}

/** `spent`: takes the cost of the rows of `claimed (topic)`. Debt ends after a minute. */
export const SPENT: Sql = sql`spent AS (
    UPDATE sending_rates r SET credit = greatest(-${JOB}::int * r.per_minute, r.credit - ${JOB}::int * c.n), begun = r.begun + c.n
    FROM (SELECT topic, count(*)::int AS n FROM claimed GROUP BY topic) c WHERE r.topic = c.topic)`;

/** Of a lot `l (topic, priority)`: how many of it may be begun, if its topic has a rate and it is not urgent; else the limit. */
export function mostOf(rates: TopicRates, limit: number): Sql {
  return sql`CASE WHEN l.priority <= ${URGENT_PRIORITY}::int THEN ${limit}::int ELSE least(${limit}::int, (
    SELECT greatest(0, r.credit / ${JOB}::int) FROM sending_rates r
    WHERE r.topic = l.topic AND r.topic = ANY(${Object.keys(rates)}::text[]))) END`;
}

/** `allowed (id)` of `due (id, topic, priority, not_before)`: lots of one topic share its credit, and the urgent ones take theirs first. */
export function allowedOf(rates: TopicRates): Sql {
  return sql`allowed AS (
    SELECT d.id FROM (
      SELECT due.*, row_number() OVER (PARTITION BY due.topic ORDER BY due.priority, due.not_before, due.id) AS place FROM due) d
    LEFT JOIN sending_rates r ON r.topic = d.topic AND r.topic = ANY(${Object.keys(rates)}::text[])
    WHERE r.topic IS NULL OR d.priority <= ${URGENT_PRIORITY}::int OR d.place <= r.credit / ${JOB}::int)`;
}

/**
 * Claims one job, or gives it a later time if its topic has no credit: the times are apart as the rate is, so that those whose callbacks
 * come too early do not come together again. The queue has to be told anew.
 */
export function claimRatedStatement(
  { id, topic }: { readonly id: string; readonly topic: string },
  now: Instant,
  leaseSeconds: number,
): Sql {
  const mayBeClaimed = sql`o.id = ${id}::uuid AND o.topic = ${topic} AND o.state IN ('pending', 'published')
    AND (o.leased_until IS NULL OR o.leased_until <= ${at(now)}) AND (o.rests_until IS NULL OR o.rests_until <= ${at(now)})`;
  const isFree = sql`(o.priority <= ${URGENT_PRIORITY}::int OR r.credit >= ${JOB}::int)`;
  return sql`
    WITH claimed AS (
      UPDATE outbox o SET leased_until = ${at(now + leaseSeconds * 1000)}, attempts = o.attempts + 1, unended = o.unended + 1
      FROM sending_rates r WHERE r.topic = o.topic AND ${mayBeClaimed} AND ${isFree}
      RETURNING o.id, o.topic, o.payload, o.not_before, o.priority, o.attempts, o.failures, o.unended, o.trace_parent),
    ${SPENT},
    postponed AS (
      UPDATE outbox o SET state = 'pending', publish_leased_until = NULL,
        not_before = greatest(${READY_AT}, r.given_until + make_interval(secs => 60.0 / r.per_minute))
      FROM sending_rates r WHERE r.topic = o.topic AND ${mayBeClaimed} AND NOT ${isFree}
      RETURNING o.id, o.topic, o.payload, o.not_before, o.priority, o.attempts, o.failures, o.unended, o.trace_parent),
    given AS (
      UPDATE sending_rates r SET given_until = p.not_before FROM postponed p WHERE r.topic = p.topic AND NOT EXISTS (SELECT FROM claimed))
    SELECT c.*, false AS is_postponed FROM claimed c UNION ALL SELECT p.*, true FROM postponed p`;
}
