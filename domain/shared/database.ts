/** The database port of the use cases: load in one round trip, commit in one round trip. */
import type { AuditEntry } from './audit-entry.ts';
import type { Bounds } from './bounds.ts';
import type { CommitConflict, Load, Loaded } from './changes.ts';
import type { OutboxId } from './ids.ts';
import type { DataKey } from './ports.ts';
import type { Result } from './result.ts';
import type { Instant } from './time.ts';
import type { TraceParent } from './tracing.ts';

/** A job that is committed together with its cause. */
export interface OutboxJob {
  readonly id: OutboxId;
  readonly topic: string;
  readonly payload: Readonly<Record<string, string>>;
  readonly notBefore: Instant;
  /** 1 to 10: of due jobs, the most urgent is claimed first. */
  readonly priority: number;
  /** What caused it, if something else than what commits it. */
  readonly traceParent?: TraceParent | null;
}

/** A job that will not be retried, with the attempt that failed last. */
export interface GivenUpJob {
  readonly id: OutboxId;
  readonly attempts: number;
  readonly error: string;
}

/** A job that ends with the batch, unless another attempt has begun since. */
export interface EndedJob {
  readonly id: OutboxId;
  readonly attempts: number;
  /** When to try again, and why; `null`: it is done. */
  readonly retry: { readonly at: Instant; readonly error: string } | null;
}

/** The stored answer to a request that carries an idempotency key (R31). */
export interface IdempotencyRecord {
  /** User and route. */
  readonly scope: string;
  readonly key: string;
  /** SHA-256 of the payload. */
  readonly fingerprint: Uint8Array;
  readonly status: number;
  readonly location: string | null;
  /** JSON text; stored encrypted under {@link personKey}. */
  readonly body: string;
  /** Data key of the person whose data the answer holds. The answer becomes unreadable when that person is erased. */
  readonly personKey: DataKey;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
}

/** A stored answer as it is returned to a repeated request. */
export type StoredAnswer = Pick<IdempotencyRecord, 'fingerprint' | 'status' | 'location' | 'body'>;

/** What a batch says to other systems, if one has asked to hear it: ids and versions only. */
export interface AnnouncedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: object;
}

/** Everything one command does. */
export interface Batch<C> {
  readonly changes: readonly C[];
  readonly audit: readonly AuditEntry[];
  readonly jobs: readonly OutboxJob[];
  /** Default: nothing. */
  readonly announced?: readonly AnnouncedEvent[] | undefined;
  readonly idempotency?: IdempotencyRecord | undefined;
  /** The batch fails as stale if another attempt has begun since. */
  readonly givenUp?: GivenUpJob | undefined;
  /** Makes void all that was cached before, because the cache could not be told of the changes. Default: no. */
  readonly movesCacheEpoch?: boolean | undefined;
  /** Default: none. A job that another attempt has taken over is left as it is. */
  readonly ended?: readonly EndedJob[] | undefined;
  readonly at: Instant;
}

/** What became of a batch that was applied. */
export interface Committed {
  /** How many jobs it added to its own: one for each receiver of what it announced. */
  readonly queued: number;
}

export interface Database<C> {
  /** Reads all loads from one snapshot of the database. */
  load<L extends readonly Load<unknown>[]>(...loads: L): Promise<Loaded<L>>;
  /**
   * Reads, and appends the audit events of the read in the same transaction: one event for each person whose record the
   * load touched, taken from `entries` in order.
   * @param entries as many as the largest number of persons that can be touched; surplus entries are dropped
   * @throws Error if the load touches more persons than there are entries: nothing is read or recorded
   */
  loadRecorded<T>(load: RecordedLoad<T>, entries: readonly AuditEntry[]): Promise<T>;
  /**
   * Applies everything or nothing.
   * @throws CallerOver if the caller's session or API key has ended
   */
  commit(batch: Batch<C>): Promise<Result<Committed, CommitConflict>>;
  /** The same database, with the priority and time limit of one request. */
  within(bounds: Bounds): Database<C>;
  /** The same database for a request whose caller is presumed: its first round trip confirms the caller as well. */
  presuming(presumption: Presumption): PresumingDatabase<C>;
}

/** What an earlier request knew of the caller's session. */
export interface Presumption {
  readonly load: Load<{ readonly fingerprint: string } | undefined>;
  /** Of all that the load returned. */
  readonly fingerprint: string;
}

/** Its first round trip throws {@link CallerOver} unless the load returns what it returned before. */
export interface PresumingDatabase<C> extends Database<C> {
  /** Whether a round trip has confirmed the caller. */
  isConfirmed(): boolean;
  /**
   * Confirms the caller with a round trip of its own, unless one has.
   * @throws CallerOver
   */
  confirm(): Promise<void>;
}

/**
 * The caller's session has ended or changed, or the API key has ended, since it was looked up. Nothing was read, written
 * or recorded.
 */
export class CallerOver extends Error {
  override readonly name = 'CallerOver';
}

declare const recorded: unique symbol;

/** A load that reports whose medical records it touches. It can only be run together with its audit events. */
export interface RecordedLoad<T> {
  readonly [recorded]?: T;
}
