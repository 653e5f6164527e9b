/** Time-outs, retries and circuit breakers of dependencies, by cockatiel. */
import {
  BrokenCircuitError,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  fullJitterGenerator,
  handleType,
  retry,
  CircuitState as State,
  TaskCancelledError,
  TimeoutStrategy,
  timeout,
} from 'cockatiel';
import type { CircuitState, Dependency } from '../../domain/shared/dependency.ts';
import { type Clock, Unavailable } from '../../domain/shared/ports.ts';
import type { Instant } from '../../domain/shared/time.ts';
import type { DependencyPolicy } from './policies.ts';

/** Told as it happens. */
export interface Watching {
  /** A failure opened the breaker, or kept it open. */
  opened(name: string, error: Unavailable): void;
  /** @param milliseconds for which it was not closed */
  closed(name: string, milliseconds: number): void;
  retried(name: string): void;
}

const STATES: Readonly<Record<State, CircuitState>> = {
  [State.Closed]: 'closed',
  [State.Open]: 'open',
  [State.HalfOpen]: 'half_open',
  [State.Isolated]: 'open',
};

/** Added to the longest time of a trial, before another call may try. */
const TRIAL_GRACE_MS = 1_000;

/**
 * cockatiel's breaker, with a clock of ours. Three of its traits do not fit:
 *
 * - it reads `Date.now()`. Whether the pause is over is decided by the length of the pause, which it reads at each call: `Infinity`
 *   until the clock says so.
 * - while one call tries, others wait for its outcome. At the edge a request must not wait for another, so they are refused.
 * - a trial that never ends, because the client of its request has left and the runtime dropped it, would keep it half open
 *   forever. After the longest time of a trial the next call tries instead.
 */
class Circuit {
  readonly #policy: DependencyPolicy;
  readonly #clock: Clock;
  #breaker: ReturnType<typeof circuitBreaker>;
  #reopensAt: Instant = 0;
  #trialEndsAt: Instant = 0;
  openSince: Instant | null = null;
  /** How often it has been opened. */
  openings = 0;

  constructor(policy: DependencyPolicy, clock: Clock) {
    this.#policy = policy;
    this.#clock = clock;
    this.#breaker = this.#newBreaker();
  }

  get state(): CircuitState {
    return STATES[this.#breaker.state];
  }

  /** @throws BrokenCircuitError without calling, if it is not closed and this call is not the trial */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const now = this.#clock.now();
    if (this.#breaker.state === State.HalfOpen) {
      if (now < this.#trialEndsAt) throw new BrokenCircuitError();
      this.#giveUpTrial();
    }
    if (this.#breaker.state === State.Open && now >= this.#reopensAt)
      this.#trialEndsAt = now + this.#policy.timeoutMs + TRIAL_GRACE_MS;
    return this.#breaker.execute(work);
  }

  #giveUpTrial(): void {
    this.#breaker = this.#newBreaker(this.#breaker.toJSON());
    this.#reopensAt = this.#clock.now();
  }

  #newBreaker(initialState?: unknown): ReturnType<typeof circuitBreaker> {
    const breaker = circuitBreaker(handleType(Unavailable), {
      halfOpenAfter: { next: (context) => this.#pause(context.attempt) },
      breaker: new ConsecutiveBreaker(this.#policy.failures),
      ...(initialState === undefined ? {} : { initialState }),
    });
    breaker.onStateChange((state) => {
      // A trial that was given up may still end.
      if (breaker !== this.#breaker) return;
      if (state === State.Closed) this.openSince = null;
      else this.openSince ??= this.#clock.now();
    });
    return breaker;
  }

  /** @param trial how often it has been opened in a row */
  #pause(trial: number): Pause {
    const { pauseMs, longestPauseMs } = this.#policy;
    this.openings += 1;
    this.#reopensAt = this.#clock.now() + Math.min(longestPauseMs, pauseMs * 2 ** Math.min(20, trial - 1));
    const isOver = () => this.#clock.now() >= this.#reopensAt;
    return {
      get duration() {
        return isOver() ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
      },
      next: (context) => this.#pause(context.attempt),
    };
  }
}

interface Pause {
  readonly duration: number;
  next(context: { readonly attempt: number }): Pause;
}

/**
 * Holds no connection and no timer between calls, so that one serves a whole process or isolate, even if the clients behind it are
 * created for each request.
 *
 * @param service how its faults name it. Default: its name
 */
export function guardDependency(
  name: string,
  policy: DependencyPolicy,
  {
    clock,
    watching,
    service = name,
  }: { readonly clock: Clock; readonly watching: Watching; readonly service?: string },
): Dependency {
  const circuit = new Circuit(policy, clock);
  const limit = policy.endedBy === 'policy' ? timeout(policy.timeoutMs, TimeoutStrategy.Aggressive) : undefined;
  let lastReason: string | null = null;
  /** Calls that were under way when it was opened fail as well. */
  let told = 0;

  const inTime = async <T>(work: () => Promise<T>): Promise<T> => {
    if (limit === undefined) return work();
    try {
      return await limit.execute(work);
    } catch (error) {
      if (!(error instanceof TaskCancelledError)) throw error;
      throw new Unavailable(service, { reason: 'too_slow', cause: new Error(error.message) });
    }
  };
  const attempt = async <T>(work: () => Promise<T>): Promise<T> => {
    const since = circuit.openSince;
    try {
      const result = await circuit.run(() => inTime(work));
      if (since !== null && circuit.openSince === null) watching.closed(name, clock.now() - since);
      return result;
    } catch (error) {
      if (error instanceof Unavailable && circuit.openings !== told) {
        told = circuit.openings;
        lastReason = error.reason;
        watching.opened(name, error);
      }
      throw error;
    }
  };
  const translated = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof BrokenCircuitError) throw new Unavailable(service, { reason: 'paused' });
      throw error;
    }
  };
  const again = retry(handleType(Unavailable), {
    maxAttempts: policy.attempts - 1,
    backoff: new ExponentialBackoff({
      generator: fullJitterGenerator,
      initialDelay: policy.backoffMs,
      maxDelay: policy.backoffMs * 2 ** policy.attempts,
    }),
  });
  again.onRetry(() => watching.retried(name));
  return {
    name,
    once: (work) => translated(() => attempt(work)),
    idempotent: (work) =>
      translated(() => (policy.attempts === 1 ? attempt(work) : again.execute(() => attempt(work)))),
    health: () => ({
      state: circuit.state,
      openSince: circuit.openSince,
      reason: circuit.openSince === null ? null : lastReason,
    }),
  };
}
