/** The outbox: jobs committed together with their cause, claimed by leases, so that a crash loses none (R49). */
import type { OutboxJob } from '../../domain/shared/database.ts';
import type { OutboxId } from '../../domain/shared/ids.ts';
import type { Instant } from '../../domain/shared/time.ts';
import type { Row, SqlDriver } from './driver.ts';
import { at, join, type Sql, sql } from './sql.ts';

export function outboxStatement(jobs: readonly OutboxJob[], now: Instant): Sql[] {
  if (jobs.length === 0) return [];
  const values = jobs.map(
    (job) =>
      sql`(${job.id}::uuid, ${job.topic}, ${JSON.stringify(job.payload)}::jsonb, ${at(job.notBefore)}::timestamptz, ${at(now)}::timestamptz)`,
  );
  return [sql`INSERT INTO outbox (id, topic, payload, not_before, created_at) VALUES ${join(values)}`];
}

function readJob(row: Row): ClaimedJob {
  return {
    id: row.id as OutboxId,
    topic: row.topic as string,
    payload: row.payload as Readonly<Record<string, string>>,
    notBefore: row.not_before as Instant,
    attempts: row.attempts as number,
  };
}

export interface ClaimedJob extends OutboxJob {
  /** Which attempt this is, from 1. */
  readonly attempts: number;
}

/** A published job that is so much overdue is taken for lost by the queue and published again. */
const LOST_AFTER_MS = 15 * 60_000;

export interface Outbox {
  /** Takes due jobs under a lease: nobody else gets them until it ends. */
  claimDue(now: Instant, leaseSeconds: number, limit: number): Promise<ClaimedJob[]>;
  /** Takes one job, whoever has it announced, unless it is done or under a lease. */
  claim(id: OutboxId, now: Instant, leaseSeconds: number): Promise<ClaimedJob | undefined>;
  /** Takes jobs to hand to the queue: those due by `horizon`, and published ones that should long be done. */
  claimPublishable(now: Instant, horizon: Instant, leaseSeconds: number, limit: number): Promise<ClaimedJob[]>;
  published(ids: readonly OutboxId[]): Promise<void>;
  finished(id: OutboxId, now: Instant): Promise<void>;
  /** @param retryAt when to try again; `null` gives up */
  failed(id: OutboxId, error: string, retryAt: Instant | null, now: Instant): Promise<void>;
  /** When the next pending job is due. */
  nextDue(): Promise<Instant | undefined>;
}

export function createOutbox(driver: SqlDriver): Outbox {
  const execute = async (statement: Sql) => (await driver.run([statement], 'write'))[0] ?? [];
  return {
    async claimDue(now, leaseSeconds, limit) {
      const claimed = await execute(sql`
        UPDATE outbox SET leased_until = ${at(now + leaseSeconds * 1000)}, attempts = attempts + 1
        WHERE id IN (
          SELECT id FROM outbox
          WHERE state IN ('pending', 'published') AND not_before <= ${at(now)}
            AND (leased_until IS NULL OR leased_until <= ${at(now)})
          ORDER BY not_before, id LIMIT ${limit}::int FOR UPDATE SKIP LOCKED
        )
        RETURNING id, topic, payload, not_before, attempts`);
      return claimed.map(readJob);
    },
    async claim(id, now, leaseSeconds) {
      const [claimed] = await execute(sql`
        UPDATE outbox SET leased_until = ${at(now + leaseSeconds * 1000)}, attempts = attempts + 1
        WHERE id = ${id}::uuid AND state IN ('pending', 'published')
          AND (leased_until IS NULL OR leased_until <= ${at(now)})
        RETURNING id, topic, payload, not_before, attempts`);
      return claimed === undefined ? undefined : readJob(claimed);
    },
    async claimPublishable(now, horizon, leaseSeconds, limit) {
      const claimed = await execute(sql`
        UPDATE outbox SET leased_until = ${at(now + leaseSeconds * 1000)}
        WHERE id IN (
          SELECT id FROM outbox
          WHERE ((state = 'pending' AND not_before <= ${at(horizon)})
              OR (state = 'published' AND not_before <= ${at(now - LOST_AFTER_MS)}))
            AND (leased_until IS NULL OR leased_until <= ${at(now)})
          ORDER BY not_before, id LIMIT ${limit}::int FOR UPDATE SKIP LOCKED
        )
        RETURNING id, topic, payload, not_before, attempts`);
      return claimed.map(readJob);
    },
    async published(ids) {
      await execute(sql`
        UPDATE outbox SET state = 'published', leased_until = NULL
        WHERE id = ANY(${[...ids]}::uuid[]) AND state = 'pending'`);
    },
    async finished(id, now) {
      await execute(sql`
        UPDATE outbox SET state = 'done', finished_at = ${at(now)}, leased_until = NULL WHERE id = ${id}::uuid`);
    },
    async failed(id, error, retryAt, now) {
      await execute(
        retryAt === null
          ? sql`UPDATE outbox SET state = 'dead', finished_at = ${at(now)}, last_error = ${error}, leased_until = NULL
                WHERE id = ${id}::uuid`
          : sql`UPDATE outbox SET not_before = ${at(retryAt)}, last_error = ${error}, leased_until = NULL
                WHERE id = ${id}::uuid`,
      );
    },
    async nextDue() {
      const [next] = await execute(sql`
        SELECT min(greatest(not_before, leased_until)) AS due FROM outbox WHERE state IN ('pending', 'published')`);
      return (next?.due as Instant | null | undefined) ?? undefined;
    },
  };
}
