/** Delayed work: what the queue's callbacks, the timer and cron start. Calls use cases only. */

import { DELETE_FILES, REWRITE_KEYS } from '../../domain/privacy/erasure.ts';
import { isUuid, type OutboxId } from '../../domain/shared/ids.ts';
import type { ClaimedJob, Outbox } from '../../domain/shared/outbox.ts';
import type { JobQueue } from '../../domain/shared/ports.ts';
import type { Instant } from '../../domain/shared/time.ts';
import { sealAuditLog } from '../app/audit/seal.ts';
import { continueVerification, VERIFY_AUDIT, verifyDaily } from '../app/audit/verifications.ts';
import { DELIVER_NOTIFICATION } from '../app/command.ts';
import type { Context, Deps } from '../app/context.ts';
import { reportDamage } from '../app/damage.ts';
import { systemContext } from '../app/identity/first-admin.ts';
import {
  abandonNotification,
  type DeliveryDeps,
  deliverNotification,
  type JobOutcome,
} from '../app/notifications/deliver.ts';
import { deleteFiles } from '../app/privacy/erase.ts';
import { MAKE_EXPORT, makeExport } from '../app/privacy/exports.ts';
import { applyRetentionDaily } from '../app/privacy/retention.ts';
import { EXPIRE_OFFER, MATCH_WAITLIST } from '../app/scheduling/freed-time-jobs.ts';
import { expireWaitlistOffer, matchWaitlist, tidyScheduling } from '../app/scheduling/waitlist-jobs.ts';
import { type Acceptances, NOTE_AGAIN_MS, SENDING_LEASE_SECONDS } from './acceptances.ts';

type Handler = (payload: Readonly<Record<string, string>>, context: Context, job: ClaimedJob) => Promise<JobOutcome>;

export interface Jobs {
  /** Runs everything that is due, to the end; told to stop, to the end of what it has taken. */
  runDue(signal?: AbortSignal): Promise<number>;
  /**
   * Runs one job on behalf of the queue.
   * @returns `retry` when the queue shall call again
   */
  runOne(topic: string, id: string): Promise<'done' | 'retry'>;
  /** Hands jobs that are due before long to the queue. */
  publish(): Promise<number>;
  nextDue(): Promise<Instant | undefined>;
  /** What comes round each minute: the audit log is sealed, and once a day verified and what was kept long enough goes, holds that are long over are removed. One failure does not keep the others from their turn. */
  everyMinute(): Promise<void>;
}

const DONE: JobOutcome = { kind: 'done' };

/** A handler that takes longer loses its job to the next one who asks. */
const LEASE_SECONDS = 60;
const BATCH = 50;
/** How many jobs a sweep takes at once: few enough that the last one's lease still holds when its turn comes. */
const LOT = 5;
/** A job that fails so often by faults of ours is given up. */
const MAXIMUM_ATTEMPTS = 20;
/** How far ahead jobs are handed to the queue. Later ones wait in the database, where they can still be changed. */
const PUBLISH_AHEAD_SECONDS = 2 * 3600;

/**
 * @param acceptances of the process or isolate. Default: those of these jobs alone
 * @param rewriteKeys as the owner of the tables; `null` where only the operator is the owner, whose cron does it (ADR 0109)
 */
export function createJobs(
  deps: Deps & DeliveryDeps,
  outbox: Outbox,
  queue: JobQueue | null,
  acceptances: Acceptances = new Map(),
  rewriteKeys: (() => Promise<void>) | null = null,
): Jobs {
  const handlers: Readonly<Record<string, Handler>> = {
    [DELIVER_NOTIFICATION]: (payload, context, job) =>
      deliverNotification(deps, context, payload.notificationId ?? '', {
        accepted: acceptances.get(job.id),
        begin: () => outbox.hold(job, deps.clock.now(), SENDING_LEASE_SECONDS),
        keep: (providerId) => void acceptances.set(job.id, { job, providerId }),
      }),
    [MATCH_WAITLIST]: async (payload, context) => outcomeOf(await matchWaitlist(deps, context, payload)),
    [EXPIRE_OFFER]: async (payload, context) => outcomeOf(await expireWaitlistOffer(deps, context, payload)),
    [MAKE_EXPORT]: async ({ exportId = '', userId = '' }, context) => {
      await makeExport(deps, context, { exportId, userId });
      return DONE;
    },
    [VERIFY_AUDIT]: async ({ verificationId = '', version }, context) => {
      await continueVerification(deps, context, verificationId, version);
      return DONE;
    },
    [REWRITE_KEYS]: async () => {
      await rewriteKeys?.();
      return DONE;
    },
    [DELETE_FILES]: async (payload) => {
      await deleteFiles(deps, payload);
      return DONE;
    },
  };

  const report = (event: string, { topic, id, attempts }: ClaimedJob, error: unknown) =>
    deps.log.failure(event, error, { topic, jobId: id, attempt: attempts });

  const run = async (job: ClaimedJob): Promise<'done' | 'retry'> => {
    const context = systemContext(deps);
    const handler = handlers[job.topic];
    if (handler === undefined) {
      await outbox.failed(job, 'unknown topic', null, context.now);
      return 'done';
    }
    try {
      const outcome = await handler(job.payload, context, job);
      acceptances.delete(job.id);
      await reportDamage(deps);
      if (outcome.kind === 'done') {
        await outbox.finished(job, deps.clock.now());
        return 'done';
      }
      return await tryAgain(job, outcome.error, outcome.at);
    } catch (error) {
      report('job_failed', job, error);
      // It keeps its lease: nobody sends again what was accepted, and noting that is tried again here.
      if (acceptances.has(job.id)) return 'retry';
      return await tryAgain(job, error instanceof Error ? error.name : 'unknown', null);
    }
  };

  /** @param at when; `null` for a pause that grows, and an end to trying */
  const tryAgain = async (job: ClaimedJob, error: string, at: Instant | null): Promise<'done' | 'retry'> => {
    const now = deps.clock.now();
    const giveUp = at === null && job.attempts >= MAXIMUM_ATTEMPTS;
    if (giveUp && job.topic === DELIVER_NOTIFICATION) {
      const { id, attempts, payload } = job;
      await abandonNotification(deps, systemContext(deps), payload.notificationId ?? '', { id, attempts, error });
      return 'done';
    }
    await outbox.failed(job, error, giveUp ? null : (at ?? now + backOff(job.attempts)), now);
    return giveUp ? 'done' : 'retry';
  };

  const noteAccepted = async () => {
    for (const { job } of [...acceptances.values()]) await run(job);
  };

  const sweepDue = async (signal?: AbortSignal) => {
    let count = 0;
    await noteAccepted();
    for (;;) {
      const jobs = await outbox.claimDue(deps.clock.now(), LEASE_SECONDS, LOT);
      for (const job of jobs) {
        try {
          await run(job);
        } catch (error) {
          // How it ended could not even be noted: its lease ends by itself. The others are not kept from their turn.
          report('job_not_noted', job, error);
        }
      }
      count += jobs.length;
      if (jobs.length < LOT || signal?.aborted) return count;
    }
  };
  let sweeping: Promise<unknown> = Promise.resolve();

  return {
    // One sweep at a time, and a sweep of one's own: when it returns, what was due before the call is done.
    runDue(signal) {
      const sweep = sweeping.then(
        () => sweepDue(signal),
        () => sweepDue(signal),
      );
      sweeping = sweep;
      return sweep;
    },
    async runOne(topic, id) {
      if (!isUuid(id)) return 'done';
      const job = await outbox.claim(id as OutboxId, topic, deps.clock.now(), LEASE_SECONDS);
      // Whoever is at it may yet fail: the queue shall ask again, and find it finished (R48).
      if (job === 'busy') return 'retry';
      return job === 'finished' ? 'done' : run(job);
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
        await outbox.published(
          jobs.map(({ id }) => id),
          deps.clock.now(),
        );
        count += jobs.length;
        if (jobs.length < BATCH) return count;
      }
    },
    async nextDue() {
      const due = await outbox.nextDue();
      return acceptances.size === 0 ? due : Math.min(due ?? Infinity, deps.clock.now() + NOTE_AGAIN_MS);
    },
    async everyMinute() {
      await noteAccepted();
      await reportDamage(deps);
      // The next minute tries what failed again.
      const regularly = (work: string, run: () => Promise<unknown>) =>
        run().catch((error: unknown) => deps.log.failure('regular_work_failed', error, { work }));
      await regularly('seal', () => sealAuditLog(deps));
      await regularly('verify', () => verifyDaily(deps, systemContext(deps)));
      await regularly('retention', () => applyRetentionDaily(deps, systemContext(deps)));
      await regularly('tidy', () => tidyScheduling(deps, systemContext(deps)));
    },
  };
}

/** @param retryAt when to try again; `undefined` when it is done */
function outcomeOf(retryAt: Instant | undefined): JobOutcome {
  return retryAt === undefined ? DONE : { kind: 'retry', at: null, error: 'contended' };
}

/** 2, 4, 8 … seconds, 15 minutes at most. */
function backOff(attempts: number): number {
  return Math.min(15 * 60_000, 1000 * 2 ** attempts);
}
