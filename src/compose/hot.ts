/** Composes the cache of hot data over the database that it spares. */
import type { Change } from '../../domain/changes.ts';
import type { Database } from '../../domain/shared/database.ts';
import { createHotCache, type HotCache, type HotCacheParts } from '../app/cache/hot-cache.ts';
import { invalidating } from '../app/cache/invalidating.ts';
import type { Lasting, Stored } from './shared.ts';

export interface Hot {
  readonly hot: HotCache;
  /** Its commits invalidate what they change. */
  readonly database: Database<Change>;
}

export function composeHot(
  { cacheSealer }: Pick<Lasting, 'cacheSealer'>,
  { database, loads }: Pick<Stored, 'database' | 'loads'>,
  parts: Omit<HotCacheParts, 'sealer' | 'database' | 'epoch'>,
): Hot {
  const hot = createHotCache({ ...parts, sealer: cacheSealer, database, epoch: loads.cacheEpoch });
  return { hot, database: invalidating(database, hot) };
}
