/**
 * The outbox: jobs are committed together with their cause and claimed under leases, so that a crash loses none (R49).
 */
import type { EndedJob, GivenUpJob, OutboxJob } from '../../../domain/shared/database.ts';
import type { OutboxId } from '../../../domain/shared/ids.ts';
import { type ClaimedJob, type Outbox, UNKNOWN_TOPIC, type WantedJobs } from '../../../domain/shared/outbox.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { type TopicRates, URGENT_PRIORITY } from '../../../domain/shared/topic-rates.ts';
import type { TraceParent } from '../../../domain/shared/tracing.ts';
import type { Row, SqlDriver } from '../driver/driver.ts';
import { at, guarded, join, type Sql, sql } from '../driver/sql.ts';
import { LOTS, OPEN_JOB } from './open-jobs.ts';
import { allowedOf, claimRatedStatement, mostOf, READY_AT, refillStatement, SPENT } from './rates.ts';
import { spendStatements } from './spending.ts';

/** @param traceParent of what commits them; a job that names its own cause keeps it */
export function outboxStatement(
  jobs: readonly OutboxJob[],
  now: Instant,
  traceParent: TraceParent | null = null,
): Sql[] {
  if (jobs.length === 0) return [];
  const values = jobs.map(
    (job) =>
      sql`(${job.id}::uuid, ${job.topic}, ${JSON.stringify(job.payload)}::jsonb, ${at(job.notBefore)}::timestamptz, ${job.priority}::smallint, ${at(now)}::timestamptz, ${job.traceParent ?? traceParent}::text)`,
  );
  return [
    sql`INSERT INTO outbox (id, topic, payload, not_before, priority, created_at, trace_parent) VALUES ${join(values)}`,
  ];
}

/** Runs in the same batch as the consequences of giving up: it fails as stale if another attempt has begun. */
export function givenUpStatement({ id, attempts, error }: GivenUpJob, now: Instant): Sql {
  return guarded(sql`${dead(id, attempts, error, now)} RETURNING id`, 'outbox_job');
}

function dead(id: OutboxId, attempts: number, error: string, now: Instant): Sql {
  return sql`UPDATE outbox SET state = 'dead', finished_at = ${at(now)}, last_error = ${error}, leased_until = NULL
    WHERE id = ${id}::uuid AND attempts = ${attempts}::int AND state IN ('pending', 'published')`;
}

/** All jobs that are done in one statement, and all that are tried again in another. */
export function endedStatements(ended: readonly EndedJob[], now: Instant): Sql[] {
  const isHeld = sql`o.id = e.id AND o.attempts = e.attempts AND ${OPEN_JOB}`;
  const done = ended.filter(({ retry }) => retry === null);
  const retried = ended.flatMap(({ retry, ...job }) => (retry === null ? [] : [{ ...job, ...retry }]));
  return [
    ...(done.length === 0
      ? []
      : [
          sql`UPDATE outbox o SET state = 'done', finished_at = ${at(now)}, leased_until = NULL FROM ${heldOf(done)} WHERE ${isHeld}`,
        ]),
    ...(retried.length === 0
      ? []
      : [
          sql`UPDATE outbox o SET not_before = e.at, rests_until = e.at, last_error = e.error, leased_until = NULL, unended = 0
              FROM (SELECT h.id, h.attempts, h.at::timestamptz AS at, h.error FROM unnest(${retried.map(({ id }) => id)}::uuid[],
                ${retried.map(({ attempts }) => String(attempts))}::int[], ${retried.map((job) => at(job.at))}::text[],
                ${retried.map(({ error }) => error)}::text[]) h (id, attempts, at, error)) e WHERE ${isHeld}`,
        ]),
  ];
}

/** The jobs as a table `e (id, attempts)`. */
function heldOf(jobs: readonly Pick<EndedJob, 'id' | 'attempts'>[]): Sql {
  return sql`unnest(${jobs.map(({ id }) => id)}::uuid[], ${jobs.map(({ attempts }) => String(attempts))}::int[]) e (id, attempts)`;
}

function readJob(row: Row): ClaimedJob {
  return {
    id: row.id as OutboxId,
    topic: row.topic as string,
    payload: row.payload as Readonly<Record<string, string>>,
    notBefore: row.not_before as Instant,
    priority: row.priority as number,
    attempts: row.attempts as number,
    failures: row.failures as number,
    unended: row.unended as number,
    traceParent: (row.trace_parent ?? null) as TraceParent | null,
  };
}

function inOrder(one: ClaimedJob, other: ClaimedJob): number {
  return one.priority - other.priority || one.notBefore - other.notBefore || (one.id < other.id ? -1 : 1);
}

/** A published job that is overdue by this much is considered lost by the queue and is published again. */
const LOST_AFTER_MS = 15 * 60_000;

/** For how long two versions may run side by side. */
const REVIVED_WITHIN_MS = 24 * 3_600_000;

type Execute = (statement: Sql) => Promise<readonly Row[]>;

/** @param rates of topics that are limited */
export function createOutbox(driver: SqlDriver, rates: TopicRates = {}): Outbox {
  const execute: Execute = async (statement) => (await driver.run([statement], 'write'))[0] ?? [];
  return {
    ...claims(driver, execute, rates),
    ...outcomes(driver, execute),
    async nextDue() {
      // Of each lot the first that nobody has leased, and those before it: they are leased, and so not more than what is at work.
      const [next] = await execute(sql`
        WITH RECURSIVE ${LOTS}, firsts AS MATERIALIZED (
          SELECT l.topic, l.priority, (SELECT o.not_before FROM outbox o
            WHERE ${OPEN_JOB} AND o.topic = l.topic AND o.priority = l.priority AND o.leased_until IS NULL
            ORDER BY o.not_before, o.id LIMIT 1) AS due FROM lots l)
        SELECT min(CASE WHEN f.priority <= ${URGENT_PRIORITY}::int THEN least(f.due, leased.due)
            ELSE greatest(least(f.due, leased.due), ${READY_AT}) END) AS due
        FROM firsts f LEFT JOIN sending_rates r ON r.topic = f.topic AND r.topic = ANY(${Object.keys(rates)}::text[]), LATERAL (
          SELECT min(greatest(o.not_before, o.leased_until)) AS due FROM outbox o
          WHERE ${OPEN_JOB} AND o.topic = f.topic AND o.priority = f.priority AND o.leased_until IS NOT NULL
            AND o.not_before < coalesce(f.due, 'infinity')) leased`);
      return (next?.due as Instant | null | undefined) ?? undefined;
    },
  };
}

/**
 * From lot to lot until there are enough, so that what waits behind them is neither read nor locked.
 * @param along the job that they are taken with: none are unless the statement before has claimed it
 */
function claimStatement(
  now: Instant,
  leaseSeconds: number,
  { limit, except = [], only = null }: WantedJobs,
  rates: TopicRates,
  along: OutboxId | null = null,
): Sql {
  const until = sql`${at(now + leaseSeconds * 1000)}::timestamptz`;
  // Written by this transaction, and leased by it: another worker may have taken it in the same millisecond.
  const isClaimed = sql`EXISTS (SELECT FROM outbox a
    WHERE a.id = ${along}::uuid AND a.xmin = pg_current_xact_id()::xid AND a.leased_until = ${until})`;
  const isRated = Object.keys(rates).length > 0;
  const isWanted = sql`${except.length === 0 ? sql`true` : sql`l.topic <> ALL(${[...except]}::text[])`}
    AND ${only === null ? sql`true` : sql`l.topic = ANY(${[...only]}::text[])`} AND ${along === null ? sql`true` : isClaimed}`;
  return sql`
    WITH RECURSIVE ${LOTS}, due AS MATERIALIZED (
      SELECT d.id, l.topic, l.priority, d.not_before FROM (SELECT l.* FROM lots l WHERE ${isWanted} ORDER BY l.priority, l.topic) l, LATERAL (
        SELECT o.id, o.not_before FROM outbox o
        WHERE ${OPEN_JOB} AND o.topic = l.topic AND o.priority = l.priority AND o.not_before <= ${at(now)}::timestamptz
          AND (o.leased_until IS NULL OR o.leased_until <= ${at(now)}::timestamptz)
        ORDER BY o.not_before, o.id LIMIT ${isRated ? mostOf(rates, limit) : sql`${limit}::int`} FOR UPDATE SKIP LOCKED) d
      LIMIT ${limit}::int),
    ${isRated ? allowedOf(rates) : sql`allowed AS (SELECT due.id FROM due)`},
    claimed AS (
      UPDATE outbox o SET leased_until = ${at(now + leaseSeconds * 1000)}, attempts = o.attempts + 1, unended = o.unended + 1
      FROM allowed WHERE o.id = allowed.id
      RETURNING o.id, o.topic, o.payload, o.not_before, o.priority, o.attempts, o.failures, o.unended, o.trace_parent)
    ${isRated ? sql`, ${SPENT}` : sql``}
    SELECT * FROM claimed`;
}

/** The rates that bear on these jobs. */
function ratesFor(rates: TopicRates, { except = [], only = null }: WantedJobs): TopicRates {
  const isWanted = (topic: string) => !except.includes(topic) && (only === null || only.includes(topic));
  return Object.fromEntries(Object.entries(rates).filter(([topic]) => isWanted(topic)));
}

function claims(
  driver: SqlDriver,
  execute: Execute,
  rates: TopicRates,
): Pick<Outbox, 'claimDue' | 'claim' | 'claimPublishable'> {
  return {
    async claimDue(now, leaseSeconds, ...lots) {
      const rated = Object.assign({}, ...lots.map((lot) => ratesFor(rates, lot)));
      const refills = Object.keys(rated).length === 0 ? [] : [refillStatement(rated, now)];
      const statements = lots.map((lot) => claimStatement(now, leaseSeconds, lot, ratesFor(rates, lot)));
      const claimed = await driver.run([...refills, ...statements], 'write');
      // The rows of an update come in no order.
      return claimed.slice(refills.length).map((jobs) => jobs.map(readJob).sort(inOrder));
    },
    async claim(id, topic, now, leaseSeconds, along = 0) {
      const rate = rates[topic];
      const job = { id, topic };
      const statements = [
        rate === undefined ? claimOneStatement(job, now, leaseSeconds) : claimRatedStatement(job, now, leaseSeconds),
        sql`SELECT 1 FROM outbox WHERE id = ${id}::uuid AND topic = ${topic} AND state IN ('pending', 'published')`,
        ...(along === 0 ? [] : [claimStatement(now, leaseSeconds, { limit: along, only: [topic] }, rates, id)]),
      ];
      const refills = rate === undefined ? [] : [refillStatement({ [topic]: rate }, now)];
      const results = await driver.run([...refills, ...statements], 'write');
      const [[claimed] = [], open = [], others = []] = results.slice(refills.length);
      if (claimed === undefined) return open.length === 0 ? 'finished' : 'busy';
      return claimed.is_postponed === true ? 'postponed' : [readJob(claimed), ...others.map(readJob).sort(inOrder)];
    },
    async claimPublishable(now, horizon, leaseSeconds, limit) {
      const claimed = await execute(sql`
        UPDATE outbox SET publish_leased_until = ${at(now + leaseSeconds * 1000)}
        WHERE id IN (
          SELECT id FROM outbox
          WHERE ((state = 'pending' AND not_before <= ${at(horizon)})
              OR (state = 'published' AND not_before <= ${at(now - LOST_AFTER_MS)}))
            AND (publish_leased_until IS NULL OR publish_leased_until <= ${at(now)})
          ORDER BY priority, not_before, id LIMIT ${limit}::int FOR UPDATE SKIP LOCKED
        )
        RETURNING id, topic, payload, not_before, priority, attempts, failures, unended, trace_parent`);
      return claimed.map(readJob).sort(inOrder);
    },
  };
}

function claimOneStatement({ id, topic }: Pick<ClaimedJob, 'id' | 'topic'>, now: Instant, leaseSeconds: number): Sql {
  return sql`
    UPDATE outbox SET leased_until = ${at(now + leaseSeconds * 1000)}, attempts = attempts + 1, unended = unended + 1
    WHERE id = ${id}::uuid AND topic = ${topic} AND state IN ('pending', 'published')
      AND (leased_until IS NULL OR leased_until <= ${at(now)}) AND (rests_until IS NULL OR rests_until <= ${at(now)})
    RETURNING id, topic, payload, not_before, priority, attempts, failures, unended, trace_parent`;
}

/** All but `published` change a job only while the worker still holds it: `attempts` is the fencing token. */
function outcomes(
  driver: SqlDriver,
  execute: Execute,
): Pick<Outbox, 'hold' | 'spend' | 'release' | 'published' | 'finished' | 'failed' | 'revive'> {
  return {
    async hold(job, now, leaseSeconds) {
      const held = await execute(sql`
        UPDATE outbox SET leased_until = ${at(now + leaseSeconds * 1000)}
        WHERE id = ${job.id}::uuid AND attempts = ${job.attempts}::int AND state IN ('pending', 'published')
        RETURNING id`);
      return held.length > 0;
    },
    async spend(jobs, spending, now, leaseSeconds) {
      const [, judged = []] = await driver.run(spendStatements(jobs, spending, now, leaseSeconds), 'write');
      const idsWhere = (isOver: boolean) =>
        new Set(judged.filter(({ is_over }) => is_over === isOver).map(({ id }) => id as OutboxId));
      return { held: idsWhere(false), over: idsWhere(true) };
    },
    async release(jobs, from) {
      await execute(sql`
        UPDATE outbox SET leased_until = ${at(from)}, unended = greatest(0, outbox.unended - 1)
        FROM ${heldOf(jobs)}
        WHERE outbox.id = e.id AND outbox.attempts = e.attempts AND outbox.state IN ('pending', 'published')`);
    },
    async published(ids, now) {
      // The lease lasts as long as the queue has time to deliver; the job is considered lost only afterwards. If its callback came before this
      // and gave it a later time, it has no lease to publish, and is published again.
      await execute(sql`
        UPDATE outbox SET state = CASE state WHEN 'pending' THEN 'published' ELSE state END,
          publish_leased_until = ${at(now + LOST_AFTER_MS)}
        WHERE id = ANY(${[...ids]}::uuid[]) AND publish_leased_until IS NOT NULL`);
    },
    async finished(job, now) {
      await execute(sql`
        UPDATE outbox SET state = 'done', finished_at = ${at(now)}, leased_until = NULL
        WHERE id = ${job.id}::uuid AND attempts = ${job.attempts}::int AND state IN ('pending', 'published')`);
    },
    async revive(topics, now) {
      const revived = await execute(sql`
        UPDATE outbox SET state = 'pending', finished_at = NULL, last_error = NULL
        WHERE state = 'dead' AND last_error = ${UNKNOWN_TOPIC} AND topic = ANY(${[...topics]}::text[])
          AND finished_at > ${at(now - REVIVED_WITHIN_MS)}::timestamptz
        RETURNING id`);
      return revived.length;
    },
    async failed(job, error, retryAt, isOurs, now) {
      await execute(
        retryAt === null
          ? dead(job.id, job.attempts, error, now)
          : sql`UPDATE outbox SET not_before = ${at(retryAt)}, rests_until = ${at(retryAt)}, last_error = ${error},
                  leased_until = NULL, unended = 0, failures = failures + ${isOurs ? 1 : 0}::int
                WHERE id = ${job.id}::uuid AND attempts = ${job.attempts}::int AND state IN ('pending', 'published')`,
      );
    },
  };
}
