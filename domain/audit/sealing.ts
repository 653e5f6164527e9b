/** Sealing: queued events become leaves of the log, and the new tree head is signed. */
import type { Instant } from '../shared/time.ts';
import type { AuditChange } from './changes.ts';
import { signCheckpoint, type TreeHead } from './checkpoint.ts';
import type { CheckpointSigner } from './ports.ts';
import { growLog, type Tile } from './tiles.ts';

/** An event that waits for its place in the log. */
export interface UnsealedEvent {
  readonly place: number;
  /** The hash of its chain link, which is its leaf hash. */
  readonly currentHash: Uint8Array;
}

/** The state of the log that a batch is decided on. */
export interface SealingState extends TreeHead {
  /** Fixed by the first seal; null before it. */
  readonly origin: string | null;
  /** The tiles that are not full. */
  readonly edge: readonly Tile[];
  /** In the order in which they are to be sealed. */
  readonly pending: readonly UnsealedEvent[];
}

/** During a change of keys both the new and the former key sign, so that clients with either key can verify. */
const SIGNING_KEYS = 2;

/**
 * @param publicOrigin the origin of a log that has none yet
 * @returns undefined when no event is queued
 * @throws RangeError when the stored tiles do not fit a log of this size, as after damage
 */
export function sealPending(
  state: SealingState,
  publicOrigin: string,
  signersOf: (origin: string) => readonly CheckpointSigner[],
  at: Instant,
): AuditChange | undefined {
  if (state.pending.length === 0) return undefined;
  const origin = state.origin ?? publicOrigin;
  const leaves = state.pending.map(({ currentHash }) => currentHash);
  const { size, root, tiles } = growLog(state.size, state.edge, leaves);
  return {
    type: 'audit_log.sealed',
    origin,
    expectedSize: state.size,
    places: state.pending.map(({ place }) => place),
    root,
    tiles,
    checkpoint: signCheckpoint({ origin, size, root }, signersOf(origin).slice(0, SIGNING_KEYS)),
    at,
  };
}

/** The origin of the log of a portal: its address without the scheme (C2SP tlog-checkpoint). */
export function originOf(publicUrl: string): string {
  return `${publicUrl.replace(/^[a-z]+:\/\//, '')}/audit/log`;
}
