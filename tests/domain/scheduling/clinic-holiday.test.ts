import { expect, test } from 'vitest';
import { isSameHoliday } from '../../../domain/scheduling/clinic-holiday.ts';
import { date } from './builders.ts';

test('a holiday is the same if it closes the same dates under the same name', () => {
  const day = date('2026-12-24');
  const holiday = { from: day, until: day, name: 'Christmas Eve', yearly: false, yearlyUntil: null };
  expect(isSameHoliday(holiday, { ...holiday })).toBe(true);
  const others = [
    { from: date('2026-12-23') },
    { until: date('2026-12-25') },
    { name: 'Christmas' },
    { yearly: true },
    { yearlyUntil: date('2030-12-24') },
  ];
  for (const fields of others) expect(isSameHoliday(holiday, { ...holiday, ...fields })).toBe(false);
});
