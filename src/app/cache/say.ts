/** What a change makes stale, as the tables of invalidation say it. */
import type { Change } from '../../../domain/changes.ts';
import type { Tag } from './kinds.ts';

export type Of<T extends Change['type']> = Extract<Change, { readonly type: T }>;
/** `nothing`: what the change writes is in no cached value. */
export type Say<T extends Change['type']> = 'nothing' | ((change: Of<T>) => readonly Tag[]);
