/** The cache of a portal in tests: in memory, as in a portal of one process. */
import { systemRandom } from '../../adapters/crypto/system.ts';
import { memoryVersionedCache } from '../../adapters/memory/versioned-cache.ts';
import type { Clock } from '../../domain/shared/ports.ts';
import type { VersionedCache } from '../../domain/shared/versioned-cache.ts';
import { createHotMemory, type HotCacheParts } from '../../src/app/cache/hot-cache.ts';
import type { Log } from '../../src/app/log.ts';
import type { Metrics } from '../../src/app/metrics.ts';
import { composeHot } from '../../src/compose/hot.ts';
import type { Lasting, Stored } from '../../src/compose/shared.ts';

/** What replaces a part of it. `alone`: whether no other process changes the database. Default: true. */
export type CacheParts = Partial<HotCacheParts> & {
  readonly alone?: boolean;
  readonly cacheOver?: (clock: Clock) => VersionedCache;
};

export function testHotCache(
  lasting: Lasting,
  stored: Stored,
  {
    alone = true,
    cacheOver,
    ...parts
  }: CacheParts & { readonly clock: Clock; readonly log: Log; readonly metrics: Metrics },
) {
  return composeHot(lasting, stored, {
    cache: cacheOver?.(parts.clock) ?? { ...memoryVersionedCache(parts.clock, systemRandom), isShared: !alone },
    ...{ memory: createHotMemory(), random: systemRandom, background: () => {}, sharesLoads: true },
    ...parts,
  });
}
