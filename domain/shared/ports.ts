/**
 * Technical ports that every context may use. Each is narrow, and each adapter passes the port's contract suite in
 * `tests/contract/`. Ports throw only {@link Unavailable} for an outside fault; refusals are values.
 */
import type { Result } from './result.ts';
import type { Damage, SealedPlace } from './sealed-columns.ts';
import type { Instant } from './time.ts';
import type { TraceParent } from './tracing.ts';

/** An outside service did not answer, or answered that it cannot work now. The caller may retry. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
  readonly service: string;
  /** Seconds after which a retry makes sense. */
  readonly retryAfterSeconds: number;
  /** For operators: the class of fault, such as `read_only` or `disk_full`. */
  readonly reason: string;

  constructor(
    service: string,
    options: { readonly cause?: unknown; readonly retryAfterSeconds?: number; readonly reason?: string } = {},
  ) {
    super(`${service} is unavailable`, { cause: options.cause });
    this.service = service;
    this.retryAfterSeconds = options.retryAfterSeconds ?? 2;
    this.reason = options.reason ?? 'unreachable';
  }
}

export interface Clock {
  now(): Instant;
}

export interface Random {
  /** Returns bytes of a cryptographically secure generator. */
  bytes(length: number): Uint8Array;
}

/**
 * One person's AES-256 key, wrapped by a key of the key ring. Destroying the stored row makes everything sealed with it
 * unreadable (R55).
 */
export interface DataKey {
  readonly ownerId: string;
  /** The key of the ring that wraps it. */
  readonly ringKeyId: string;
  readonly wrapped: Uint8Array;
  /**
   * Patients only: the key that seals clinical text and outlives the account (R76). Left out if the person has none.
   */
  readonly clinical?: DataKey;
}

/** Encrypts personal fields per person: AES-256-GCM, a fresh nonce each time, bound to the place and the person (R77). */
export interface FieldCipher {
  /** Makes a new key for a person, wrapped by the ring's current key. */
  newKey(ownerId: string): DataKey;
  /** Wraps the same key with the ring's current key, for rotation. */
  rewrap(key: DataKey): DataKey;
  /** Whether instances of the previous version may be running. Those know neither format 2 nor clinical keys. */
  mixesVersions(): boolean;
  /** Whether the key can be unwrapped, so that it can seal values. */
  isUsable(key: DataKey): boolean;
  /** @throws Unavailable if the data key is damaged */
  seal(key: DataKey, place: SealedPlace, plaintext: string): Uint8Array;
  /**
   * Opens what is stored in a place. Damage is a value, so that it affects this value alone; it is also reported (R78).
   */
  open(key: DataKey, place: SealedPlace, sealed: Uint8Array | null): Result<string | null, Damage>;
  /** As `open`, without a report: for trying which key fits. */
  tryOpen(key: DataKey, place: SealedPlace, sealed: Uint8Array | null): Result<string | null, Damage>;
  /** Whether a box must be sealed again to be bound to its row. */
  isUnbound(sealed: Uint8Array): boolean;
}

/**
 * Looks up sealed values without storing them: a keyed hash that is equal for equal values and tells nothing without
 * the key. Its keys rotate like the other rings: values are stored under the first key, and looked up under each.
 */
export interface BlindIndex {
  /** @param field what is looked up, as `table.column`: equal values of different fields have different hashes */
  of(field: string, value: string | Uint8Array): Uint8Array;
  /** The hash under each key of the ring, the current one first: all hashes under which the value may be stored. */
  all(field: string, value: string | Uint8Array): readonly Uint8Array[];
}

/** At most `limit` uses in any window of `windowSeconds` (sliding window, weighted over two fixed ones). */
export interface LimitRule {
  readonly name: string;
  readonly limit: number;
  readonly windowSeconds: number;
}

export interface LimitVerdict {
  readonly allowed: boolean;
  /** The limit in force: stricter than that of the rule while the shared store is away. */
  readonly limit: number;
  readonly remaining: number;
  /** When the window in force ends. */
  readonly resetAt: Instant;
}

export interface RateLimiter {
  /** Counts one use and says whether it is within the rule. Atomic: of parallel calls exactly `limit` are allowed. */
  limit(rule: LimitRule, subject: string): Promise<LimitVerdict>;
  /**
   * Refunds one use that was allowed; the uses of others stay counted.
   * @param verdict of that use, which identifies the window it was counted in
   */
  giveBack(rule: LimitRule, subject: string, verdict: Pick<LimitVerdict, 'resetAt'>): Promise<void>;
  /** What `limit` would say now, without counting a use. */
  peek(rule: LimitRule, subject: string): Promise<LimitVerdict>;
  /** Forgets all uses of a subject. */
  reset(rule: LimitRule, subject: string): Promise<void>;
}

/** Short-lived copies of what the database holds. Losing an entry costs a round trip, never data. */
export interface Cache {
  get(key: string): Promise<string | undefined>;
  /** @param ttlMilliseconds more than 0 */
  set(key: string, value: string, ttlMilliseconds: number): Promise<void>;
  delete(keys: readonly string[]): Promise<void>;
}

/** A job of the outbox as a queue carries it, without the payload, which stays in the database. */
export interface QueuedJob {
  readonly id: string;
  readonly topic: string;
  /** Earliest time of delivery. */
  readonly notBefore: Instant;
  /** 1 to 10, the most urgent first. */
  readonly priority: number;
  /** Told to the callback of the job. Default: nothing is. */
  readonly traceParent?: TraceParent | undefined;
}

export interface JobQueue {
  /**
   * Publishes jobs for delivery at least once. An id that is published twice is delivered once where the queue can
   * deduplicate.
   */
  publish(jobs: readonly QueuedJob[]): Promise<void>;
  /** How far ahead a job may be published, in seconds. */
  readonly horizonSeconds: number;
}

/** Verifies that a callback was sent by the queue (R47). */
export interface CallbackVerifier {
  verify(callback: { readonly signature: string; readonly body: string; readonly url: string }): Promise<boolean>;
}

export interface StoredFile {
  /** The bytes, or those of the range that was asked for. */
  readonly body: ReadableStreamLike;
  /** Of the whole file. */
  readonly sizeBytes: number;
  readonly contentType: string;
}

/** The platform's `ReadableStream<Uint8Array>`, declared without platform types. */
export interface ReadableStreamLike {
  getReader(): { read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>; cancel(): Promise<void> };
  cancel(): Promise<void>;
}

/** Part of a file, at least one byte, within the file. */
export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

export interface FileStorage {
  put(key: string, bytes: Uint8Array, contentType: string): Promise<void>;
  /**
   * Stores the file only if the key is free.
   * @returns whether it was stored: of concurrent calls exactly one succeeds
   */
  putNew(key: string, bytes: Uint8Array, contentType: string): Promise<boolean>;
  /** @param range default: the whole file */
  get(key: string, range?: ByteRange): Promise<StoredFile | undefined>;
  delete(key: string): Promise<void>;
  /** Deletes every file whose key begins with `folder/`. */
  deleteFolder(folder: string): Promise<void>;
}
