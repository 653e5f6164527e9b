import { describe, expect, test } from 'vitest';
import { isBeyondHope, nextAttempt, RETRY_DELAYS_MS, restsUntil } from '../../../domain/webhooks/schedule.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('the attempts of an event', () => {
  test('are ten within three to four days, at the intervals that Standard Webhooks names', () => {
    expect(RETRY_DELAYS_MS.map((delay) => delay / 1000)).toEqual([
      5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400,
    ]);
    const whole = (random: number) => {
      let at: number | null = NOW;
      let attempts = 0;
      let last = NOW;
      while (at !== null) {
        last = at;
        attempts += 1;
        at = nextAttempt(attempts, at, random);
      }
      return { attempts, days: (last - NOW) / DAY };
    };
    expect(whole(0)).toMatchObject({ attempts: 10, days: expect.closeTo(3.15, 1) });
    expect(whole(1)).toMatchObject({ attempts: 10, days: expect.closeTo(3.78, 1) });
  });

  test('are spread by up to a fifth', () => {
    expect(nextAttempt(2, NOW, 0)).toBe(NOW + 300_000);
    expect(nextAttempt(2, NOW, 1)).toBe(NOW + 360_000);
  });

  test('wait as long as the receiver asks, at most a day, and not shorter than the schedule', () => {
    expect(nextAttempt(1, NOW, 0, 90)).toBe(NOW + 90_000);
    expect(nextAttempt(4, NOW, 0, 90)).toBe(NOW + 2 * HOUR);
    expect(nextAttempt(1, NOW, 0, 1e9)).toBe(NOW + DAY);
    expect(nextAttempt(10, NOW, 0, 90)).toBeNull();
  });
});

describe('an endpoint that fails', () => {
  test.each([
    [null, 100, false],
    [NOW - 5 * DAY, 9, true],
    [NOW - 5 * DAY + 1, 9, false],
    [NOW - 5 * DAY, 8, false],
    [NOW - 60 * DAY, 1, false],
  ])('since %s, %i times before: is given up: %s', (failingSince, failuresInARow, expected) => {
    expect(isBeyondHope({ failingSince, failuresInARow }, NOW)).toBe(expected);
  });

  test('rests for half a minute at first, and for ten minutes at most', () => {
    const rest = (failingSince: number | null) => restsUntil({ failingSince, failuresInARow: 1 }, NOW) - NOW;
    expect(rest(null)).toBe(30_000);
    expect(rest(NOW - 20 * 60_000)).toBe(5 * 60_000);
    expect(rest(NOW - DAY)).toBe(600_000);
  });
});
