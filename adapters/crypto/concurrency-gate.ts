/**
 * Lets a few pieces of heavy work run at once and makes the rest wait briefly, so that a flood of logins costs bounded
 * memory and answers with 503 instead of starving every other route (R3, R60).
 */
import { Unavailable } from '../../domain/shared/ports.ts';

export interface GateOptions {
  /** What is guarded, as named in the error. */
  readonly service: string;
  /** How many may run at once. */
  readonly concurrency: number;
  /** How many may wait; the next one is refused at once. */
  readonly maxWaiting: number;
  /** How long one waits before it is refused. */
  readonly maxWaitMilliseconds: number;
  /**
   * After this long a running piece no longer counts. A Workers request that is cancelled in the middle never reaches
   * its `finally`; without a term its place would be lost until the isolate dies.
   */
  readonly leaseMilliseconds: number;
  readonly retryAfterSeconds: number;
}

export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * @throws Unavailable from the gate, when too many wait already or the wait took too long; what `work` throws passes
 */
export function createGate(options: GateOptions): Gate {
  const running = new Map<symbol, number>();
  const waiting: (() => void)[] = [];
  const full = () =>
    new Unavailable(options.service, { retryAfterSeconds: options.retryAfterSeconds, reason: 'overloaded' });

  function hasPlace(): boolean {
    if (running.size < options.concurrency) return true;
    const oldest = Date.now() - options.leaseMilliseconds;
    for (const [place, since] of running) if (since < oldest) running.delete(place);
    return running.size < options.concurrency;
  }

  function take(): symbol {
    const place = Symbol('place');
    running.set(place, Date.now());
    return place;
  }

  function waitForPlace(): Promise<symbol> {
    if (waiting.length >= options.maxWaiting) throw full();
    return new Promise((resolve, reject) => {
      const enter = () => {
        clearTimeout(timer);
        resolve(take());
      };
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(enter), 1);
        reject(full());
      }, options.maxWaitMilliseconds);
      waiting.push(enter);
    });
  }

  return async (work) => {
    const place = hasPlace() ? take() : await waitForPlace();
    try {
      return await work();
    } finally {
      // Handed over in the same turn, so that a newcomer cannot overtake those who wait.
      if (running.delete(place)) waiting.shift()?.();
    }
  };
}
