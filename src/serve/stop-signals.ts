/** The signals that stop the process, as the platform delivers them. */
type Subscribe = (signal: 'SIGINT' | 'SIGTERM', listener: () => void) => void;

/**
 * Signals within this time count as one. A terminal signals the whole process group, and `npm`, `deno task` and
 * `tools/start.ts` each pass their own signal on, so that one Ctrl-C arrives several times.
 */
const ONE_REQUEST_MS = 1_000;

export interface StopSignals {
  readonly subscribe: Subscribe;
  /** Monotonic time in milliseconds. */
  readonly now: () => number;
  readonly stop: () => Promise<void>;
  readonly exit: (code: number) => void;
}

/** Stops the process on the first SIGINT or SIGTERM, after the work is done. A later signal ends it immediately. */
export function stopOnSignal({ subscribe, now, stop, exit }: StopSignals): void {
  let firstAt: number | undefined;
  const onSignal = async () => {
    if (firstAt !== undefined) {
      if (now() - firstAt > ONE_REQUEST_MS) exit(1);
      return;
    }
    firstAt = now();
    await stop();
    exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) subscribe(signal, () => void onSignal());
}
