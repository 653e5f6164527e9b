/** The times that are named to whom joins the waitlist. */
import { expect, test } from 'vitest';
import { freeNow, type PatientTimes } from '../../../domain/scheduling/free-now.ts';
import type { SearchedDoctors } from '../../../domain/scheduling/ports.ts';
import { NO_RESOURCES } from '../../../domain/scheduling/resource-choice.ts';
import { appointmentType, at, availability, busy, date, localTimes, NOW, range } from './builders.ts';

const TUESDAY = date('2026-03-03');
const WISH = { from: TUESDAY, to: TUESDAY, dailyWindow: null };
const SEARCHED: SearchedDoctors = {
  type: appointmentType(),
  time: { start: at('2026-03-02T23:00:00Z'), end: at('2026-03-03T23:00:00Z') },
  found: [{ name: 'Chidi Okafor', availability: availability(), busy: [], taken: () => [] }],
  resources: NO_RESOURCES,
  continues: false,
};
const FREE: PatientTimes = { busy: [], starts: [] };

const named = (searched: Partial<SearchedDoctors> = {}, times: Partial<PatientTimes> = {}, wish = {}) =>
  localTimes(freeNow({ ...WISH, ...wish }, { ...SEARCHED, ...searched }, { ...FREE, ...times }, NOW));

test('the first five are named', () => {
  expect(named()).toEqual(['09:00', '09:30', '10:00', '10:30', '11:00']);
});

test('none is named of an unknown type', () => {
  expect(named({ type: undefined })).toEqual([]);
});

test('only those in the wished hours, at which the patient has nothing, are named', () => {
  expect(named({}, {}, { dailyWindow: range('16:00-17:00') })).toEqual(['16:00', '16:30']);
  const taken = busy('2026-03-03T08:00:00Z', '2026-03-03T09:00:00Z');
  expect(named({}, { busy: [taken] })[0]).toBe('10:00');
});

test('none beyond the limits of the type on one patient', () => {
  const type = appointmentType({ patientDailyLimit: 1 });
  const starts = [{ start: at('2026-03-03T14:00:00Z'), sourceId: 'booked' }];
  expect(named({ type })).toHaveLength(5);
  expect(named({ type }, { starts: starts as PatientTimes['starts'] })).toEqual([]);
});
