/** The database as the use cases see it: load in one round trip, commit in one round trip. */
import type { AuditEntry } from './audit-entry.ts';
import type { Bounds } from './bounds.ts';
import type { CommitConflict, Load, Loaded } from './changes.ts';
import type { OutboxId } from './ids.ts';
import type { DataKey } from './ports.ts';
import type { Result } from './result.ts';
import type { Instant } from './time.ts';

/** A job that is committed together with its cause. */
export interface OutboxJob {
  readonly id: OutboxId;
  readonly topic: string;
  readonly payload: Readonly<Record<string, string>>;
  readonly notBefore: Instant;
}

/** A job that is given up, as the attempt that could not do it. */
export interface GivenUpJob {
  readonly id: OutboxId;
  readonly attempts: number;
  readonly error: string;
}

/** The stored answer to a request that may come again (R31). */
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
  /** Of the person whose words the answer holds: it goes with that person. */
  readonly personKey: DataKey;
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
}

/** An answer kept for a repeated request. */
export type StoredAnswer = Pick<IdempotencyRecord, 'fingerprint' | 'status' | 'location' | 'body'>;

/** Everything one command does. */
export interface Batch<C> {
  readonly changes: readonly C[];
  readonly audit: readonly AuditEntry[];
  readonly jobs: readonly OutboxJob[];
  readonly idempotency?: IdempotencyRecord | undefined;
  /** Stale when another attempt has begun since. */
  readonly givenUp?: GivenUpJob | undefined;
  readonly at: Instant;
}

export interface Database<C> {
  /** Reads one state of the database. */
  load<L extends readonly Load<unknown>[]>(...loads: L): Promise<Loaded<L>>;
  /**
   * Reads, and records the reading in the same transaction: one event for each person whose record the load touched,
   * taken from `entries` in order.
   * @param entries as many as persons can be touched; those left over are dropped
   */
  loadRecorded<T>(load: RecordedLoad<T>, entries: readonly AuditEntry[]): Promise<T>;
  /** Applies everything or nothing. */
  commit(batch: Batch<C>): Promise<Result<void, CommitConflict>>;
  /** The same database for the work of one request. */
  within(bounds: Bounds): Database<C>;
}

declare const recorded: unique symbol;

/** A load that knows whose medical records it touches. It can only be run together with its audit events. */
export interface RecordedLoad<T> {
  readonly [recorded]?: T;
}
