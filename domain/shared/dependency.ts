/** A service outside of the portal, and how calls of it are kept from harming when it fails. */
import type { Instant } from './time.ts';

/**
 * - `closed`: calls go through
 * - `open`: calls are refused without trying
 * - `half_open`: one call tries whether the service is back, others are refused
 */
export type CircuitState = 'closed' | 'open' | 'half_open';

/** What a process or isolate knows of a dependency. Nothing is asked to find out. */
export interface DependencyHealth {
  readonly state: CircuitState;
  /** Since when the breaker is not closed; `null` while it is. */
  readonly openSince: Instant | null;
  /** The class of the last fault; `null` while the breaker is closed. */
  readonly reason: string | null;
}

export interface Dependency {
  readonly name: string;
  /**
   * Calls once: for what must not happen twice, and for what can be read once only.
   * @throws Unavailable if the service fails, takes too long, or has failed so often that it is left alone
   */
  once<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Calls, and calls again after a failure, with a random pause in between.
   * @throws Unavailable as `once`
   */
  idempotent<T>(work: () => Promise<T>): Promise<T>;
  health(): DependencyHealth;
}
