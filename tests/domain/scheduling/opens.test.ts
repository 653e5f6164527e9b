/** The lower bound of opening, which the search for the earliest times trusts: as late as the hours allow. */
import { describe, expect, test } from 'vitest';
import { weekOf } from '../../../domain/scheduling/availability.ts';
import { openingBound } from '../../../domain/scheduling/hours.ts';
import { dayNumber } from '../../../domain/shared/time.ts';
import { availability, date, id, range, rule } from './builders.ts';

const HOUR = 60;
const DAY = 24 * HOUR;

describe('minutes from the midnight of each weekday to the next hours', () => {
  test('without rules are a whole week', () => {
    expect(weekOf([]).opens).toEqual(Array.from({ length: 7 }, () => 7 * DAY));
  });

  test('count the days until the rule', () => {
    const days = [0, 6, 5, 4, 3, 2, 1];
    expect(weekOf([rule(1, '09:00-17:00')]).opens).toEqual(days.map((ahead) => ahead * DAY + 9 * HOUR));
    expect(weekOf([rule(1, '09:00-24:00')]).opens).toEqual(days.map((ahead) => ahead * DAY + 9 * HOUR));
  });

  test('are none on the day after hours that end after midnight', () => {
    expect(weekOf([rule(1, '22:00-02:00')]).opens.slice(0, 3)).toEqual([22 * HOUR, 0, 5 * DAY + 22 * HOUR]);
  });

  test('are those of the earliest rule', () => {
    const { opens } = weekOf([rule(3, '08:00-09:00'), rule(1, '14:00-15:00'), rule(1, '09:00-10:00')]);
    expect(opens.slice(0, 3)).toEqual([9 * HOUR, DAY + 8 * HOUR, 8 * HOUR]);
  });
});

describe('the bound of a day', () => {
  const weekly = [rule(1, '09:00-17:00')];
  const override = (day: string, hours: string) => ({
    id: id<'availability_override'>(day),
    date: date(day),
    available: [range(hours)],
    endsNightBefore: false,
  });
  const MONDAY = dayNumber(date('2026-03-02'));
  const boundOf = (day: number, ...overrides: ReturnType<typeof override>[]) =>
    openingBound(availability({ weekly, overrides }), day) / 60_000 - day * DAY;

  test('is that of its weekday', () => {
    expect([0, 1, 6].map((ahead) => boundOf(MONDAY + ahead))).toEqual([9 * HOUR, 6 * DAY + 9 * HOUR, DAY + 9 * HOUR]);
  });

  test('is earlier by hours of one date, if that is not over', () => {
    const tuesday = MONDAY + 1;
    expect(boundOf(tuesday, override('2026-03-04', '10:00-11:00'))).toBe(DAY + 10 * HOUR);
    expect(boundOf(tuesday, override('2026-03-03', '10:00-11:00'))).toBe(10 * HOUR);
    expect(boundOf(tuesday, override('2026-03-02', '22:00-02:00'))).toBe(0);
    expect(boundOf(tuesday, override('2026-03-01', '22:00-02:00'))).toBe(6 * DAY + 9 * HOUR);
  });
});
