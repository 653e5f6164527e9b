/** Runs due jobs in this process: at once when told, else when the next one is due, and now and then in any case. */
import type { Clock } from '../../domain/shared/ports.ts';
import type { Log } from '../app/log.ts';
import type { Jobs } from './jobs.ts';

export interface Runner {
  /** From now on jobs are run; until then nothing is, whatever is committed. */
  start(): void;
  /** Something was committed. */
  wake(): void;
  /** Finishes the jobs under way. */
  stop(): Promise<void>;
}

/** Other processes may have committed jobs, and leases of the dead run out. */
const LONGEST_SLEEP_MS = 15_000;
/** How often what is done each minute comes round. */
const MINUTE_MS = 60_000;
/** A database that is down is asked again after so long. */
const AFTER_FAILURE_MS = 2_000;

export function createRunner(jobs: Jobs, clock: Clock, log: Log): Runner {
  const onFailure = (error: unknown) => log.failure('sweep_failed', error);
  const ending = new AbortController();
  const due = createLoop(async () => {
    await jobs.runDue(ending.signal);
    const next = await jobs.nextDue();
    return next === undefined ? LONGEST_SLEEP_MS : Math.min(LONGEST_SLEEP_MS, Math.max(0, next - clock.now()));
  }, onFailure);
  // A loop of its own: mails to a provider that hangs must not keep the log from being sealed.
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

/** Does some work again and again, each time as long after the last as that said, or at once when woken. */
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
