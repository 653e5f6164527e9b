import { expect, test } from 'vitest';
import { donePerMinute, oldestAgeSeconds } from '../../../domain/notifications/queues.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');

test('jobs a minute have one decimal', () => {
  expect(donePerMinute({ done: 7 }, { windowSeconds: 300 })).toBe(1.4);
  expect(donePerMinute({ done: 1 }, { windowSeconds: 300 })).toBe(0.2);
  expect(donePerMinute({ done: 5 }, { windowSeconds: 0 })).toBe(300);
});

test('the age of the oldest is in whole seconds, and none where nothing is due', () => {
  expect(oldestAgeSeconds({ oldestDueAt: NOW - 1999 }, NOW)).toBe(1);
  expect(oldestAgeSeconds({ oldestDueAt: NOW + 5000 }, NOW)).toBe(0);
  expect(oldestAgeSeconds({ oldestDueAt: null }, NOW)).toBeNull();
});
