/**
 * Jobs that may kill the process that works on them: several attempts in a row have no recorded end. Such a job runs by itself, so that
 * no other one is blamed, and is given up after as many attempts as one that fails.
 */
import type { ClaimedJob, Outbox } from '../../domain/shared/outbox.ts';
import type { Instant } from '../../domain/shared/time.ts';

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
 * Of the suspects that were claimed together only the first one is kept. The others are due again at once.
 * @returns the jobs of each lot
 */
export async function claimFewSuspects(
  outbox: Outbox,
  claimed: readonly (readonly ClaimedJob[])[],
  now: Instant,
): Promise<readonly (readonly ClaimedJob[])[]> {
  const [, ...others] = claimed.flat().filter(isSuspect);
  if (others.length === 0) return claimed;
  await outbox.release(others, now);
  return claimed.map((jobs) => jobs.filter((job) => !others.includes(job)));
}
