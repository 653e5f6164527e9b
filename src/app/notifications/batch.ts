/** Jobs of one topic that are worked on together: one trip to load, one to note what became of them. */
import type { Change, Decision } from '../../../domain/changes.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { EndedJob } from '../../../domain/shared/database.ts';
import type { ClaimedJob, Spending, Spent } from '../../../domain/shared/outbox.ts';
import { Unavailable } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { commit } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { otherCause } from '../job-spans.ts';
import type { Accepted } from './deliver.ts';

/**
 * Outcomes that are noted together. If the process is killed, these are sent twice at most, and those of
 * the requests that are under way. Fewer would cost more than one round trip for ten messages.
 */
const NOTED_TOGETHER = 25;
/** What a slow provider has accepted is noted at least so often. */
const NOTE_EVERY_MS = 1_000;

/** What runs the jobs. */
export interface BatchWorker {
  /** Extends the leases before anything is sent, and counts what may be sent on this day. */
  hold(jobs: readonly ClaimedJob[], spending: Spending): Promise<Spent>;
  /** Keeps the provider's answer until it is noted. */
  keep(job: ClaimedJob, accepted: Accepted): void;
  /** What became of these is in the database. */
  noted(jobs: readonly ClaimedJob[]): void;
  /** After a fault of ours, which may have been met before the outcome was noted. */
  failed(job: ClaimedJob, error: unknown): Promise<void>;
  /** Reports why outcomes are noted one by one. */
  notTogether(error: unknown): void;
  /** Ends the leases of jobs that were not begun. */
  release(jobs: readonly ClaimedJob[]): Promise<void>;
  /** Works on one by itself, as if no others were claimed with it. */
  alone(job: ClaimedJob): Promise<void>;
}

/** What is to be noted of one job. */
export interface Outcome {
  readonly job: ClaimedJob;
  readonly decision: Decision<Change, unknown>;
  readonly retry: EndedJob['retry'];
}

export const NOTHING: Decision<Change, undefined> = decided({ value: undefined, changes: [], audit: [] });

export function done(job: ClaimedJob, decision: Decision<Change, unknown> = NOTHING): Outcome {
  return { job, decision, retry: null };
}

/** @param retryAt `null`: not again */
export function retried(
  job: ClaimedJob,
  decision: Decision<Change, unknown>,
  retryAt: Instant | null,
  error: string,
): Outcome {
  return { job, decision, retry: retryAt === null ? null : { at: retryAt, error } };
}

export function united(decisions: readonly Decision<Change, unknown>[]): Decision<Change, undefined> {
  return decided({
    value: undefined,
    changes: decisions.flatMap(({ changes }) => changes),
    audit: decisions.flatMap(({ audit }) => audit),
    messages: decisions.flatMap(({ messages }) => messages),
    jobs: decisions.flatMap(({ jobs = [] }) => jobs),
  });
}

/**
 * Notes all outcomes in one transaction, in the order of their messages, so that two that meet in one message do not wait for
 * each other. If that fails, one cannot be noted, and each is noted by itself.
 * @throws Unavailable once the database has refused two in a row: what is left is not noted
 */
export async function note(
  deps: Deps,
  context: Context,
  outcomes: readonly Outcome[],
  worker: BatchWorker,
): Promise<void> {
  if (outcomes.length === 0) return;
  const noted = await noteTogether(deps, context, outcomes).catch((error: unknown) => {
    worker.notTogether(error);
    return false;
  });
  if (noted) worker.noted(outcomes.map(({ job }) => job));
  else await noteEach(deps, context, outcomes, worker);
}

async function noteEach(
  deps: Deps,
  context: Context,
  outcomes: readonly Outcome[],
  worker: BatchWorker,
): Promise<void> {
  let wasAway = false;
  for (const outcome of outcomes) {
    try {
      // What was decided on an older state has no effect, and what another attempt has done stays.
      if (!(await noteTogether(deps, context, [outcome])))
        await noteTogether(deps, context, [{ ...outcome, decision: NOTHING }]);
      worker.noted([outcome.job]);
      wasAway = false;
    } catch (error) {
      const isAway = error instanceof Unavailable;
      if (isAway && wasAway) throw error;
      wasAway = isAway;
      await worker.failed(outcome.job, error);
    }
  }
}

async function noteTogether(deps: Deps, context: Context, outcomes: readonly Outcome[]): Promise<boolean> {
  const ordered = outcomes.toSorted((one, other) => (placeOf(one) < placeOf(other) ? -1 : 1));
  const noted = await commit(deps, context, united(ordered.map((outcome) => decisionOf(deps, outcome))), {
    ended: ordered.map(({ job: { id, attempts }, retry }) => ({ id, attempts, retry })),
  });
  return noted.ok;
}

/** The jobs of one outcome belong to the trace of its job, even if outcomes of several are noted together. */
function decisionOf({ tracer }: Deps, { job, decision }: Outcome): Outcome['decision'] {
  const traceParent = tracer.isOn ? otherCause(tracer, job) : undefined;
  if (traceParent === undefined || decision.jobs === undefined) return decision;
  return { ...decision, jobs: decision.jobs.map((draft) => ({ ...draft, traceParent })) };
}

function placeOf({ decision: { changes } }: Outcome): string {
  const [first] = changes;
  return first !== undefined && 'notificationId' in first ? String(first.notificationId) : '';
}

export type Noter = ReturnType<typeof createNoter>;

/**
 * Notes outcomes: whenever there are enough or a second has passed, and the rest at the end. What is sent waits for what is being
 * noted, so that no more than these and the requests under way can be lost.
 */
export function createNoter(deps: Deps, context: Context, worker: BatchWorker, outcomes: Outcome[]) {
  let since = deps.clock.now();
  let noting = Promise.resolve();
  const flush = () => {
    since = deps.clock.now();
    const [now, some] = [since, outcomes.splice(0)];
    const next = () => note(deps, { ...context, now }, some, worker);
    noting = noting.then(next, next);
    return noting;
  };
  return {
    add: (outcome: Outcome) => void outcomes.push(outcome),
    flush,
    /** Before the next one is sent. */
    flushIfDue: () =>
      outcomes.length >= NOTED_TOGETHER || deps.clock.now() - since >= NOTE_EVERY_MS ? flush() : noting,
  };
}
