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
import type { BatchWorker } from '../app/notifications/batch.ts';
import type { DeliveryDeps } from '../app/notifications/deliver.ts';
import { sendMany } from '../app/notifications/deliver-many.ts';
import { routeMany } from '../app/notifications/route.ts';
import { type Acceptances, SENDING_LEASE_SECONDS } from './acceptances.ts';
import type { Run } from './sweep.ts';

/** Each topic has a lane of its own. */
export const BATCH_TOPICS: readonly string[] = [DELIVER_NOTIFICATION, ...SENDING_CHANNELS.map(deliveryTopic)];
/** How many are claimed at once, and loaded. */
export const BATCH_SIZE = 200;
/** The same where the database is in the process: a trip costs nothing there, and a long transaction keeps all requests waiting. */
export const EMBEDDED_BATCH_SIZE = 10;

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
    hold: (jobs) => outbox.holdMany(jobs, deps.clock.now(), SENDING_LEASE_SECONDS),
    keep: (job, accepted) => void acceptances.set(job.id, { job, ...accepted }),
    noted(jobs) {
      for (const { id } of jobs) acceptances.delete(id);
    },
    failed: (job, error) => recorded(job, () => failed(job, error)),
    alone: (job) => recorded(job, () => run(job)),
  };
  const together = (jobs: readonly ClaimedJob[], signal: AbortSignal | undefined) =>
    jobs[0]?.topic === DELIVER_NOTIFICATION
      ? routeMany(deps, systemContext(deps), jobs, worker)
      : sendMany(deps, () => systemContext(deps), jobs, worker, signal);

  return async (jobs, signal) => {
    // What a provider has accepted is noted, and not sent.
    const [known, unknown] = [
      jobs.filter(({ id }) => acceptances.has(id)),
      jobs.filter(({ id }) => !acceptances.has(id)),
    ];
    for (const job of known) await worker.alone(job);
    try {
      if (unknown.length > 0) await together(unknown, signal);
    } catch (error) {
      // While the database is away, the leases end by themselves.
      if (error instanceof Unavailable) throw error;
      // One of them cannot be read. What was sent meanwhile is known, and is not sent again.
      for (const job of unknown) await worker.alone(job);
    }
    await reportDamage(deps);
  };
}
