/**
 * A cache whose entries depend on tags. Each tag has a random mark; whoever changes what a tag stands for replaces its mark,
 * and an entry counts only as long as the marks are those that were read before its value was loaded. So a slow reader cannot
 * store what a change has made stale: its marks are gone.
 *
 * A change announces itself before it is committed (`begin`). Until it ends, nothing that depends on its tags is returned or
 * stored. If the process dies in between, that lasts until {@link WRITING_MILLISECONDS} have passed, by which time the
 * database has committed or aborted: nothing stale is left either way.
 */
import type { Instant } from './time.ts';

/** How long a change that was begun and never ended keeps its tags from being cached. Longer than any commit may take. */
export const WRITING_MILLISECONDS = 30_000;

/** Where a value is cached. */
export interface CacheAddress {
  /** Such as `sessions`. */
  readonly kind: string;
  readonly key: string;
}

export interface TaggedAddress extends CacheAddress {
  /** What the value depends on, in a fixed order. */
  readonly tags: readonly string[];
}

/**
 * Says that the database still had this epoch at a moment. A change whose tags could not be reached moves the epoch in its own
 * transaction, so an entry of this epoch is not stale for longer than the lease lasts (R21).
 */
export interface EpochLease {
  readonly epoch: string;
  readonly until: Instant;
}

export interface CacheReading {
  /** The value, if one was stored under these marks. */
  readonly found: { readonly epoch: string; readonly value: string } | undefined;
  /** The marks of the tags; `undefined` while a change of one of them is being committed: then nothing may be stored. */
  readonly marks: string | undefined;
  /** The latest lease, which may be over. Always `undefined` in a cache of one process. */
  readonly lease: EpochLease | undefined;
  /** Whether the caller should renew the lease. Of callers at the same time one is asked. */
  readonly shouldRenew: boolean;
}

export interface CacheEntry {
  /** As read before the value was loaded. */
  readonly marks: string;
  /** Of the snapshot that the value was loaded from. */
  readonly epoch: string;
  readonly value: string;
  readonly ttlMilliseconds: number;
}

/** Look-ups are added up in slots of this length. */
export const COUNT_SLOT_MS = 600_000;
/** How many slots are kept: the one that runs and those of the hour before. */
export const COUNTED_SLOTS = 6;

/** A kind, and the families of the tags that its values depend on. */
export interface UsageQuestion {
  readonly kind: string;
  readonly dependsOn: readonly string[];
}

export interface KindUsage {
  /** In the last hour. */
  readonly hits: number;
  readonly misses: number;
  /** Stored entries, also those that a change has made void and that have not expired. */
  readonly entries: number;
  /** When the first of them expires; `null` if there is none. */
  readonly firstExpiresAt: Instant | null;
  /** When a change began last that made a value of the kind void; `null` if none is known. */
  readonly invalidatedAt: Instant | null;
}

/** Of tags that stand for one thing each, what they have in common: `person` of `person:…`. The tag of a kind is its own. */
export function familyOf(tag: string): string {
  return tag.startsWith('kind:') ? tag : (tag.split(':', 1)[0] as string);
}

/** How often look-ups of a kind ended in one way. */
export interface LookUps {
  readonly kind: string;
  readonly outcome: 'hits' | 'misses';
  readonly times: number;
}

export interface VersionedCache {
  readonly place: 'redis' | 'process';
  /** Whether other processes share it. If not, its entries need no lease. */
  readonly isShared: boolean;
  /** All of it at one moment. */
  read(address: TaggedAddress): Promise<CacheReading>;
  /** Stores the value unless a mark has changed. @returns whether it was stored */
  store(address: TaggedAddress, entry: CacheEntry): Promise<boolean>;
  /** @param writer unique to the change */
  begin(tags: readonly string[], writer: string): Promise<void>;
  /** Gives the tags new marks, unless another change of them is still being committed. */
  end(tags: readonly string[], writer: string): Promise<void>;
  /** Replaces a lease that ends earlier. */
  renew(lease: EpochLease): Promise<void>;
  remove(addresses: readonly CacheAddress[]): Promise<void>;
  /** Frees what the kinds hold. What counts is decided by the tags: change those of the kinds before. */
  clear(kinds: readonly string[]): Promise<void>;
  /** Adds to the counts of look-ups. */
  count(lookUps: readonly LookUps[]): Promise<void>;
  usage(questions: readonly UsageQuestion[]): Promise<Readonly<Record<string, KindUsage>>>;
}

/** Seals what is cached. The marks are part of the key, so that nobody can open an entry once its marks are replaced (R74). */
export interface CacheSealer {
  seal(address: CacheAddress, marks: string, text: string): string;
  /** @returns `undefined` if it was sealed elsewhere, under other marks or by another key */
  open(address: CacheAddress, marks: string, sealed: string): string | undefined;
}
