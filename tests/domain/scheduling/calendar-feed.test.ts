import { expect, test } from 'vitest';
import { type CalendarFeed, createFeed, MAXIMUM_FEEDS, revokeFeeds } from '../../../domain/scheduling/calendar-feed.ts';
import { id, NOW, PATIENT_ID, refusal, value } from './builders.ts';

function feed(name: string): CalendarFeed {
  return { id: id(name), userId: PATIENT_ID, scope: { kind: 'own' }, secretHash: new Uint8Array(32), createdAt: NOW };
}

const live = [feed('a'), feed('b')];

test('R35 one feed, or all, can be revoked; an unknown one is refused', () => {
  const revoked = (of: readonly CalendarFeed[], name: string | null) =>
    value(revokeFeeds(of, name === null ? null : id(name), NOW)).map((change) => 'feedId' in change && change.feedId);
  expect(revoked(live, 'b')).toEqual(['b']);
  expect(revoked(live, null)).toEqual(['a', 'b']);
  expect(revoked([], null)).toEqual([]);
  expect(refusal(revokeFeeds(live, id('c'), NOW))).toEqual({ code: 'calendar_feed_not_found' });
});

test('a person has a bounded number of feeds, counted again when the change is written', () => {
  const full = Array.from({ length: MAXIMUM_FEEDS }, (_, n) => feed(`${n}`));
  expect(value(createFeed(feed('new'), full.slice(1)))).toEqual([
    { type: 'calendar_feed.created', feed: feed('new'), atMost: MAXIMUM_FEEDS },
  ]);
  expect(refusal(createFeed(feed('new'), full))).toEqual({ code: 'too_many_calendar_feeds', limit: MAXIMUM_FEEDS });
});
