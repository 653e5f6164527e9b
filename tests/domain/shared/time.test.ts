import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addDays,
  addMonths,
  dateOfDay,
  dayNumber,
  daysBetween,
  daysInMonth,
  formatInstant,
  type LocalDate,
  localTimeOf,
  minuteOfDay,
  parseInstant,
  parseLocalDate,
  parseLocalTime,
  parseRangeEnd,
  weekday,
} from '../../../domain/shared/time.ts';

const SEED = 20_261_120;
const day = fc.integer({ min: -719_162, max: 2_932_896 });
const d = (text: string) => text as LocalDate;

describe('local dates', () => {
  test('are those of the Gregorian calendar, from 0001-01-01 to 9999-12-31', () => {
    fc.assert(
      fc.property(day, (number) => {
        const text = new Date(number * 86_400_000).toISOString().slice(0, 10);
        expect(dateOfDay(number)).toBe(text);
        expect(dayNumber(d(text))).toBe(number);
        expect(parseLocalDate(text)).toBe(text);
        expect(weekday(d(text))).toBe(((new Date(number * 86_400_000).getUTCDay() + 6) % 7) + 1);
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });

  test.each(['2026-02-29', '1900-02-29', '2026-04-31', '2026-13-01', '2026-00-10', '2026-01-00', '0000-01-01'])(
    '%s does not exist',
    (text) => expect(parseLocalDate(text)).toBeUndefined(),
  );

  test.each(['2026-2-1', '26-02-01', '2026/02/01', ' 2026-02-01', '2026-02-01Z', '', '٢٠٢٦-02-01'])(
    '%j is not written as a date',
    (text) => expect(parseLocalDate(text)).toBeUndefined(),
  );

  test('leap days exist every four years but in three centuries of four', () => {
    expect([2024, 2000, 1900, 2026].map((year) => daysInMonth(year, 2))).toEqual([29, 29, 28, 28]);
    expect(parseLocalDate('2024-02-29')).toBe('2024-02-29');
  });

  test('days are added over months and years', () => {
    expect(addDays(d('2026-12-31'), 1)).toBe('2027-01-01');
    expect(addDays(d('2024-03-01'), -1)).toBe('2024-02-29');
    expect(daysBetween(d('2026-01-01'), d('2027-01-01'))).toBe(365);
  });

  test('months are added to the same day, clamped to the last of a shorter month', () => {
    expect(addMonths(d('2026-01-31'), 1)).toBe('2026-02-28');
    expect(addMonths(d('2026-01-31'), 2)).toBe('2026-03-31');
    expect(addMonths(d('2026-01-31'), 25)).toBe('2028-02-29');
    expect(addMonths(d('2026-03-31'), -4)).toBe('2025-11-30');
  });
});

describe('local times', () => {
  test('are 00:00 to 23:59, and 24:00 where a range ends', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1439 }), (minute) => {
        const time = localTimeOf(minute);
        expect(parseLocalTime(time)).toBe(time);
        expect(parseRangeEnd(time)).toBe(time);
        expect(minuteOfDay(time)).toBe(minute);
      }),
      { seed: SEED },
    );
    expect(parseLocalTime('24:00')).toBeUndefined();
    expect(parseRangeEnd('24:00')).toBe('24:00');
    expect(localTimeOf(1440)).toBe('24:00');
  });

  test.each(['24:01', '25:00', '12:60', '9:00', '09:00:00', '', '09.00', '-1:00'])('%j is no time', (text) => {
    expect(parseRangeEnd(text)).toBeUndefined();
  });
});

describe('RFC 3339', () => {
  test('instants are written in UTC to the second, with milliseconds where there are some, and read back', () => {
    expect(formatInstant(Date.UTC(2026, 1, 15, 15))).toBe('2026-02-15T15:00:00Z');
    expect(formatInstant(Date.UTC(2026, 1, 15, 15) + 7)).toBe('2026-02-15T15:00:00.007Z');
    fc.assert(
      fc.property(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), (instant) => {
        expect(parseInstant(formatInstant(instant))).toBe(instant);
      }),
      { seed: SEED },
    );
  });

  test('instants are written as ECMAScript writes them, from the first year to the last', () => {
    const [first, last] = [Date.parse('0000-01-01T00:00:00Z'), 253_402_300_799_999];
    const isSame = (instant: number) => {
      expect(formatInstant(instant)).toBe(new Date(instant).toISOString().replace('.000Z', 'Z'));
    };
    for (const instant of [first, last, -1, 0, 1, -0.5, 1.5]) isSame(instant);
    fc.assert(fc.property(fc.integer({ min: first, max: last }), isSame), { seed: SEED });
  });

  test('years that it does not know are a bug', () => {
    for (const instant of [253_402_300_800_000, -62_167_219_200_001, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => formatInstant(instant)).toThrow(RangeError);
    }
  });

  test('offsets and fractions are read', () => {
    expect(parseInstant('2026-02-15T20:30:00+05:30')).toBe(Date.UTC(2026, 1, 15, 15));
    expect(parseInstant('2026-02-15T11:30:00-03:30')).toBe(Date.UTC(2026, 1, 15, 15));
    expect(parseInstant('2026-02-15T15:00:00.5Z')).toBe(Date.UTC(2026, 1, 15, 15) + 500);
    expect(parseInstant('2026-02-15T15:00:00.123456789Z')).toBe(Date.UTC(2026, 1, 15, 15) + 123);
  });

  test.each([
    '2026-02-29T15:00:00Z',
    '2026-02-15T24:00:00Z',
    '2026-02-15T15:60:00Z',
    '2026-06-30T23:59:60Z',
    '2026-02-15T15:00Z',
    '2026-02-15 15:00:00Z',
    '2026-02-15T15:00:00',
    '2026-02-15t15:00:00z',
    '2026-02-15T15:00:00+0530',
    '2026-02-15T15:00:00+25:00',
    '+002026-02-15T15:00:00Z',
    '2026-02-15T15:00:00.Z',
    '',
  ])('%j is refused', (text) => expect(parseInstant(text)).toBeUndefined());
});
