/** Delayed work: what the queue's callbacks, the timer and cron start. Calls use cases only. */

import { DELETE_FILES } from '../../domain/privacy/erasure.ts';
import type { OutboxJob } from '../../domain/shared/database.ts';
import { isUuid, type OutboxId } from '../../domain/shared/ids.ts';
import type { JobQueue } from '../../domain/shared/ports.ts';
import type { Instant } from '../../domain/shared/time.ts';
import { sealAuditLog } from '../app/audit/seal.ts';
import { DELIVER_NOTIFICATION } from '../app/command.ts';
import type { Context, Deps } from '../app/context.ts';
import { newId } from '../app/context.ts';
import { systemContext } from '../app/identity/first-admin.ts';
import { type DeliveryDeps, deliverNotification, type JobOutcome } from '../app/notifications/deliver.ts';
import { deleteFiles } from '../app/privacy/erase.ts';
import { MAKE_EXPORT, makeExport } from '../app/privacy/exports.ts';
import { applyRetentionDaily } from '../app/privacy/retention.ts';
import { EXPIRE_OFFER, MATCH_WAITLIST } from '../app/scheduling/acting.ts';
import { expireTheOffer, matchWaitlist, tidyScheduling } from '../app/scheduling/waitlist-jobs.ts';

type Handler = (payload: Readonly<Record<string, string>>, context: Context) => Promise<JobOutcome>;

/** The outbox as the runner needs it. */
export interface OutboxQueue {
  claimDue(now: Instant, leaseSeconds: number, limit: number): Promise<readonly ClaimedJob[]>;
  claim(id: OutboxId, now: Instant, leaseSeconds: number): Promise<ClaimedJob | undefined>;
  claimPublishable(now: Instant, horizon: Instant, leaseSeconds: number, limit: number): Promise<readonly ClaimedJob[]>;
  published(ids: readonly OutboxId[]): Promise<void>;
  finished(id: OutboxId, now: Instant): Promise<void>;
  failed(id: OutboxId, error: string, retryAt: Instant | null, now: Instant): Promise<void>;
  nextDue(): Promise<Instant | undefined>;
}

export interface ClaimedJob extends OutboxJob {
  readonly attempts: number;
}

export interface Jobs {
  /** Runs everything that is due, to the end. */
  runDue(): Promise<number>;
  /**
   * Runs one job on behalf of the queue.
   * @returns `retry` when the queue shall call again
   */
  runOne(topic: string, id: string): Promise<'done' | 'retry'>;
  /** Hands jobs that are due before long to the queue. */
  publish(): Promise<number>;
  nextDue(): Promise<Instant | undefined>;
  /** What comes round each minute: the audit log is sealed, and once a day what was kept long enough goes, holds that are long over are removed. One failure does not keep the others from their turn. */
  everyMinute(): Promise<void>;
}

const DONE: JobOutcome = { kind: 'done' };

/** A handler that takes longer loses its job to the next one who asks. */
const LEASE_SECONDS = 60;
const BATCH = 50;
/** A job that fails so often by faults of ours is given up. */
const MAXIMUM_ATTEMPTS = 20;
/** How far ahead jobs are handed to the queue. Later ones wait in the database, where they can still be changed. */
const PUBLISH_AHEAD_SECONDS = 2 * 3600;

export function createJobs(deps: Deps & DeliveryDeps, outbox: OutboxQueue, queue: JobQueue | null): Jobs {
  const handlers: Readonly<Record<string, Handler>> = {
    [DELIVER_NOTIFICATION]: (payload, context) => deliverNotification(deps, context, payload.notificationId ?? ''),
    [MATCH_WAITLIST]: async (payload, context) => outcomeOf(await matchWaitlist(deps, context, payload)),
    [EXPIRE_OFFER]: async (payload, context) => outcomeOf(await expireTheOffer(deps, context, payload)),
    [MAKE_EXPORT]: async ({ exportId = '', userId = '' }, context) => {
      await makeExport(deps, context, { exportId, userId });
      return DONE;
    },
    [DELETE_FILES]: async ({ keys = '[]' }) => {
      await deleteFiles(deps, keys);
      return DONE;
    },
  };

  const run = async (job: ClaimedJob): Promise<'done' | 'retry'> => {
    const now = deps.clock.now();
    const context: Context = {
      actor: { kind: 'system' },
      now,
      requestId: newId<'request'>(deps, now),
      ip: null,
      userAgent: null,
      idempotency: null,
    };
    const handler = handlers[job.topic];
    if (handler === undefined) {
      await outbox.failed(job.id, 'unknown topic', null, now);
      return 'done';
    }
    try {
      const outcome = await handler(job.payload, context);
      if (outcome.kind === 'done') {
        await outbox.finished(job.id, deps.clock.now());
        return 'done';
      }
      await outbox.failed(job.id, outcome.error, outcome.at, deps.clock.now());
      return 'retry';
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown';
      const giveUp = job.attempts >= MAXIMUM_ATTEMPTS;
      console.error(
        JSON.stringify({
          level: 'error',
          event: 'job_failed',
          topic: job.topic,
          jobId: job.id,
          attempt: job.attempts,
          name,
          giveUp,
        }),
      );
      await outbox.failed(job.id, name, giveUp ? null : deps.clock.now() + backOff(job.attempts), deps.clock.now());
      return giveUp ? 'done' : 'retry';
    }
  };

  const sweepDue = async () => {
    let count = 0;
    for (;;) {
      const jobs = await outbox.claimDue(deps.clock.now(), LEASE_SECONDS, BATCH);
      for (const job of jobs) await run(job);
      count += jobs.length;
      if (jobs.length < BATCH) return count;
    }
  };
  let sweeping: Promise<unknown> = Promise.resolve();

  return {
    // One sweep at a time, and a sweep of one's own: when it returns, what was due before the call is done.
    runDue() {
      const sweep = sweeping.then(sweepDue, sweepDue);
      sweeping = sweep;
      return sweep;
    },
    async runOne(topic, id) {
      if (!isUuid(id)) return 'done';
      const job = await outbox.claim(id as OutboxId, deps.clock.now(), LEASE_SECONDS);
      // Done already, or somebody is at it: either way there is nothing to do here (R48).
      if (job === undefined || job.topic !== topic) return 'done';
      return run(job);
    },
    async publish() {
      if (queue === null) return 0;
      const now = deps.clock.now();
      const horizon = now + Math.min(queue.horizonSeconds, PUBLISH_AHEAD_SECONDS) * 1000;
      let count = 0;
      for (;;) {
        const jobs = await outbox.claimPublishable(now, horizon, LEASE_SECONDS, BATCH);
        if (jobs.length === 0) return count;
        await queue.publish(jobs.map(({ id, topic, notBefore }) => ({ id, topic, notBefore })));
        await outbox.published(jobs.map(({ id }) => id));
        count += jobs.length;
        if (jobs.length < BATCH) return count;
      }
    },
    nextDue: () => outbox.nextDue(),
    async everyMinute() {
      await regularly('seal', () => sealAuditLog(deps));
      await regularly('retention', () => applyRetentionDaily(deps, systemContext(deps)));
      await regularly('tidy', () => tidyScheduling(deps, systemContext(deps)));
    },
  };
}

async function regularly(name: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    // The next minute tries again; what is logged is what failed, never what it handled (R56).
    const cause = error instanceof Error ? error.name : 'unknown';
    console.error(JSON.stringify({ level: 'error', event: 'regular_work_failed', work: name, name: cause }));
  }
}

/** @param retryAt when to try again; `undefined` when it is done */
function outcomeOf(retryAt: Instant | undefined): JobOutcome {
  return retryAt === undefined ? { kind: 'done' } : { kind: 'retry', at: retryAt, error: 'contended' };
}

/** 2, 4, 8 … seconds, 15 minutes at most. */
function backOff(attempts: number): number {
  return Math.min(15 * 60_000, 1000 * 2 ** attempts);
}
