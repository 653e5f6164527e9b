/** The windows of a search for the earliest times, at their bounds. */
import { expect, test } from 'vitest';
import { doctorsAtOnce, firstWindow, nextWindow, onlyWindow } from '../../../domain/scheduling/earliest-search.ts';
import { appointmentType, at, date, NOW } from './builders.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const DATES = { from: date('2026-03-02'), to: date('2027-03-02') };

test('the first window is a day from now, or the whole first date in every zone', () => {
  const window = firstWindow(DATES, NOW);
  expect(window.from).toBe(NOW);
  // 14 hours after midnight in UTC, when the date begins in the last zone, and a day.
  expect(window.from + window.milliseconds).toBe(at('2026-03-03T14:00:00Z'));
  expect(window.until).toBe(at('2027-03-03T14:00:00Z'));
  const later = firstWindow({ ...DATES, from: date('2026-06-01') }, NOW);
  expect(later.from).toBe(at('2026-05-31T10:00:00Z'));
  expect(later.from + later.milliseconds).toBe(at('2026-06-02T14:00:00Z'));
  const yesterday = firstWindow({ ...DATES, from: date('2026-03-01') }, NOW + 12 * HOUR);
  expect(yesterday).toMatchObject({ from: NOW + 12 * HOUR, milliseconds: DAY });
});

test('the windows widen to four weeks, and then to all that is left', () => {
  const type = appointmentType({ horizonDays: 365 });
  const first = firstWindow(DATES, NOW);
  const next = (days: number) => nextWindow(first, { start: NOW, end: NOW + days * DAY }, type, NOW);
  expect([1, 3, 7, 14].map((days) => (next(days)?.milliseconds ?? 0) / DAY)).toEqual([3, 7, 14, 28]);
  const last = next(28);
  expect(last?.from).toBe(NOW + 28 * DAY);
  expect(last && last.from + last.milliseconds).toBe(last?.until);
});

test('there is none where no slot can start any more', () => {
  const type = appointmentType({ horizonDays: 365 });
  const first = firstWindow({ ...DATES, to: date('2026-03-04') }, NOW);
  const after = (end: number) => nextWindow(first, { start: NOW, end }, type, NOW);
  expect(after(first.until)).toBeUndefined();
  expect(after(first.until - 1)).toMatchObject({ from: first.until - 1 });
});

test('a load covers as many doctors as have seven thousand days together, and fifty at least', () => {
  const doctors = (milliseconds: number) => doctorsAtOnce({ ...firstWindow(DATES, NOW), milliseconds });
  expect([DAY, DAY + 1, 7 * DAY, 365 * DAY].map(doctors)).toEqual([7000, 3500, 1000, 50]);
  expect(onlyWindow(DATES, NOW)).toMatchObject({ milliseconds: 3 * DAY, doctorDays: 7000 });
});
