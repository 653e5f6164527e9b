/**
 * Runs due jobs in this process: immediately when woken, otherwise when the next one is due, and periodically in any
 * case.
 */
import type { Clock } from '../../domain/shared/ports.ts';
import type { Log } from '../app/log.ts';
import type { Jobs } from './jobs.ts';

export interface Runner {
  /** Starts running jobs; before that nothing runs, even if jobs are committed. */
  start(): void;
  /** Call it after a commit that may have added jobs. */
  wake(): void;
  /** Finishes the jobs that are running. */
  stop(): Promise<void>;
}

/** Upper bound of the sleep, because other processes may commit jobs, and leases of dead workers expire. */
const LONGEST_SLEEP_MS = 15_000;
/** Interval of the periodic work. */
const MINUTE_MS = 60_000;
/** Pause after a failure, such as a database that is down. */
const AFTER_FAILURE_MS = 2_000;

export function createRunner(jobs: Jobs, clock: Clock, log: Log): Runner {
  const onFailure = (error: unknown) => log.failure('sweep_failed', error);
  const ending = new AbortController();
  const due = createLoop(async () => {
    await jobs.runDue(ending.signal);
    const next = await jobs.nextDue();
    return next === undefined ? LONGEST_SLEEP_MS : Math.min(LONGEST_SLEEP_MS, Math.max(0, next - clock.now()));
  }, onFailure);
  // A separate loop, so that a hanging mail provider does not stop the audit log from being sealed.
  const minutely = createLoop(async () => {
    await jobs.everyMinute();
    return MINUTE_MS;
  }, onFailure);
  let started = false;
  return {
    start() {
      started = true;
      due.wake();
      minutely.wake();
    },
    wake() {
      if (started) due.wake();
    },
    async stop() {
      ending.abort();
      await Promise.all([due.stop(), minutely.stop()]);
    },
  };
}

/**
 * Repeats `work`; each run returns the sleep before the next, in milliseconds. `wake` starts the next run immediately.
 */
function createLoop(work: () => Promise<number>, onFailure: (error: unknown) => void) {
  let stopped = false;
  let wanted = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<void> | undefined;

  const run = async () => {
    let sleep = AFTER_FAILURE_MS;
    do {
      wanted = false;
      try {
        sleep = await work();
      } catch (error) {
        onFailure(error);
        sleep = AFTER_FAILURE_MS;
      }
    } while (wanted && !stopped);
    running = undefined;
    if (!stopped) timer = setTimeout(start, sleep);
  };

  const start = () => {
    clearTimeout(timer);
    if (running === undefined && !stopped) running = run();
  };

  return {
    wake() {
      wanted = true;
      start();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
