/** Delayed work that the queue's callbacks, the timer and cron start. Calls use cases only. */

import { isUuid, type OutboxId } from '../../domain/shared/ids.ts';
import { type ClaimedJob, type Outbox, UNKNOWN_TOPIC } from '../../domain/shared/outbox.ts';
import { type JobQueue, Unavailable } from '../../domain/shared/ports.ts';
import type { Instant } from '../../domain/shared/time.ts';
import { parseTraceParent, type Span } from '../../domain/shared/tracing.ts';
import { sealAuditLog } from '../app/audit/seal.ts';
import { verifyDaily } from '../app/audit/verifications.ts';
import type { Deps } from '../app/context.ts';
import { reportDamage } from '../app/damage.ts';
import { sweepFiles } from '../app/files/sweep.ts';
import { renewFormerAvatars } from '../app/identity/avatars.ts';
import { systemContext } from '../app/identity/first-admin.ts';
import { indexPeople } from '../app/identity/patient-search.ts';
import { inJobSpan } from '../app/job-spans.ts';
import { tellDailyCaps } from '../app/notifications/daily-caps.ts';
import type { DeliveryDeps } from '../app/notifications/deliver.ts';
import { tellSuppressed } from '../app/notifications/suppressions.ts';
import { applyRetentionDaily } from '../app/privacy/retention.ts';
import { detect } from '../app/protection/detection.ts';
import { renewFormerLogo } from '../app/scheduling/clinic-logo.ts';
import { beginDailyDigests } from '../app/scheduling/digests.ts';
import { rollHorizons } from '../app/scheduling/opened-time-jobs.ts';
import { tidyScheduling } from '../app/scheduling/waitlist-jobs.ts';
import { keepWallClocks } from '../app/scheduling/wall-clocks.ts';
import { type Acceptances, leaveUnrecorded, NOTE_AGAIN_MS, takeUnrecorded } from './acceptances.ts';
import { abandon, jobHandlers } from './handlers.ts';
import { BATCH_SIZE, BATCH_TOPICS, createBatches } from './message-batches.ts';
import { publishSoonDue } from './publish.ts';
import { besides, createSuspects, isPoison, MAXIMUM_FAILURES } from './suspects.ts';
import { createSweep, type Run } from './sweep.ts';

export interface Jobs {
  /** Runs all due jobs. After an abort it finishes the jobs that it has claimed and stops. */
  runDue(signal?: AbortSignal): Promise<number>;
  /** Runs one job on behalf of the queue. @returns `retry` if the queue has to call again */
  runOne(topic: string, id: string): Promise<'done' | 'retry'>;
  /** Publishes jobs that are due soon to the queue. */
  publish(): Promise<number>;
  nextDue(): Promise<Instant | undefined>;
  /**
   * Periodic work: seals the audit log, looks for what misuse looks like, verifies it once a day, applies the retention periods, removes expired
   * holds, offers days that have become bookable, keeps the wall clocks of appointments, and begins the digests of the next
   * day. A failure of one does not stop the others.
   */
  everyMinute(): Promise<void>;
}

/**
 * Other messages that a callback of the queue takes with its own. Together they stay below the 50 subrequests that a Worker of the free plan may
 * make, and six connections are not busy for long.
 */
const TAKEN_ALONG = 19;
/** A handler that takes longer loses its job to the next worker that claims it. */
const LEASE_SECONDS = 60;
/** Why a job is given up that has killed each process that worked on it. */
const POISON = 'process_killed';
/** Faults of the database that a job can have caused itself. All others are an outage, which uses up none of its attempts. */
const FAULTS_OF_A_JOB: readonly string[] = ['too_slow', 'locked', 'contended', 'deadline'];

/**
 * @param acceptances shared by the process or isolate. Default: a map of this instance alone
 * @param rewriteKeys runs as the owner of the tables; `null` if only the operator is the owner, whose cron does it (ADR
 *   0109)
 * @param batchSize messages that are claimed at once
 */
export function createJobs(
  deps: Deps & DeliveryDeps,
  outbox: Outbox,
  queue: JobQueue | null,
  acceptances: Acceptances = new Map(),
  rewriteKeys: (() => Promise<void>) | null = null,
  batchSize = BATCH_SIZE,
): Jobs {
  const handlers = jobHandlers(deps, outbox, acceptances, rewriteKeys);
  const { run: runOne, failed } = createRun(deps, outbox, acceptances, handlers);
  const { few, run } = createSuspects(outbox, runOne);
  // The outcome could not be recorded either: the lease expires by itself.
  const onFailure = (job: ClaimedJob, error: unknown) => report(deps, 'job_not_noted', job, error);

  const recordAccepted = async () => {
    for (const job of takeUnrecorded(acceptances, deps.clock.now())) await run(job);
  };
  const batches = createBatches(deps, outbox, acceptances, { run, failed, onFailure });
  const sweep = createSweep({
    async claim(...lots) {
      const now = deps.clock.now();
      return few(await outbox.claimDue(now, LEASE_SECONDS, ...lots), now);
    },
    run,
    onFailure,
    batches: {
      topics: BATCH_TOPICS,
      size: batchSize,
      run: batches,
    },
  });
  let sweeping: Promise<unknown> = Promise.resolve();

  return {
    // Sweeps run one after another, and each call gets its own: when it returns, all jobs due before the call have run.
    runDue(signal) {
      const work = async () => {
        await recordAccepted();
        return sweep(signal);
      };
      const swept = sweeping.then(work, work);
      sweeping = swept;
      return swept;
    },
    runOne: createCallback(deps, outbox, run, batches),
    publish: () => (queue === null ? Promise.resolve(0) : publishSoonDue(deps, outbox, queue)),
    async nextDue() {
      const due = await outbox.nextDue();
      return acceptances.size === 0 ? due : Math.min(due ?? Infinity, deps.clock.now() + NOTE_AGAIN_MS);
    },
    async everyMinute() {
      await recordAccepted();
      await runPeriodicWork(deps, () => outbox.revive(Object.keys(handlers), deps.clock.now()));
    },
  };
}

/** A callback of the queue: works on its job, and on others that are due. */
function createCallback(
  deps: Deps,
  outbox: Outbox,
  run: Run,
  batches: (jobs: readonly ClaimedJob[]) => Promise<void>,
): Jobs['runOne'] {
  return async (topic, id) => {
    if (!isUuid(id)) return 'done';
    const now = deps.clock.now();
    const along = BATCH_TOPICS.includes(topic) ? TAKEN_ALONG : 0;
    const claimed = await outbox.claim(id as OutboxId, topic, now, LEASE_SECONDS, along);
    // The worker that holds the job may still fail: the queue has to call again, and then finds it finished (R48).
    if (claimed === 'busy') return 'retry';
    if (claimed === 'postponed') {
      deps.dispatch();
      return 'done';
    }
    if (claimed === 'finished') return 'done';
    const [job, ...taken] = claimed;
    const others = await besides(outbox, job, taken, now);
    // Both end before the answer: the platform stops what is still under way then, and what was sent and not noted would be sent again.
    const [own, together] = await Promise.allSettled([run(job), batches(others)]);
    if (own.status === 'rejected') throw own.reason;
    if (together.status === 'rejected') throw together.reason;
    // About this job: the others have callbacks of their own, which find them done or call again.
    return own.value;
  };
}

/** Runs a claimed job and records its outcome. Throws if the outcome cannot be recorded. */
function createRun(
  deps: Deps & DeliveryDeps,
  outbox: Outbox,
  acceptances: Acceptances,
  handlers: ReturnType<typeof jobHandlers>,
): { readonly run: Run; failed(job: ClaimedJob, error: unknown): Promise<'done' | 'retry'> } {
  const giveUp = async (job: ClaimedJob, error: string): Promise<'done'> => {
    if (!(await abandon(deps, systemContext(deps), job, error)))
      await outbox.failed(job, error, null, true, deps.clock.now());
    return 'done';
  };
  /** Exponential backoff with a limited number of failures. */
  const tryAgain = async (job: ClaimedJob, error: string): Promise<'done' | 'retry'> => {
    const failures = job.failures + 1;
    if (failures >= MAXIMUM_FAILURES) return giveUp(job, error);
    const now = deps.clock.now();
    await outbox.failed(job, error, now + backOff(failures), true, now);
    return 'retry';
  };

  const failed = async (job: ClaimedJob, error: unknown) => {
    report(deps, 'job_failed', job, error);
    // The job keeps its lease, so that no other worker sends an accepted message again; recording it is retried here.
    if (acceptances.has(job.id)) {
      leaveUnrecorded(acceptances, job.id);
      return 'retry';
    }
    const name = error instanceof Error ? error.name : 'unknown';
    if (!isOutage(error)) return await tryAgain(job, name);
    const now = deps.clock.now();
    await outbox.failed(job, name, now + backOff(job.attempts), false, now);
    return 'retry';
  };

  const work = async (job: ClaimedJob, span: Span): Promise<'done' | 'retry'> => {
    const context = systemContext(deps);
    const handler = handlers[job.topic];
    if (handler === undefined) {
      await outbox.failed(job, UNKNOWN_TOPIC, null, true, context.now);
      return 'done';
    }
    if (isPoison(job)) return await giveUp(job, POISON);
    try {
      const outcome = await handler(job.payload, context, job);
      acceptances.delete(job.id);
      await reportDamage(deps);
      if (outcome.kind === 'done') {
        await outbox.finished(job, deps.clock.now());
        return 'done';
      }
      if (outcome.at === null) return await tryAgain(job, outcome.error);
      await outbox.failed(job, outcome.error, outcome.at, false, deps.clock.now());
      return 'retry';
    } catch (error) {
      span.fail(error instanceof Error ? error.name : 'unknown');
      return await failed(job, error);
    }
  };
  const run: Run = (job) => inJobSpan(deps.tracer, 'process', job, (span) => work(job, span));
  return { run, failed };
}

function report(deps: Deps, event: string, { topic, id, attempts, traceParent }: ClaimedJob, error: unknown): void {
  const traceId = parseTraceParent(traceParent)?.traceId;
  deps.log.failure(event, error, { topic, jobId: id, attempt: attempts, traceId });
}

async function runPeriodicWork(deps: Deps & DeliveryDeps, revive: () => Promise<number>): Promise<void> {
  await reportDamage(deps);
  // What failed is retried in the next minute.
  const regularly = (work: string, run: () => Promise<unknown>) =>
    deps.tracer
      .span(`regularly ${work}`, { kind: 'internal' }, run)
      .catch((error: unknown) => deps.log.failure('regular_work_failed', error, { work }));
  await regularly('revive', revive);
  await regularly('seal', () => sealAuditLog(deps));
  await regularly('detect', () => detect(deps, systemContext(deps)));
  await regularly('verify', () => verifyDaily(deps, systemContext(deps)));
  await regularly('retention', () => applyRetentionDaily(deps, systemContext(deps)));
  await regularly('files', () => sweepFiles(deps, systemContext(deps)));
  await regularly('avatars', () => renewFormerAvatars(deps, systemContext(deps)));
  await regularly('logo', () => renewFormerLogo(deps, systemContext(deps)));
  await regularly('index_people', () => indexPeople(deps, systemContext(deps)));
  await regularly('suppressions', () => tellSuppressed(deps, systemContext(deps)));
  await regularly('daily_caps', () => tellDailyCaps(deps, systemContext(deps)));
  await regularly('tidy', () => tidyScheduling(deps, systemContext(deps)));
  await regularly('horizons', () => rollHorizons(deps, systemContext(deps)));
  await regularly('wall_clocks', () => keepWallClocks(deps, systemContext(deps)));
  await regularly('digests', () => beginDailyDigests(deps, systemContext(deps)));
}

/** The database was away: nothing is wrong with the job. */
function isOutage(error: unknown): boolean {
  return error instanceof Unavailable && error.service === 'database' && !FAULTS_OF_A_JOB.includes(error.reason);
}

/** 2, 4, 8 … seconds, at most 15 minutes. */
function backOff(attempts: number): number {
  return Math.min(15 * 60_000, 1000 * 2 ** attempts);
}
