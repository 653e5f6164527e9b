/**
 * How every outgoing dependency is treated when it fails: one row each (ADR 0274).
 *
 * Not here, because what they have is better: PostgreSQL, whose driver knows by SQLSTATE what a repeated statement would do
 * (`driver/fault.ts`); providers of mail, SMS and push, of which each message has one at a time (ADR 0223); receivers of webhooks,
 * each of which fails for itself and is paused in the database (ADR 0230).
 */

export interface DependencyPolicy {
  /** Longest time of one attempt, in milliseconds. */
  readonly timeoutMs: number;
  /**
   * Who ends an attempt that takes too long: the adapter where it can abort the request itself, else the policy, which only stops
   * waiting.
   */
  readonly endedBy: 'adapter' | 'policy';
  /** Attempts of an idempotent call, the first included. Other calls have one. */
  readonly attempts: number;
  /** The pause before the second attempt is random between 0 and this; the bound doubles with each attempt (full jitter). */
  readonly backoffMs: number;
  /** Failures in a row that open the breaker. */
  readonly failures: number;
  /** Time until one call tries a broken dependency. Doubles with each failed trial, up to the longest. */
  readonly pauseMs: number;
  readonly longestPauseMs: number;
  /** What the portal does without it, for operators: `/ready` says it. */
  readonly instead: string;
}

const REDIS_INSTEAD = 'limits are counted in this process, four times as strict; nothing is cached';
const FILES_INSTEAD = 'files cannot be opened or stored; everything else works';

export const POLICIES = {
  /** One time-out for an outage, not one for each request. Counting a use is not idempotent, so nothing is repeated. */
  redis: {
    ...{ timeoutMs: 500, endedBy: 'adapter', attempts: 1, backoffMs: 0 },
    ...{ failures: 1, pauseMs: 1_000, longestPauseMs: 1_000, instead: REDIS_INSTEAD },
  },
  /** As Redis; a cold TLS connection to the next region takes longer. */
  upstash: {
    ...{ timeoutMs: 1_000, endedBy: 'adapter', attempts: 1, backoffMs: 0 },
    ...{ failures: 2, pauseMs: 1_000, longestPauseMs: 2_000, instead: REDIS_INSTEAD },
  },
  s3: {
    ...{ timeoutMs: 30_000, endedBy: 'adapter', attempts: 3, backoffMs: 200 },
    ...{ failures: 5, pauseMs: 2_000, longestPauseMs: 30_000, instead: FILES_INSTEAD },
  },
  r2: {
    ...{ timeoutMs: 30_000, endedBy: 'policy', attempts: 3, backoffMs: 100 },
    ...{ failures: 5, pauseMs: 2_000, longestPauseMs: 30_000, instead: FILES_INSTEAD },
  },
  /** Its bytes are read once, so the job repeats it. The adapter knows silence from a long scan. */
  scanner: {
    ...{ timeoutMs: 120_000, endedBy: 'adapter', attempts: 1, backoffMs: 0 },
    ...{
      failures: 3,
      pauseMs: 10_000,
      longestPauseMs: 120_000,
      instead: 'new files stay in quarantine until it answers',
    },
  },
  images: {
    ...{ timeoutMs: 15_000, endedBy: 'policy', attempts: 2, backoffMs: 200 },
    ...{ failures: 5, pauseMs: 5_000, longestPauseMs: 60_000, instead: 'small pictures are made later' },
  },
  /** A job that is published twice has one deduplication id. */
  qstash: {
    ...{ timeoutMs: 5_000, endedBy: 'adapter', attempts: 2, backoffMs: 100 },
    ...{
      failures: 3,
      pauseMs: 5_000,
      longestPauseMs: 60_000,
      instead: 'jobs wait in the outbox for the sweep of each minute',
    },
  },
  witness: {
    ...{ timeoutMs: 3_000, endedBy: 'adapter', attempts: 2, backoffMs: 200 },
    ...{
      failures: 2,
      pauseMs: 30_000,
      longestPauseMs: 300_000,
      instead: 'verifications say that the witness was not asked',
    },
  },
} as const satisfies Record<string, DependencyPolicy>;

export type DependencyName = keyof typeof POLICIES;
