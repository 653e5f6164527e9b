/**
 * Limits how much heavy work runs at once and lets the rest wait briefly, so that a flood of logins uses bounded memory
 * and is answered with 503 instead of starving every other route (R3, R60). Each class of work has its own queue and a
 * share of the places that become free, so that a flood of one class delays another by a bounded time (R66).
 */
import { Unavailable } from '../../domain/shared/ports.ts';

export interface GateClass {
  /**
   * While several classes wait, this class gets its weight out of the sum of weights of the places that become free.
   */
  readonly weight: number;
  /** How many of this class may run at once. Default: the concurrency of the gate. */
  readonly concurrency?: number;
}

export interface GateOptions<C extends string> {
  readonly classes: Readonly<Record<C, GateClass>>;
  /** The name of the guarded service in the error. */
  readonly service: string;
  /** How many pieces of work may run at once. */
  readonly concurrency: number;
  /** How many of one class may wait; any further one is refused at once. */
  readonly maxWaiting: number;
  /** How long one waits before it is refused. */
  readonly maxWaitMilliseconds: number;
  /**
   * After this time a running piece of work no longer counts. A Workers request that is cancelled never reaches its
   * `finally`; without a lease its place would be lost until the isolate ends.
   */
  readonly leaseMilliseconds: number;
  readonly retryAfterSeconds: number;
}

export type Gate<C extends string> = <T>(work: () => Promise<T>, as: C) => Promise<T>;

/** State of one class. */
interface Queue {
  readonly weight: number;
  readonly concurrency: number;
  readonly waiting: (() => void)[];
  running: number;
  /**
   * Grows by the inverse of the weight with each place. The class with the smallest value goes next (stride
   * scheduling).
   */
  pass: number;
}

/** The places of a gate, and those who wait for one. */
class Places {
  readonly #taken = new Map<symbol, { readonly queue: Queue; readonly since: number }>();
  readonly #queues: readonly Queue[];
  readonly #options: Omit<GateOptions<string>, 'classes'>;

  constructor(queues: readonly Queue[], options: Omit<GateOptions<string>, 'classes'>) {
    this.#queues = queues;
    this.#options = options;
  }

  /** Takes a free place at once, or waits in the queue. */
  enter(queue: Queue): symbol | Promise<symbol> {
    return queue.waiting.length === 0 && this.#hasPlace(queue) ? this.#take(queue) : this.#wait(queue);
  }

  leave(place: symbol): void {
    if (this.#release(place)) this.#admitNext();
  }

  #release(place: symbol): boolean {
    const taken = this.#taken.get(place);
    if (taken === undefined) return false;
    taken.queue.running -= 1;
    return this.#taken.delete(place);
  }

  #hasPlace(queue: Queue): boolean {
    const isFree = () => this.#taken.size < this.#options.concurrency && queue.running < queue.concurrency;
    if (isFree()) return true;
    const oldest = Date.now() - this.#options.leaseMilliseconds;
    for (const [place, { since }] of this.#taken) if (since < oldest) this.#release(place);
    return isFree();
  }

  #take(queue: Queue): symbol {
    const place = Symbol('place');
    this.#taken.set(place, { queue, since: Date.now() });
    queue.running += 1;
    queue.pass += 1 / queue.weight;
    return place;
  }

  #wait(queue: Queue): Promise<symbol> {
    if (queue.waiting.length >= this.#options.maxWaiting) throw this.#full();
    // An idle class must not accumulate credit: it starts level with the classes that were busy meanwhile.
    if (queue.waiting.length === 0) queue.pass = Math.max(queue.pass, this.#leastPass());
    return new Promise((resolve, reject) => {
      const enter = () => {
        clearTimeout(timer);
        resolve(this.#take(queue));
      };
      const timer = setTimeout(() => {
        queue.waiting.splice(queue.waiting.indexOf(enter), 1);
        reject(this.#full());
      }, this.#options.maxWaitMilliseconds);
      queue.waiting.push(enter);
    });
  }

  #full(): Unavailable {
    const { service, retryAfterSeconds } = this.#options;
    return new Unavailable(service, { retryAfterSeconds, reason: 'overloaded' });
  }

  #leastPass(): number {
    const busy = this.#queues.filter(({ waiting }) => waiting.length > 0).map(({ pass }) => pass);
    return busy.length === 0 ? 0 : Math.min(...busy);
  }

  /** Runs synchronously, so that a newcomer cannot overtake those who wait. */
  #admitNext(): void {
    for (;;) {
      const [next] = this.#queues
        .filter((queue) => queue.waiting.length > 0 && this.#hasPlace(queue))
        .toSorted((one, other) => one.pass - other.pass);
      const enter = next?.waiting.shift();
      if (enter === undefined) return;
      enter();
    }
  }
}

/**
 * The gate throws `Unavailable` if too many of the class wait already or the wait takes too long; errors of `work` pass
 * through.
 */
export function createGate<C extends string>(options: GateOptions<C>): Gate<C> {
  const { concurrency } = options;
  const queues = new Map<string, Queue>(
    Object.entries<GateClass>(options.classes).map(([name, { weight, concurrency: own = concurrency }]) => [
      name,
      { weight, concurrency: Math.max(1, Math.min(own, concurrency)), waiting: [], running: 0, pass: 0 },
    ]),
  );
  const places = new Places([...queues.values()], options);
  return async (work, as) => {
    const queue = queues.get(as);
    if (queue === undefined) throw new RangeError(`the gate has no class ${as}`);
    const entered = places.enter(queue);
    // Without a wait the work starts at once, in the same turn of the event loop.
    const place = typeof entered === 'symbol' ? entered : await entered;
    try {
      return await work();
    } finally {
      places.leave(place);
    }
  };
}
