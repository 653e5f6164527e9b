import { describe, expect, test } from 'vitest';
import type { SendResult } from '../../../domain/notifications/ports.ts';
import {
  afterAttempt,
  beginAttempt,
  chooseProvider,
  type ProviderHealth,
  stateOf,
  UNTRIED,
} from '../../../domain/notifications/providers.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');

type Told = { readonly reason?: 'rejected' | 'throttled'; readonly retryAfterSeconds?: number };
const unreachable = (told: Told = {}): SendResult => ({
  ok: false,
  error: { kind: 'unreachable', detail: 'HTTP 503', ...told },
});
const SENT: SendResult = { ok: true, value: { providerId: null } };
const REFUSED: SendResult = { ok: false, error: { kind: 'permanent', detail: 'HTTP 400' } };

/** The health after the same failure, some times in a row. */
function failed(times: number, result = unreachable(), health: ProviderHealth = UNTRIED): ProviderHealth {
  return times === 0 ? health : failed(times - 1, result, afterAttempt(health, result, NOW));
}
const pauseAfter = (times: number, result?: SendResult) => {
  const { pausedUntil } = failed(times, result);
  return pausedUntil === null ? null : pausedUntil - NOW;
};

describe('the state of a provider', () => {
  test.each([
    ['untried', {}],
    ['up', { lastAnsweredAt: NOW }],
    ['failing', { failuresInARow: 1, lastAnsweredAt: NOW }],
    ['failing', { failuresInARow: 3, pausedUntil: NOW }],
    ['paused', { failuresInARow: 3, pausedUntil: NOW + 1 }],
  ] as const)('%s: %j', (state, health) => {
    expect(stateOf({ ...UNTRIED, ...health }, NOW)).toBe(state);
  });
});

test('after a pause one message is tried, and the others wait for it', () => {
  expect(beginAttempt(UNTRIED, NOW)).toBe(UNTRIED);
  const paused = { ...UNTRIED, failuresInARow: 3, pausedUntil: NOW };
  expect(beginAttempt(paused, NOW - 1)).toBeUndefined();
  const trial = beginAttempt(paused, NOW);
  expect(trial).toEqual({ ...paused, pausedUntil: NOW + 20_000 });
  expect(trial && beginAttempt(trial, NOW + 19_999)).toBeUndefined();
});

describe('after an attempt', () => {
  test('that was answered, the provider is up, whatever it answered', () => {
    const up = { ...UNTRIED, lastAnsweredAt: NOW };
    for (const result of [SENT, REFUSED]) {
      expect(afterAttempt({ ...failed(5), isRejecting: true }, result, NOW)).toEqual(up);
    }
  });

  test('without an answer, the third in a row begins pauses that double, up to a minute', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 8].map((times) => pauseAfter(times))).toEqual([
      null,
      null,
      5_000,
      10_000,
      20_000,
      40_000,
      60_000,
      60_000,
    ]);
    expect(failed(2)).toEqual({
      ...UNTRIED,
      failuresInARow: 2,
      lastFailure: { at: NOW, detail: 'HTTP 503', reason: 'unreachable' },
    });
  });

  test.each(['rejected', 'throttled'] as const)('that says %s, the first one begins the pauses', (reason) => {
    expect([1, 2].map((times) => pauseAfter(times, unreachable({ reason })))).toEqual([5_000, 10_000]);
    const health = failed(1, unreachable({ reason }));
    expect(health.lastFailure?.reason).toBe(reason);
    expect(health.isRejecting).toBe(reason === 'rejected');
  });

  test('that says how long to wait, the pause is as long', () => {
    expect(pauseAfter(1, unreachable({ retryAfterSeconds: 90 }))).toBe(90_000);
  });

  test('the begin of the first pause is kept until it answers', () => {
    const paused = failed(3);
    expect(paused.pausedSince).toBe(NOW);
    expect(failed(2).pausedSince).toBeNull();
    expect(afterAttempt(paused, unreachable(), NOW + 5_000).pausedSince).toBe(NOW);
  });

  test('a provider that has rejected goes on rejecting until it answers', () => {
    const rejecting = failed(1, unreachable({ reason: 'rejected' }));
    expect(failed(1, unreachable(), rejecting).isRejecting).toBe(true);
  });
});

describe('the provider of the next attempt', () => {
  const one = (state: 'up' | 'paused') => ({ provider: 'one', state });
  const other = (state: 'up' | 'paused') => ({ provider: 'other', state });

  test('is the first that is not paused, else the first', () => {
    expect(chooseProvider([one('up'), other('up')], null)).toBe('one');
    expect(chooseProvider([one('paused'), other('up')], null)).toBe('other');
    expect(chooseProvider([one('paused'), other('paused')], null)).toBe('one');
    expect(chooseProvider([], null)).toBeNull();
  });

  test('is the one that may have the message, even if it is paused, and no other', () => {
    expect(chooseProvider([one('up'), other('paused')], 'other')).toBe('other');
    expect(chooseProvider([one('up')], 'other')).toBeNull();
  });
});
