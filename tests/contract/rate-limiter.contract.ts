/** The behaviour of every rate limiter. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LimitRule, RateLimiter } from '../../domain/shared/ports.ts';

export interface RateLimiterUnderTest {
  readonly limiter: RateLimiter;
  /** Sets the limiter's clock, in epoch milliseconds. */
  setTime(now: number): void;
  stop(): Promise<void>;
}

const WINDOW_SECONDS = 60;
const WINDOW = WINDOW_SECONDS * 1000;
/** The start of a window. */
const START = 1_800_000_000_000;

export function describeRateLimiter(name: string, start: () => Promise<RateLimiterUnderTest>): void {
  describe(`rate limiter: ${name}`, () => {
    let under: RateLimiterUnderTest;
    let rule: LimitRule;
    beforeEach(async () => {
      under = await start();
      under.setTime(START);
      rule = { name: `login-${crypto.randomUUID()}`, limit: 10, windowSeconds: WINDOW_SECONDS };
    });
    afterEach(() => under.stop());

    /** How many of this number of parallel uses are allowed. */
    async function allowed(uses: number, subject = 'ana', by = rule): Promise<number> {
      const verdicts = await Promise.all(Array.from({ length: uses }, () => under.limiter.limit(by, subject)));
      return verdicts.filter((verdict) => verdict.allowed).length;
    }

    test('R33: of 10 N parallel uses exactly N are allowed', async () => {
      expect(await allowed(100)).toBe(10);
      expect(await allowed(100)).toBe(0);
    });

    test('it says how many uses remain and when the window ends', async () => {
      under.setTime(START + 12_345);
      const verdicts = [];
      for (let use = 0; use < 11; use++) verdicts.push(await under.limiter.limit(rule, 'ana'));
      expect(verdicts.map(({ remaining }) => remaining)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0]);
      expect(verdicts.map((verdict) => verdict.allowed)).toEqual([...Array(10).fill(true), false]);
      expect(new Set(verdicts.map(({ resetAt }) => resetAt))).toEqual(new Set([START + WINDOW]));
    });

    test('a burst across the border of two windows gets no more than the limit', async () => {
      under.setTime(START + WINDOW - 1);
      expect(await allowed(20)).toBe(10);
      under.setTime(START + WINDOW);
      expect(await allowed(20)).toBe(0);
    });

    test.each([
      [0.25, 3],
      [0.5, 5],
      [0.99, 10],
    ])('the window slides: at %f of the next one, %i uses pass', async (part, expected) => {
      await allowed(10);
      under.setTime(START + WINDOW + part * WINDOW);
      expect(await allowed(20)).toBe(expected);
    });

    test('after two windows all uses are forgotten', async () => {
      await allowed(10);
      under.setTime(START + 2 * WINDOW);
      expect(await allowed(20)).toBe(10);
    });

    test('refused uses are not counted', async () => {
      await allowed(1000);
      // Here ten uses of the previous window weigh 9, and eleven would weigh 10.
      under.setTime(START + 1.09 * WINDOW);
      expect(await allowed(20)).toBe(1);
    });

    test('a refused subject is allowed again as the window slides', async () => {
      await allowed(20);
      under.setTime(START + 1.25 * WINDOW);
      expect(await allowed(20)).toBe(3);
      under.setTime(START + 1.75 * WINDOW);
      expect(await allowed(20)).toBe(5);
    });

    test('a look counts nothing, and says what the next use would be told', async () => {
      const look = () => under.limiter.peek(rule, 'ana');
      expect(await look()).toEqual({ allowed: true, limit: 10, remaining: 10, resetAt: START + WINDOW });
      await allowed(7);
      for (let i = 0; i < 5; i++) expect(await look()).toMatchObject({ allowed: true, remaining: 3 });
      expect(await allowed(20)).toBe(3);
      expect(await look()).toMatchObject({ allowed: false, limit: 10, remaining: 0 });
      under.setTime(START + 1.5 * WINDOW);
      expect(await look()).toMatchObject({ allowed: true, remaining: 5 });
    });

    test('subjects and rules have separate limits', async () => {
      expect(await allowed(20, 'ana')).toBe(10);
      expect(await allowed(20, 'ben')).toBe(10);
      expect(await allowed(20, 'ana', { ...rule, name: `${rule.name}-sms` })).toBe(10);
    });

    test('a reset frees one subject at once, and no other', async () => {
      await allowed(10, 'ana');
      await allowed(10, 'an');
      await allowed(10, '*');
      await under.limiter.reset(rule, '*');
      expect(await allowed(20, '*')).toBe(10);
      expect(await allowed(20, 'ana')).toBe(0);
      await under.limiter.reset(rule, 'an');
      expect(await allowed(20, 'ana')).toBe(0);
      expect(await allowed(20, 'an')).toBe(10);
    });

    test('a reset also clears the previous window', async () => {
      await allowed(10);
      under.setTime(START + WINDOW + 1);
      await under.limiter.reset(rule, 'ana');
      expect(await allowed(20)).toBe(10);
    });

    test('a refunded use can be used again, but only that one', async () => {
      const verdict = await under.limiter.limit(rule, 'ana');
      await allowed(9);
      await under.limiter.giveBack(rule, 'ana', verdict);
      await under.limiter.giveBack(rule, 'ben', verdict);
      expect(await allowed(20)).toBe(1);
      expect(await allowed(20, 'ben')).toBe(10);
    });

    test('a use is refunded to the window that counted it', async () => {
      await allowed(9);
      const verdict = await under.limiter.limit(rule, 'ana');
      under.setTime(START + 1.5 * WINDOW);
      expect(await allowed(20)).toBe(5);
      // Nine uses of the previous window weigh 4, and 5 are used now.
      await under.limiter.giveBack(rule, 'ana', verdict);
      expect(await allowed(20)).toBe(1);
      under.setTime(START + 3 * WINDOW);
      await under.limiter.giveBack(rule, 'ana', verdict);
      expect(await allowed(20)).toBe(10);
    });

    test('no more uses are refunded than were used', async () => {
      const verdict = await under.limiter.limit(rule, 'ana');
      await Promise.all(Array.from({ length: 5 }, () => under.limiter.giveBack(rule, 'ana', verdict)));
      expect(await allowed(20)).toBe(10);
      await under.limiter.reset(rule, 'ana');
      await under.limiter.giveBack(rule, 'ana', verdict);
      expect(await allowed(20)).toBe(10);
    });

    test('in parallel, the uses that are not refunded never exceed the limit', async () => {
      const uses = await Promise.all(
        Array.from({ length: 200 }, async (_, use) => {
          const verdict = await under.limiter.limit(rule, 'ana');
          const isGivenBack = use % 2 === 0;
          if (verdict.allowed && isGivenBack) await under.limiter.giveBack(rule, 'ana', verdict);
          return verdict.allowed && !isGivenBack;
        }),
      );
      expect(uses.filter(Boolean).length).toBeLessThanOrEqual(10);
    });

    test.each(['', 'a:b', '2001:db8::/64', 'ünïcode 🩺', 'line\nbreak', '{tag}', '[a-z]*?'])(
      'the subject %j is a subject like any other',
      async (subject) => {
        expect(await allowed(11, subject)).toBe(10);
      },
    );

    test('a limit of one allows one use', async () => {
      expect(await allowed(20, 'ana', { ...rule, limit: 1 })).toBe(1);
    });
  });
}
