/**
 * Works on due jobs in lanes, side by side: a lane for each channel of messages, one for the routing of messages, one for
 * webhooks, one for scans, one for thumbnails, and one for all other topics. A provider or a receiver that hangs holds up its own lane alone.
 */
import { SCAN_FILE } from '../../domain/files/scan.ts';
import { MAKE_THUMBNAILS } from '../../domain/files/thumbnail.ts';
import { SENDING_CHANNELS } from '../../domain/notifications/categories.ts';
import { DELIVER_NOTIFICATION, deliveryTopic } from '../../domain/notifications/routing.ts';
import type { ClaimedJob, WantedJobs } from '../../domain/shared/outbox.ts';
import { DELIVER_WEBHOOK } from '../../domain/webhooks/delivery.ts';

/** Throws if the outcome of the job cannot be recorded. */
export type Run = (job: ClaimedJob) => Promise<'done' | 'retry'>;

interface Sweeping {
  /** Takes due jobs to be worked on together, and others, the most urgent first, in one round trip. */
  claim(many: WantedJobs, few: WantedJobs): Promise<readonly (readonly ClaimedJob[])[]>;
  readonly run: Run;
  onFailure(job: ClaimedJob, error: unknown): void;
  readonly batches: Batches;
}

/** Jobs that are worked on together. */
interface Batches {
  readonly topics: readonly string[];
  /** How many are claimed at once. */
  readonly size: number;
  /** Works on jobs of one topic. */
  run(jobs: readonly ClaimedJob[], signal?: AbortSignal): Promise<void>;
}

/** How many jobs are claimed at once: few enough that the lease of the last one of a lane still holds when it starts. */
const LOT = 5;

/** How soon jobs that have become due are seen while another lane is at work. */
const LOOK_AGAIN_MS = 1_000;

/** Topics that have a lane of their own. */
const LANES: readonly string[] = [
  DELIVER_NOTIFICATION,
  ...SENDING_CHANNELS.map(deliveryTopic),
  DELIVER_WEBHOOK,
  SCAN_FILE,
  MAKE_THUMBNAILS,
];
const OTHERS = 'others';

function laneOf({ topic }: ClaimedJob): string {
  return LANES.includes(topic) ? topic : OTHERS;
}

/** Runs due jobs until none is left, or until the signal. @returns how many it has claimed */
export function createSweep(sweeping: Sweeping): (signal?: AbortSignal) => Promise<number> {
  return async (signal) => {
    const { topics, size } = sweeping.batches;
    const lanes = createLanes(sweeping, signal);
    let count = 0;
    do {
      // A lane that ends while jobs are claimed may have left new ones.
      const wasBusy = lanes.isBusy();
      const busy = lanes.busyTopics();
      const [many = [], few = []] = await sweeping.claim(
        { limit: size, only: topics.filter((topic) => !busy.includes(topic)) },
        { limit: LOT, except: [...busy, ...topics] },
      );
      lanes.add([...many, ...few]);
      count += many.length + few.length;
      if (many.length + few.length === 0 && !wasBusy) break;
      if (few.length < LOT && many.length < size) await lanes.change();
    } while (signal?.aborted !== true);
    await lanes.end();
    return count;
  };
}

function createLanes({ run, onFailure, batches }: Sweeping, signal: AbortSignal | undefined) {
  const busy = new Map<string, Promise<void>>();
  /** Topics of the lane for all others, which are known when they are met. */
  const others = new Set<string>();
  const work = async (jobs: readonly ClaimedJob[], before: Promise<void> | undefined) => {
    await before;
    const [first] = jobs;
    if (first !== undefined && batches.topics.includes(first.topic))
      return batches.run(jobs, signal).catch((error: unknown) => onFailure(first, error));
    for (const job of jobs) {
      try {
        await run(job);
      } catch (error) {
        onFailure(job, error);
      }
    }
  };
  return {
    isBusy: () => busy.size > 0,
    busyTopics: () => [...busy.keys()].flatMap((lane) => (lane === OTHERS ? [...others] : [lane])),
    add(jobs: readonly ClaimedJob[]) {
      for (const job of jobs) if (laneOf(job) === OTHERS) others.add(job.topic);
      for (const [lane, some] of Map.groupBy(jobs, laneOf)) {
        const working = work(some, busy.get(lane)).then(() => {
          if (busy.get(lane) === working) busy.delete(lane);
        });
        busy.set(lane, working);
      }
    },
    /** Until a lane is free, or jobs may have become due for one that is. */
    async change() {
      if (busy.size === 0) return;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const pause = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, LOOK_AGAIN_MS);
      });
      await Promise.race([...busy.values(), pause]);
      clearTimeout(timer);
    },
    end: async () => void (await Promise.all(busy.values())),
  };
}
