/** A database whose commits invalidate what they change, whoever makes them: requests, jobs, commands of operators. */
import type { Change } from '../../../domain/changes.ts';
import type { Database } from '../../../domain/shared/database.ts';
import type { HotCache } from './hot-cache.ts';
import { tagsOf } from './invalidation.ts';

type Invalidated = Pick<HotCache, 'writing'>;

export function invalidating(database: Database<Change>, hot: Invalidated): Database<Change> {
  return {
    ...database,
    presuming(presumption) {
      const presuming = database.presuming(presumption);
      return { ...presuming, ...over(presuming, hot) };
    },
    ...over(database, hot),
  };
}

function over(database: Database<Change>, hot: Invalidated): Pick<Database<Change>, 'commit' | 'within'> {
  return {
    within: (bounds) => invalidating(database.within(bounds), hot),
    async commit(batch) {
      const tags = tagsOf(batch.changes);
      if (tags.length === 0) return database.commit(batch);
      const writing = await hot.writing(tags);
      try {
        return await database.commit(writing.isAnnounced ? batch : { ...batch, movesCacheEpoch: true });
      } finally {
        // Also after a failure, because the outcome may be unknown.
        writing.end();
      }
    },
  };
}
