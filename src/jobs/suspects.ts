/**
 * Jobs that may kill the process that works on them: several attempts in a row have no recorded end. Such a job runs by itself, so that
 * no other one is blamed, and is given up after as many attempts as one that fails.
 */
import type { OutboxId } from '../../domain/shared/ids.ts';
import type { ClaimedJob, Outbox } from '../../domain/shared/outbox.ts';
import type { Instant } from '../../domain/shared/time.ts';
import type { Run } from './sweep.ts';

/** So often a process may be killed, by a deployment for instance, before its jobs are suspected. */
const KILLED_OFTEN = 3;
/** A job that fails so often by a fault of ours, or kills so many processes in a row, is given up. */
export const MAXIMUM_FAILURES = 20;

export function isSuspect({ unended }: Pick<ClaimedJob, 'unended'>): boolean {
  return unended > KILLED_OFTEN;
}

/** Whether so many processes were killed by it, or beside it, that it is not begun any more. */
export function isPoison({ unended }: Pick<ClaimedJob, 'unended'>): boolean {
  return unended > MAXIMUM_FAILURES;
}

/**
 * Lets a process work on one suspect at a time, in whichever lane: if two were at work when it is killed, both would be blamed.
 * @param run works on one job
 */
export function createSuspects(outbox: Outbox, run: Run) {
  let atWork: OutboxId | undefined;
  return {
    /**
     * Keeps the first suspect, unless one is at work. The others are due again at once.
     * @returns the jobs of each lot
     */
    async few(claimed: readonly (readonly ClaimedJob[])[], now: Instant): Promise<readonly (readonly ClaimedJob[])[]> {
      const [first, ...others] = claimed.flat().filter(isSuspect);
      if (first === undefined) return claimed;
      const left = atWork === undefined ? others : [first, ...others];
      atWork ??= first.id;
      if (left.length === 0) return claimed;
      await outbox.release(left, now);
      return claimed.map((jobs) => jobs.filter((job) => !left.includes(job)));
    },
    run: async (job: ClaimedJob) => {
      try {
        return await run(job);
      } finally {
        if (atWork === job.id) atWork = undefined;
      }
    },
  };
}

/**
 * Which of the jobs that were taken along by another one are worked on beside it: no suspects, and none if it is one itself. The others are
 * due again at once.
 */
export async function besides(
  outbox: Outbox,
  job: ClaimedJob,
  taken: readonly ClaimedJob[],
  now: Instant,
): Promise<readonly ClaimedJob[]> {
  const left = isSuspect(job) ? taken : taken.filter(isSuspect);
  if (left.length > 0) await outbox.release(left, now);
  return taken.filter((each) => !left.includes(each));
}
