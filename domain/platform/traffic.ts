/** Requests of the last minutes, for the overview. */
import type { Instant } from '../shared/time.ts';

/** Over which times traffic is told, in minutes. */
export const TRAFFIC_MINUTES = [5, 60] as const;

export interface Traffic {
  /** The window, which ends now. */
  readonly minutes: number;
  readonly requests: number;
  /** Answers with 4xx. */
  readonly clientErrors: number;
  /** Answers with 5xx. */
  readonly serverErrors: number;
  /** Estimated from the bounds of a histogram in one process; exact up to sampling at the edge. `null`: no request. */
  readonly latencySeconds: { readonly p50: number; readonly p95: number; readonly p99: number } | null;
}

/**
 * - `process`: only the process that answers, since `since`
 * - `analytics_engine`: all isolates
 * - `null`: not known, and why
 */
export type TrafficReport =
  | { readonly source: 'process'; readonly since: Instant; readonly windows: readonly Traffic[] }
  | { readonly source: 'analytics_engine'; readonly windows: readonly Traffic[] }
  | { readonly source: null; readonly reason: 'not_configured' | 'unreachable' };

/** Reads what all isolates have written. */
export interface TrafficSource {
  /** @throws Unavailable if the store cannot be asked */
  read(minutes: number): Promise<Traffic>;
}
