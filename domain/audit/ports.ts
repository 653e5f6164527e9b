/** The ports of the audit context. */

import type { AuditContent } from '../shared/audit-entry.ts';
import type { Load } from '../shared/changes.ts';
import type { RecordedLoad } from '../shared/database.ts';
import type { AuditEventId, Id, UserId } from '../shared/ids.ts';
import type { Role } from '../shared/permissions.ts';
import type { DataKey } from '../shared/ports.ts';
import type { Instant } from '../shared/time.ts';
import type { ChainHead, ChainLink } from './chain.ts';
import type { TreeHead } from './checkpoint.ts';
import type { FileHistoryLoads } from './file-history-ports.ts';
import type { HistoryPage, RepresentedPatient } from './own-history.ts';
import type { SealingState } from './sealing.ts';
import type { Tile, TileId } from './tiles.ts';
import type { ChainPage, LeafPage, VerificationState } from './verification.ts';

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

/** An event for display, with the actor's name and origin as far as they can still be decrypted. */
export interface ShownEvent extends StoredEvent {
  readonly leafIndex: number | null;
  readonly actorName: string | null;
  readonly origin: { readonly ip: string | null; readonly userAgent: string | null } | null;
}

/** An event of a person's own history. */
export interface HistoryEvent extends ShownEvent {
  /** Whose record it is, if the person acted for somebody else. */
  readonly patient: RepresentedPatient | null;
}

export interface StoredCheckpoint extends TreeHead {
  /** The signed note. */
  readonly note: string;
  readonly createdAt: Instant;
  /** The number of the origin that signed it: 1 for the first. */
  readonly generation: number;
}

/** A published checkpoint with its number under its origin. */
export interface NumberedCheckpoint extends StoredCheckpoint {
  /** 1, 2, 3 … under each origin. */
  readonly number: number;
}

/**
 * Why sealing has stopped: file storage or the witness holds a checkpoint that the log contradicts, or the database was restored
 * from a backup, after which checkpoints may have been published that only others know.
 */
export type StopSource = 'file_storage' | 'witness' | 'restore';

export interface PublicationState extends TreeHead {
  /** Null before the first seal. */
  readonly origin: string | null;
  readonly generation: number;
  /** Not null while nothing may be sealed. The note is the contradicting one; after a restore, the newest that was restored. */
  readonly stopped: { readonly since: Instant; readonly source: StopSource; readonly note: string } | null;
  /** The newest one published under this origin. */
  readonly last: NumberedCheckpoint | null;
  /** Signed and not published yet, in the order of their sizes. */
  readonly waiting: readonly StoredCheckpoint[];
}

/** A third party that keeps the newest checkpoint it has seen. */
export interface CheckpointWitness {
  /**
   * The signed note, not verified; undefined if it has none yet.
   * @throws Unavailable when it cannot be asked
   */
  latest(): Promise<string | undefined>;
}

/** The state of the audit log. */
export interface LogStatus {
  readonly publication: PublicationState;
  /** Events that are not sealed yet. */
  readonly waitingEvents: number;
  /** Each origin after the first. */
  readonly origins: readonly {
    readonly origin: string;
    readonly formerOrigin: string;
    readonly formerCheckpoint: string;
    readonly beganAtSize: number;
    readonly beganAt: Instant;
  }[];
}

export type VerificationId = Id<'audit_verification'>;

/** A verification of the log as a job. */
export interface Verification {
  readonly id: VerificationId;
  /** Whether the daily schedule started it, not a request. */
  readonly isScheduled: boolean;
  readonly status: 'running' | 'sound' | 'unsound';
  readonly state: VerificationState;
  readonly version: number;
  readonly requestedAt: Instant;
  readonly updatedAt: Instant;
  readonly finishedAt: Instant | null;
}

/** The position of a walk through the log: the last leaf and the last place in the queue that were read. */
export interface LogPosition {
  readonly leafIndex: number;
  readonly place: number;
}

/** The state of the log when a walk begins. Events that are appended later belong to the next walk. */
export interface LogState extends TreeHead {
  /** Null before the first seal. */
  readonly origin: string | null;
  readonly edge: readonly Tile[];
  /** The newest signed note that was published. Null before the first one. */
  readonly checkpoint: string | null;
  /** Of all checkpoints in the database; 0 where there is none. */
  readonly newestSize: number;
  /** The stored head of each stream's chain. */
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

/** The conditions of a search; null for any value. */
export interface EventFilter {
  /** The person whose record is concerned, or `system`. */
  readonly subject: string | null;
  /** Who acted. */
  readonly actor: string | null;
  readonly type: string | null;
  readonly category: string | null;
  readonly severity: string | null;
  readonly outcome: string | null;
  readonly requestId: string | null;
  readonly resourceType: string | null;
  readonly resourceId: string | null;
  /** The client's address as rate limits group it: IPv4, or the /64 of IPv6. */
  readonly address: string | null;
  /** Inclusive. */
  readonly from: Instant | null;
  /** Exclusive. */
  readonly to: Instant | null;
}

/** After which event a page begins; newest first. */
export interface EventPlace {
  readonly at: Instant;
  readonly id: string;
}

/** Whose records somebody touched between two times, `from` inclusive and `to` exclusive. */
export interface AffectedQuestion {
  readonly actorId: UserId;
  readonly from: Instant;
  readonly to: Instant;
}

export interface AffectedPage {
  /** The last person of the page before. */
  readonly after: string | null;
  readonly limit: number;
}

/** A person whose record was touched. */
export interface AffectedPerson {
  readonly userId: UserId;
  /** Null when the account is closed. */
  readonly name: string | null;
  readonly role: Role | null;
  /** Events that were not refused, those in which health data was seen or written, those in which data left as a file. */
  readonly events: number;
  readonly phiEvents: number;
  readonly exports: number;
  readonly eventTypes: readonly string[];
  readonly firstAt: Instant;
  readonly lastAt: Instant;
}

export interface Affected {
  /** By id; one more than the limit when there is a next page. */
  readonly persons: readonly AffectedPerson[];
  readonly personCount: number;
  readonly eventCount: number;
  /** Events in the portal's own stream, such as lists of accounts and searches, which name no single person. */
  readonly unattributed: number;
}

export interface ProofState extends TreeHead {
  readonly event: StoredEvent & { readonly leafIndex: number | null };
  readonly checkpoint: StoredCheckpoint | null;
  /** The tiles that hold every node of the proof. */
  readonly tiles: readonly Tile[];
}

export interface AuditLoads extends FileHistoryLoads {
  sealingState(limit: number): Load<SealingState>;
  /** @param limit of the checkpoints that wait */
  publicationState(limit: number): Load<PublicationState>;
  status(): Load<LogStatus>;
  /** Why sealing is stopped; null while it runs. */
  sealingStoppedBy(): Load<StopSource | null>;
  /** The newest published one. */
  latestCheckpoint(): Load<StoredCheckpoint | undefined>;
  checkpointOf(size: number): Load<StoredCheckpoint | undefined>;
  /** In the order of generation and number, after one. */
  numberedCheckpoints(
    after: { readonly generation: number; readonly number: number } | null,
    limit: number,
  ): Load<NumberedCheckpoint[]>;
  /** Every origin that the log has had, the current one first. */
  origins(): Load<{ readonly generation: number; readonly origin: string }[]>;
  /** In the order of their sizes, after one. */
  checkpoints(afterSize: number, limit: number): Load<StoredCheckpoint[]>;
  tile(id: TileId): Load<Tile | undefined>;
  /** The size of the log, and those of the tiles that exist. */
  tiles(ids: readonly TileId[]): Load<{ readonly size: number; readonly tiles: readonly Tile[] }>;
  verification(id: VerificationId): Load<Verification | undefined>;
  /** Newest first. */
  verifications(after: EventPlace | null, limit: number): Load<Verification[]>;
  /** Leaves, and events with those that wait. */
  logExtent(): Load<{ readonly size: number; readonly events: number }>;
  /** The next events in the order of streams and sequences, with where their chains end. */
  chainPage(after: { readonly stream: string; readonly sequence: number } | null, limit: number): Load<ChainPage>;
  /**
   * Leaves from `next` up to `end` at most, with the tiles and checkpoints over them.
   * @param checkpoints how many at most: the page ends where its last checkpoint does
   */
  leafPage(
    next: number,
    end: number,
    checkpoints: number,
  ): Load<
    Pick<LeafPage, 'leaves' | 'tiles'> & {
      readonly checkpoints: readonly StoredCheckpoint[];
      /** The leaf that the page ends before. */
      readonly until: number;
    }
  >;
  /** The administrators who get a mail when a verification finds a fault. */
  administrators(): Load<{ readonly userId: UserId; readonly dataKey: DataKey }[]>;
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
    page: { readonly after: EventPlace | null; readonly limit: number },
  ): RecordedLoad<ShownEvent[]>;
  /** The following pages of a search whose first page was recorded. */
  searchMore(filter: EventFilter, after: EventPlace | null, limit: number): Load<ShownEvent[]>;
  /** Reads nothing. Recorded for the caller, and for each person whom one of the ids identifies or belongs to. */
  denial(asker: UserId, ids: readonly string[]): RecordedLoad<void>;
  /** Recorded for the person the event concerns. */
  eventRead(id: AuditEventId): RecordedLoad<ShownEvent | undefined>;
  /**
   * One person's own stream, with those of records that were merged into the person's, and what the person did as a proxy in those of
   * others; newest first.
   */
  ownHistory(userId: UserId, page: HistoryPage): RecordedLoad<HistoryEvent[]>;
  /** The pages of a history after the first, whose load recorded the reading. */
  moreOwnHistory(userId: UserId, page: HistoryPage): Load<HistoryEvent[]>;
  /** Recorded in the portal's stream. */
  affectedRead(question: AffectedQuestion, page: AffectedPage): RecordedLoad<Affected>;
  /** The pages after the first. */
  moreAffected(question: AffectedQuestion, page: AffectedPage): Load<Affected>;
  /** Recorded for the person the event concerns. @param stream only events of this one; null for any */
  proofRead(id: AuditEventId, stream: string | null): RecordedLoad<ProofState | undefined>;
}
