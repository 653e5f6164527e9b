/**
 * Messages are routed, sent and noted many at a time, where a process finds many: so a busy minute costs the database a trip for
 * every ten of them and more, and not eight for each.
 */
import { SENDING_CHANNELS } from '../../domain/notifications/categories.ts';
import { DELIVER_NOTIFICATION, deliveryTopic } from '../../domain/notifications/routing.ts';
import type { ClaimedJob, Outbox } from '../../domain/shared/outbox.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import type { Deps } from '../app/context.ts';
import { reportDamage } from '../app/damage.ts';
import { systemContext } from '../app/identity/first-admin.ts';
import { inJobsSpan } from '../app/job-spans.ts';
import type { BatchWorker } from '../app/notifications/batch.ts';
import type { DeliveryDeps } from '../app/notifications/deliver.ts';
import { sendMany } from '../app/notifications/deliver-many.ts';
import { routeMany } from '../app/notifications/route.ts';
import { type Acceptances, keepAccepted, leaveUnrecorded, SENDING_LEASE_SECONDS } from './acceptances.ts';
import { isSuspect } from './suspects.ts';
import type { Run } from './sweep.ts';

/** Each topic has a lane of its own. */
export const BATCH_TOPICS: readonly string[] = [DELIVER_NOTIFICATION, ...SENDING_CHANNELS.map(deliveryTopic)];
/** How many are claimed at once, and loaded. */
export const BATCH_SIZE = 200;
/** The same where the database is in the process: a trip costs nothing there, and a long transaction keeps all requests waiting. */
export const EMBEDDED_BATCH_SIZE = 10;

/** Pause before messages are tried again that could not be sent or noted because the database did not answer. */
const AFTER_OUTAGE_MS = 2_000;

interface Runs {
  /** One job by itself. */
  readonly run: Run;
  /** Records a fault of ours. */
  failed(job: ClaimedJob, error: unknown): Promise<unknown>;
  /** What could not be recorded: the lease ends by itself. */
  onFailure(job: ClaimedJob, error: unknown): void;
}

/** @returns works on claimed jobs of one of {@link BATCH_TOPICS} */
export function createBatches(
  deps: Deps & DeliveryDeps,
  outbox: Outbox,
  acceptances: Acceptances,
  { run, failed, onFailure }: Runs,
): (jobs: readonly ClaimedJob[], signal?: AbortSignal) => Promise<void> {
  const recorded = async (job: ClaimedJob, work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      onFailure(job, error);
    }
  };
  const worker: BatchWorker = {
    hold: (jobs, spending) => outbox.spend(jobs, spending, deps.clock.now(), SENDING_LEASE_SECONDS),
    keep: (job, accepted) => keepAccepted(acceptances, job, accepted, deps.clock.now()),
    noted(jobs) {
      for (const { id } of jobs) acceptances.delete(id);
    },
    failed: (job, error) => recorded(job, () => failed(job, error)),
    notTogether: (error) => deps.log.failure('outcomes_not_noted_together', error),
    release: async (jobs) => {
      const [first] = jobs;
      if (first !== undefined) await recorded(first, () => outbox.release(jobs, deps.clock.now()));
    },
    alone: (job) => recorded(job, () => run(job)),
  };
  const together = (jobs: readonly ClaimedJob[], signal: AbortSignal | undefined) =>
    jobs[0]?.topic === DELIVER_NOTIFICATION
      ? routeMany(deps, systemContext(deps), jobs, worker)
      : sendMany(deps, () => systemContext(deps), jobs, worker, signal);

  /** After a fault that has stopped all of them. */
  const apart = async (first: ClaimedJob, jobs: readonly ClaimedJob[], error: unknown) => {
    deps.log.failure('batch_failed', error, { topic: first.topic });
    for (const { id } of jobs) leaveUnrecorded(acceptances, id);
    if (error instanceof Unavailable) {
      // Those that are sent and not noted keep their leases. If this write fails too, all leases end by themselves.
      const unsent = jobs.filter(({ id }) => !acceptances.has(id));
      await recorded(first, () => outbox.release(unsent, deps.clock.now() + AFTER_OUTAGE_MS));
      return;
    }
    // One of them cannot be read. What was sent meanwhile is known, and is not sent again.
    for (const job of jobs) await worker.alone(job);
  };

  return async (jobs, signal) => {
    // What a provider has accepted is noted, and not sent. What may kill the process does not take others with it.
    const isByItself = (job: ClaimedJob) => acceptances.has(job.id) || isSuspect(job);
    const [known, unknown] = [jobs.filter(isByItself), jobs.filter((job) => !isByItself(job))];
    const [first] = unknown;
    try {
      if (first !== undefined) await inJobsSpan(deps.tracer, 'process', unknown, () => together(unknown, signal));
    } catch (error) {
      if (first !== undefined) await apart(first, unknown, error);
    }
    for (const job of known) await worker.alone(job);
    await reportDamage(deps);
  };
}
