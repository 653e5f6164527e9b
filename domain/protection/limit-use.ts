/** How much the rate limits were used lately, for administrators. */
import type { Instant } from '../shared/time.ts';

/** Uses are added up in slots of this length. */
export const SLOT_MS = 600_000;
/** How long they are kept. */
export const USE_KEPT_MS = 86_400_000;

/** What one process has counted since it told last. */
export interface LimitUse {
  /** The name of the limit. */
  readonly limit: string;
  readonly counted: number;
  readonly refused: number;
  /** Keyed hashes of the subjects that were refused, a bounded number of them. */
  readonly subjects: readonly Uint8Array[];
}

export interface LimitUseChange {
  readonly type: 'limits.used';
  readonly uses: readonly LimitUse[];
  readonly at: Instant;
}

/** Of one limit in the last hour. */
export interface RecentUse {
  readonly limit: string;
  readonly counted: number;
  readonly refused: number;
  /** How many subjects were refused in the last hour. */
  readonly subjects: number;
}
