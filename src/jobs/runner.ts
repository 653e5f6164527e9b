/** Runs due jobs in this process: at once when told, else when the next one is due, and now and then in any case. */
import type { Clock } from '../../domain/shared/ports.ts';
import type { Jobs } from './jobs.ts';

export interface Runner {
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

export function createRunner(jobs: Jobs, clock: Clock): Runner {
  let stopped = false;
  const ending = new AbortController();
  let wanted = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<void> | undefined;
  let lastMinute = Number.NEGATIVE_INFINITY;

  const work = async () => {
    let sleep = LONGEST_SLEEP_MS;
    do {
      wanted = false;
      try {
        await jobs.runDue(ending.signal);
        if (clock.now() - lastMinute >= MINUTE_MS) {
          lastMinute = clock.now();
          await jobs.everyMinute();
        }
        const next = await jobs.nextDue();
        sleep = next === undefined ? LONGEST_SLEEP_MS : Math.min(LONGEST_SLEEP_MS, Math.max(0, next - clock.now()));
      } catch (error) {
        console.error(JSON.stringify({ level: 'error', event: 'sweep_failed', name: (error as Error).name }));
        sleep = AFTER_FAILURE_MS;
      }
    } while (wanted && !stopped);
    running = undefined;
    if (!stopped) timer = setTimeout(start, sleep);
  };

  const start = () => {
    clearTimeout(timer);
    if (running === undefined && !stopped) running = work();
  };

  return {
    wake() {
      wanted = true;
      start();
    },
    async stop() {
      stopped = true;
      ending.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
