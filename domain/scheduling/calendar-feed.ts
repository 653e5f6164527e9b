/** Calendar feeds: addresses with a random secret, under which appointments can be subscribed to. Each can be
 * revoked separately (R35). */
import type { UserId } from '../shared/ids.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { CalendarFeedId } from './ids.ts';

/** Whose appointments it shows: those of its owner, of one doctor, or of all doctors. */
export type FeedScope =
  | { readonly kind: 'own' }
  | { readonly kind: 'doctor'; readonly doctorId: UserId }
  | { readonly kind: 'clinic' };

export interface CalendarFeed {
  readonly id: CalendarFeedId;
  readonly userId: UserId;
  readonly scope: FeedScope;
  /** SHA-256 of the secret. The secret is shown once and not stored. */
  readonly secretHash: Uint8Array;
  readonly createdAt: Instant;
}

export type CalendarChange =
  /** Guarded: with this feed the person has at most `atMost` live ones. */
  | { readonly type: 'calendar_feed.created'; readonly feed: CalendarFeed; readonly atMost: number }
  | { readonly type: 'calendar_feed.revoked'; readonly feedId: CalendarFeedId; readonly at: Instant };

export type TooManyCalendarFeeds = { readonly code: 'too_many_calendar_feeds'; readonly limit: number };
export type CalendarFeedNotFound = { readonly code: 'calendar_feed_not_found' };

/** The permission that a scope needs, when the feed is made and each time it is read. */
export function permissionFor({
  kind,
}: Pick<FeedScope, 'kind'>): 'manage:own_calendar_feeds' | 'manage:clinic_calendar_feeds' {
  return kind === 'own' ? 'manage:own_calendar_feeds' : 'manage:clinic_calendar_feeds';
}

/** How many live feeds one person may have. */
export const MAXIMUM_FEEDS = 5;
/** 256 bits of entropy. */
export const FEED_SECRET_BYTES = 32;

export function createFeed(
  feed: CalendarFeed,
  live: readonly CalendarFeed[],
): Result<readonly CalendarChange[], TooManyCalendarFeeds> {
  if (live.length >= MAXIMUM_FEEDS) return refuse({ code: 'too_many_calendar_feeds', limit: MAXIMUM_FEEDS });
  return ok([{ type: 'calendar_feed.created', feed, atMost: MAXIMUM_FEEDS }]);
}

/** @param id `null` for all feeds */
export function revokeFeeds(
  live: readonly CalendarFeed[],
  id: CalendarFeedId | null,
  now: Instant,
): Result<readonly CalendarChange[], CalendarFeedNotFound> {
  const revoked = id === null ? live : live.filter((feed) => feed.id === id);
  if (id !== null && revoked.length === 0) return refuse({ code: 'calendar_feed_not_found' });
  return ok(revoked.map((feed) => ({ type: 'calendar_feed.revoked', feedId: feed.id, at: now })));
}
