/** The outbox port of the workers that process it. */
import type { OutboxJob } from './database.ts';
import type { OutboxId } from './ids.ts';
import type { Instant, LocalDate } from './time.ts';

export interface ClaimedJob extends OutboxJob {
  /** Number of this attempt, from 1. It is a fencing token: late results of an earlier attempt are ignored. */
  readonly attempts: number;
  /** Attempts before this one that ended with a fault of ours. */
  readonly failures: number;
  /** Attempts in a row, with this one, of which no end is recorded: 1, or more if processes were killed while they worked on it. */
  readonly unended: number;
}

/** Why a job was given up that only a later version of the portal knows. */
export const UNKNOWN_TOPIC = 'unknown topic';

/** Which of the due jobs are claimed. */
export interface WantedJobs {
  /** How many at most. */
  readonly limit: number;
  /** Topics whose jobs are left where they are. Default: none. */
  readonly except?: readonly string[];
  /** Topics whose jobs are taken. Default, or `null`: all others. */
  readonly only?: readonly string[] | null;
}

/** For which channel and day of the clinic deliveries are counted. */
export interface Spending {
  readonly channel: string;
  readonly date: LocalDate;
  /** How many may be begun on that day; `null`: any number. */
  readonly cap: number | null;
}

/** Jobs whose lease the worker still held. */
export interface Spent {
  readonly held: ReadonlySet<OutboxId>;
  /** Those that the cap does not allow: they are not counted, and their leases end as before. */
  readonly over: ReadonlySet<OutboxId>;
}

export interface Outbox {
  /**
   * Takes due jobs under a lease, the most urgent ones first: no other worker gets them until the lease ends. Of a topic with a rate
   * no more are taken than it allows; the others stay due.
   * @param lots claimed one after another in one round trip
   * @returns the jobs of each lot
   */
  claimDue(
    now: Instant,
    leaseSeconds: number,
    ...lots: readonly WantedJobs[]
  ): Promise<readonly (readonly ClaimedJob[])[]>;
  /**
   * Takes one job: `finished` if there is nothing left to do, `busy` if it is leased or waits for its next retry, `postponed` if the rate
   * of its topic does not allow it now: it has a later time, for which it is to be published again.
   * @param along how many other due jobs of the topic are taken with it, in the same round trip. Default: none
   * @returns the job, and those that were taken with it
   */
  claim(
    id: OutboxId,
    topic: string,
    now: Instant,
    leaseSeconds: number,
    along?: number,
  ): Promise<readonly [ClaimedJob, ...ClaimedJob[]] | 'finished' | 'busy' | 'postponed'>;
  /** Takes jobs to publish to the queue: those due by `horizon`, and published ones that are long overdue. */
  claimPublishable(now: Instant, horizon: Instant, leaseSeconds: number, limit: number): Promise<readonly ClaimedJob[]>;
  /** Extends the lease of a job. @returns whether the worker still held the lease */
  hold(job: ClaimedJob, now: Instant, leaseSeconds: number): Promise<boolean>;
  /**
   * Extends the leases of deliveries that are about to be sent, and counts each once for its day, however often it is tried. What is urgent is
   * counted, and always allowed. Processes that count at once do not exceed the cap.
   */
  spend(jobs: readonly ClaimedJob[], spending: Spending, now: Instant, leaseSeconds: number): Promise<Spent>;
  /** Leaves jobs that were claimed and not worked on to any worker, from `at` on. The claim does not count as an attempt without an end. */
  release(jobs: readonly ClaimedJob[], at: Instant): Promise<void>;
  published(ids: readonly OutboxId[], now: Instant): Promise<void>;
  finished(job: ClaimedJob, now: Instant): Promise<void>;
  /**
   * @param retryAt when to try again; `null` gives up
   * @param isOurs whether it counts as one of the job's failures
   */
  failed(job: ClaimedJob, error: string, retryAt: Instant | null, isOurs: boolean, now: Instant): Promise<void>;
  /**
   * Takes up again the jobs of these topics that a process of the version before has given up as unknown (R85).
   * @returns how many
   */
  revive(topics: readonly string[], now: Instant): Promise<number>;
  /** When the next pending job is due, and the rate of its topic allows it. */
  nextDue(): Promise<Instant | undefined>;
}
