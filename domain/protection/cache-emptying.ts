/** Administrators empty the cache, such as after rows were changed by hand. */
import { decided } from '../shared/changes.ts';
import type { Decision } from './decision.ts';

/** Nothing is written but the event: what the cache holds of the kinds counts no more from the commit on. */
export interface CacheEmptied {
  readonly type: 'cache.emptied';
  readonly kinds: readonly string[];
}

/** @param kind `null`: all of `kinds` */
export function emptyCache(kind: string | null, kinds: readonly string[]): Decision<CacheEmptied, undefined> {
  return decided({
    value: undefined,
    changes: [{ type: 'cache.emptied', kinds: kind === null ? kinds : [kind] }],
    audit: [
      {
        type: 'cache.emptied',
        stream: 'system',
        outcome: 'success',
        resource: { type: 'cache', id: kind ?? 'all' },
        details: {},
      },
    ],
  });
}
