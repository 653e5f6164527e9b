/** What the database knows of the state of the portal, for metrics and for the overview. */
import type { Load } from '../shared/changes.ts';
import type { Instant } from '../shared/time.ts';

/** Nobody counts further. */
export const COUNTED_AT_MOST = 10_000;
/** People who signed in or renewed their session in this time are active: an access token lives as long. */
export const ACTIVE_MINUTES = 15;
/** Sessions that ended in this time tell how long sessions are. */
export const ENDED_SESSIONS_MINUTES = 60;

export interface Gauges {
  readonly audit: {
    /** Events that are not sealed yet; up to {@link COUNTED_AT_MOST}. */
    readonly unsealed: number;
    /** When the oldest of these was recorded. */
    readonly oldestUnsealedAt: Instant | null;
    readonly isSealingStopped: boolean;
    /** The newest verification that has ended. */
    readonly verification: { readonly isSound: boolean; readonly finishedAt: Instant } | null;
  };
  /** See {@link ACTIVE_MINUTES}. Of at most 20,000 events. */
  readonly activePeople: number;
  /** Of sessions that ended in {@link ENDED_SESSIONS_MINUTES}, from the sign-in to the last activity, in seconds. `null`: none ended. */
  readonly sessionSeconds: { readonly median: number; readonly p95: number } | null;
}

/** How often each type of event was recorded. */
export interface EventCount {
  readonly type: string;
  /** In the last hour, and in the last day; each up to {@link COUNTED_AT_MOST}. */
  readonly lastHour: number;
  readonly lastDay: number;
}

export interface PlatformLoads {
  gauges(now: Instant): Load<Gauges>;
  /** @param types of events of the audit log */
  eventCounts(types: readonly string[], now: Instant): Load<readonly EventCount[]>;
}
