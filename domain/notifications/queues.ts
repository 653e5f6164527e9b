/** What administrators see of the queues: one for each topic of jobs, whatever runs them. */
import type { Instant } from '../shared/time.ts';
import type { SendingChannel } from './categories.ts';

/** Nobody counts further. */
export const DEEPEST = 10_000;
/** Over which time ended jobs are counted. */
export const WINDOW_SECONDS = 300;
/** Of so many ended jobs, the newest. The window is shorter if more have ended in it. */
export const ENDED_AT_MOST = 20_000;

/** The jobs of one topic. */
export interface QueueState {
  readonly topic: string;
  /** Due and not done, those included that are being worked on; up to {@link DEEPEST}. */
  readonly due: number;
  /** Not due yet; up to {@link DEEPEST}. */
  readonly scheduled: number;
  /** Since when the oldest of those that are due is due. */
  readonly oldestDueAt: Instant | null;
  /** When the next of those is due that are not due yet. */
  readonly nextDueAt: Instant | null;
  /** Open, and the last attempt has failed; up to {@link DEEPEST}. */
  readonly retrying: number;
  /** Ended in the window. */
  readonly done: number;
  readonly givenUp: number;
}

/** How fast the jobs of a topic may be begun. */
export interface RateState {
  readonly topic: string;
  readonly perMinute: number;
  /** In this minute. */
  readonly begun: number;
  /** Due, and waiting until the rate allows them; up to {@link DEEPEST}. */
  readonly held: number;
}

/** What has left by a channel on this day of the clinic. */
export interface DailyUse {
  readonly channel: SendingChannel;
  readonly used: number;
  /** `null`: any number may leave. */
  readonly cap: number | null;
}

export interface Queues {
  /** Those that have open jobs or jobs that ended in the window, by name. */
  readonly topics: readonly QueueState[];
  /** Of the topics whose rate is limited, by name. */
  readonly rates: readonly RateState[];
  readonly today: readonly DailyUse[];
  /** Over how long `done` and `givenUp` are counted. */
  readonly windowSeconds: number;
}

/** Jobs a minute, with one decimal. */
export function donePerMinute({ done }: Pick<QueueState, 'done'>, { windowSeconds }: Pick<Queues, 'windowSeconds'>) {
  return Math.round((done * 600) / Math.max(1, windowSeconds)) / 10;
}

/** Whole seconds; `null` if nothing is due. */
export function oldestAgeSeconds({ oldestDueAt }: Pick<QueueState, 'oldestDueAt'>, now: Instant): number | null {
  return oldestDueAt === null ? null : Math.max(0, Math.floor((now - oldestDueAt) / 1000));
}
