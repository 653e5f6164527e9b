/** What a message of an appointment is given when it is sent. */
import { expect, test } from 'vitest';
import { asItIsNow, isForCalendars } from '../../../domain/scheduling/messages.ts';
import { NOW } from './builders.ts';

const ASKING = { doctorName: 'Dr. Okafor', confirmToken: 'abc' };
const INFORMING = { doctorName: 'Dr. Okafor' };

test.each([
  ['that is to come asks for its confirmation', { status: 'scheduled', start: NOW + 1 }, ASKING],
  ['that has begun does not', { status: 'scheduled', start: NOW }, INFORMING],
  ['that was cancelled does not', { status: 'cancelled', start: NOW + 1 }, INFORMING],
  ['that is confirmed says so', { status: 'confirmed', start: NOW + 1 }, { ...INFORMING, isConfirmed: true }],
  ['of which nothing is known stays as it is', null, ASKING],
])('a message of an appointment %s', (_, appointment, expected) => {
  expect(asItIsNow(ASKING, appointment, NOW)).toStrictEqual(expected);
});

test('a message that asks for nothing gets no token', () => {
  expect(asItIsNow(INFORMING, { status: 'scheduled', start: NOW + 1 }, NOW)).toStrictEqual(INFORMING);
});

test('a message has a file for calendars where it has a list of visits', () => {
  expect(isForCalendars({ ...INFORMING, calendar: [] })).toBe(true);
  expect(isForCalendars({ ...INFORMING, calendar: null })).toBe(false);
  expect(isForCalendars(INFORMING)).toBe(false);
});
