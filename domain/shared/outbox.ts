/** The outbox as those see it who work it off. */
import type { OutboxJob } from './database.ts';
import type { OutboxId } from './ids.ts';
import type { Instant } from './time.ts';

export interface ClaimedJob extends OutboxJob {
  /** Which attempt this is, from 1. It fences: what an earlier attempt reports late counts for nothing. */
  readonly attempts: number;
}

export interface Outbox {
  /** Takes due jobs under a lease: nobody else gets them until it ends. */
  claimDue(now: Instant, leaseSeconds: number, limit: number): Promise<readonly ClaimedJob[]>;
  /** Takes one job: `finished` when there is nothing left to do, `busy` when somebody is at it or it rests. */
  claim(id: OutboxId, topic: string, now: Instant, leaseSeconds: number): Promise<ClaimedJob | 'finished' | 'busy'>;
  /** Takes jobs to hand to the queue: those due by `horizon`, and published ones that should long be done. */
  claimPublishable(now: Instant, horizon: Instant, leaseSeconds: number, limit: number): Promise<readonly ClaimedJob[]>;
  /**
   * Keeps a job for longer.
   * @returns whether it was still one's own
   */
  hold(job: ClaimedJob, now: Instant, leaseSeconds: number): Promise<boolean>;
  published(ids: readonly OutboxId[], now: Instant): Promise<void>;
  finished(job: ClaimedJob, now: Instant): Promise<void>;
  /** @param retryAt when to try again; `null` gives up */
  failed(job: ClaimedJob, error: string, retryAt: Instant | null, now: Instant): Promise<void>;
  /** When the next pending job is due. */
  nextDue(): Promise<Instant | undefined>;
}
