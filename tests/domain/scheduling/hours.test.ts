import { expect, test } from 'vitest';
import { windowsOn } from '../../../domain/scheduling/hours.ts';
import { dayNumber } from '../../../domain/shared/time.ts';
import { at, date, zone } from './builders.ts';

/** Clocks go from 02:00 to 03:00 on this date. */
const SPRING = dayNumber(date('2026-03-29'));
const open = (start: number, end: number) =>
  windowsOn(zone('Europe/Berlin'), [{ start: start * 60, end: end * 60, locationId: null }], SPRING);

test('hours that lie wholly in a gap give no window, others are shortened by it', () => {
  expect(open(2, 3)).toEqual([]);
  const [begins, ends] = [at('2026-03-29T00:00:00Z'), at('2026-03-29T01:00:00Z')];
  expect(open(1, 3)).toMatchObject([{ start: begins, end: ends }]);
  expect(open(2, 4)).toMatchObject([{ start: ends, end: at('2026-03-29T02:00:00Z') }]);
});
