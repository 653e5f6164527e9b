/** What the sealer changes. */
import type { Instant } from '../shared/time.ts';
import type { Tile } from './tiles.ts';

export type AuditChange =
  /** Guarded: the log has `expectedSize` leaves and nobody has sealed these events. */
  | {
      readonly type: 'audit_log.sealed';
      readonly origin: string;
      readonly expectedSize: number;
      /** Of the events in the queue, in the order in which they become leaves. */
      readonly places: readonly number[];
      readonly root: Uint8Array;
      readonly tiles: readonly Tile[];
      /** The signed note. */
      readonly checkpoint: string;
      readonly at: Instant;
    }
  | { readonly type: 'checkpoint.published'; readonly size: number; readonly at: Instant };
