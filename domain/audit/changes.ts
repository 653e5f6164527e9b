/** What the sealer changes. */
import type { Instant } from '../shared/time.ts';
import type { StopSource, Verification, VerificationId } from './ports.ts';
import type { Tile } from './tiles.ts';
import type { VerificationState } from './verification.ts';

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
  /** Guarded: it is the next number under its origin. File storage already holds the checkpoint under this number. */
  | { readonly type: 'checkpoint.published'; readonly size: number; readonly number: number; readonly at: Instant }
  /** The log contradicts a published checkpoint. */
  | {
      readonly type: 'audit_log.sealing_stopped';
      readonly source: StopSource;
      /** The signed note of that checkpoint. */
      readonly note: string;
      readonly at: Instant;
    }
  | { readonly type: 'audit_log.sealing_resumed' }
  /** Guarded: none runs. */
  | { readonly type: 'audit_verification.requested'; readonly verification: Verification }
  /** Guarded: it runs, and has this version. */
  | {
      readonly type: 'audit_verification.advanced';
      readonly id: VerificationId;
      readonly version: number;
      readonly state: VerificationState;
      readonly at: Instant;
    }
  | {
      readonly type: 'audit_verification.finished';
      readonly id: VerificationId;
      readonly version: number;
      readonly status: 'sound' | 'unsound';
      readonly state: VerificationState;
      readonly at: Instant;
    }
  /** Guarded: the log has `expectedSize` leaves under its `expectedGeneration`th origin. */
  | {
      readonly type: 'audit_log.origin_began';
      readonly expectedGeneration: number;
      readonly expectedSize: number;
      readonly generation: number;
      readonly origin: string;
      /** The newest signed note known of the former origin. */
      readonly formerCheckpoint: string;
      readonly at: Instant;
    };
