/** Publishes jobs that are due soon. Apart from what runs them, because every change on a Worker publishes. */
import type { ClaimedJob, Outbox } from '../../domain/shared/outbox.ts';
import type { JobQueue, QueuedJob } from '../../domain/shared/ports.ts';
import type { Deps } from '../app/context.ts';
import { causeOf } from '../app/job-spans.ts';

/** How far ahead jobs are published to the queue. Later ones stay in the database, where they can still be changed. */
const PUBLISH_AHEAD_SECONDS = 2 * 3600;
/** A process that takes longer leaves its jobs to the next that publishes. */
const LEASE_SECONDS = 60;
const BATCH = 50;

function queued(job: ClaimedJob): QueuedJob {
  const { id, topic, notBefore, priority } = job;
  return { id, topic, notBefore, priority, traceParent: causeOf(job) };
}

/** @returns how many jobs were published */
export async function publishSoonDue(deps: Pick<Deps, 'clock'>, outbox: Outbox, queue: JobQueue): Promise<number> {
  const now = deps.clock.now();
  const horizon = now + Math.min(queue.horizonSeconds, PUBLISH_AHEAD_SECONDS) * 1000;
  let count = 0;
  for (;;) {
    const jobs = await outbox.claimPublishable(now, horizon, LEASE_SECONDS, BATCH);
    if (jobs.length === 0) return count;
    await queue.publish(jobs.map(queued));
    await outbox.published(
      jobs.map(({ id }) => id),
      deps.clock.now(),
    );
    count += jobs.length;
    if (jobs.length < BATCH) return count;
  }
}
