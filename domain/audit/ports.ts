/** What audit needs of the outside world. */
import type { AuditContent } from '../shared/audit-entry.ts';
import type { Load } from '../shared/changes.ts';
import type { RecordedLoad } from '../shared/database.ts';
import type { AuditEventId, UserId } from '../shared/ids.ts';
import type { Instant } from '../shared/time.ts';
import type { ChainHead, ChainLink } from './chain.ts';
import type { TreeHead } from './checkpoint.ts';
import type { SealingState } from './sealing.ts';
import type { Tile, TileId } from './tiles.ts';

/** Signs checkpoints with one Ed25519 key. The text is signed as it is, without hashing it first (RFC 8032). */
export interface CheckpointSigner {
  /** The key name of the signature line: the log's origin, a URL without scheme (C2SP signed-note). */
  readonly name: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** @returns 64 bytes; the same for the same text */
  sign(text: Uint8Array): Uint8Array;
}

/** An event as it is stored. */
export interface StoredEvent extends ChainLink {
  readonly stream: string;
  readonly content: AuditContent;
}

/** An event as people look at it: with who acted, and from where, as long as that can be read. */
export interface ShownEvent extends StoredEvent {
  readonly leafIndex: number | null;
  readonly actorName: string | null;
  readonly origin: { readonly ip: string | null; readonly userAgent: string | null } | null;
}

export interface StoredCheckpoint extends TreeHead {
  /** The signed note. */
  readonly note: string;
  readonly createdAt: Instant;
}

/** Where a walk through the log stands: after a leaf, and after a place in the queue. */
export interface LogPosition {
  readonly leafIndex: number;
  readonly place: number;
}

/** The log when a walk begins: what is appended later belongs to the next walk. */
export interface LogState extends TreeHead {
  /** Null before the first seal. */
  readonly origin: string | null;
  readonly edge: readonly Tile[];
  /** The signed note of this size. Null before the first seal, and where the row was removed. */
  readonly checkpoint: string | null;
  /** Where each stream's chain claims to stand. */
  readonly heads: ReadonlyMap<string, ChainHead>;
}

export interface LogPage {
  /** In the order of the log. */
  readonly sealed: readonly (StoredEvent & { readonly leafIndex: number })[];
  /** In the order in which they will be sealed. */
  readonly unsealed: readonly (StoredEvent & { readonly place: number })[];
  /** The hashes that the log's tiles hold for the sealed ones. */
  readonly tiles: readonly Tile[];
}

export interface EventFilter {
  readonly stream: string | null;
  readonly type: string | null;
  readonly category: string | null;
  readonly severity: string | null;
  /** Inclusive. */
  readonly from: Instant | null;
  /** Exclusive. */
  readonly to: Instant | null;
}

export interface ProofState extends TreeHead {
  readonly event: StoredEvent & { readonly leafIndex: number | null };
  readonly checkpoint: StoredCheckpoint | null;
  /** The tiles that hold every node of the proof. */
  readonly tiles: readonly Tile[];
}

export interface AuditLoads {
  sealingState(limit: number): Load<SealingState>;
  unpublishedCheckpoints(limit: number): Load<StoredCheckpoint[]>;
  latestCheckpoint(): Load<StoredCheckpoint | undefined>;
  /** In the order of their sizes, after one. */
  checkpoints(afterSize: number, limit: number): Load<StoredCheckpoint[]>;
  tile(id: TileId): Load<Tile | undefined>;
  /** The size of the log, and those of the tiles that exist. */
  tiles(ids: readonly TileId[]): Load<{ readonly size: number; readonly tiles: readonly Tile[] }>;
  logState(): Load<LogState>;
  /** The same, with the reading recorded in the portal's own stream. */
  logStateRead(): RecordedLoad<LogState>;
  logPage(after: LogPosition, limit: number): Load<LogPage>;
  /** Events that are neither in the log nor queued for it, among the next `limit` in the order of their keys. */
  strays(
    after: { readonly stream: string; readonly sequence: number } | null,
    limit: number,
  ): Load<{
    readonly found: readonly { readonly stream: string; readonly sequence: number; readonly eventId: string }[];
    /** Null at the end. */
    readonly last: { readonly stream: string; readonly sequence: number } | null;
  }>;
  /** Newest first, one more than `limit` when there is a next page; recorded for the person searched for, or in the portal's stream. */
  search(
    filter: EventFilter,
    page: { readonly after: { readonly at: Instant; readonly id: string } | null; readonly limit: number },
  ): RecordedLoad<ShownEvent[]>;
  /** Recorded for the person the event concerns. */
  eventRead(id: AuditEventId): RecordedLoad<ShownEvent | undefined>;
  /** One person's own stream, newest first. */
  ownHistory(
    userId: UserId,
    page: { readonly before: number | null; readonly limit: number },
  ): RecordedLoad<ShownEvent[]>;
  /** Recorded for the person the event concerns. @param stream only events of this one; null for any */
  proofRead(id: AuditEventId, stream: string | null): RecordedLoad<ProofState | undefined>;
}
