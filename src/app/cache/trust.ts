/**
 * When the shared cache is believed. A change whose tags could not be reached moves the cache's epoch in its own transaction.
 * An entry counts only under a lease, which says that the database had the entry's epoch a moment ago.
 */
import type { Change } from '../../../domain/changes.ts';
import type { Load } from '../../../domain/shared/changes.ts';
import type { Database } from '../../../domain/shared/database.ts';
import type { Clock } from '../../../domain/shared/ports.ts';
import type { VersionedCache } from '../../../domain/shared/versioned-cache.ts';
import type { Log } from '../log.ts';

/** With a skew of clocks of up to a second, nothing stale is believed for five (R21). */
export const LEASE_MS = 4_000;
/** After an attempt to move the epoch has failed. */
const PAUSE_MS = 1_000;

export interface TrustParts {
  readonly cache: VersionedCache;
  /** Whose commits invalidate nothing. */
  readonly database: Database<Change>;
  readonly epoch: Load<string>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface CacheTrust {
  isTrusted(): boolean;
  /** After a failure of the cache: it may have lost what it was told, and come back as it was before. */
  lose(): void;
  /** Moves the epoch, so that nothing counts that is in the cache, and then trusts it again. Never throws. */
  regain(parts: TrustParts): Promise<void>;
  /** Asks the database for the epoch and says so to all who share the cache. Never throws. */
  renew(parts: TrustParts): Promise<void>;
}

export function createTrust(): CacheTrust {
  let isTrusted = true;
  let losses = 0;
  let isRegaining = false;
  let pausedUntil = 0;

  async function renew({ cache, database, epoch, clock }: TrustParts): Promise<void> {
    const since = clock.now();
    const [found] = await database.load(epoch);
    await cache.renew({ epoch: found, until: since + LEASE_MS });
  }

  return {
    isTrusted: () => isTrusted,
    lose() {
      isTrusted = false;
      losses += 1;
    },
    async regain(parts) {
      const { cache, database, clock, log } = parts;
      if (isRegaining || clock.now() < pausedUntil) return;
      isRegaining = true;
      const known = losses;
      try {
        if (cache.isShared) {
          // Changes nothing, and fails as long as the cache is away.
          await cache.renew({ epoch: '', until: 0 });
          await database.commit({ changes: [], audit: [], jobs: [], movesCacheEpoch: true, at: clock.now() });
          await renew(parts);
        }
        isTrusted = known === losses;
      } catch (error) {
        pausedUntil = clock.now() + PAUSE_MS;
        log.failure('cache_untrusted', error);
      } finally {
        isRegaining = false;
      }
    },
    async renew(parts) {
      try {
        await renew(parts);
      } catch (error) {
        parts.log.failure('cache_lease_failed', error);
      }
    },
  };
}
