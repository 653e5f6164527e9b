/** What a message of an appointment is given when it is sent. */
import { expect, test } from 'vitest';
import { asItIsNow, isForCalendars } from '../../../domain/scheduling/messages.ts';
import type { AppointmentId } from '../../../domain/shared/ids.ts';
import { NOW } from './builders.ts';

const ID = '01890a5d-ac96-774b-bcce-b302099a8058' as AppointmentId;
const ASKING = { doctorName: 'Dr. Okafor', confirmToken: 'abc' };
const INFORMING = { doctorName: 'Dr. Okafor' };

test.each([
  ['that is to come asks for its confirmation', { id: ID, status: 'scheduled', start: NOW + 1 }, ASKING],
  ['that has begun does not', { id: ID, status: 'scheduled', start: NOW }, INFORMING],
  ['that was cancelled does not', { id: ID, status: 'cancelled', start: NOW + 1 }, INFORMING],
  ['that is confirmed says so', { id: ID, status: 'confirmed', start: NOW + 1 }, { ...INFORMING, isConfirmed: true }],
  ['of which nothing is known stays as it is', null, ASKING],
])('a message of an appointment %s', (_, appointment, expected) => {
  const about = appointment === null ? {} : { appointmentId: ID };
  expect(asItIsNow(ASKING, appointment, NOW)).toStrictEqual({ ...expected, ...about });
});

test('a message that asks for nothing gets no token', () => {
  expect(asItIsNow(INFORMING, { id: ID, status: 'scheduled', start: NOW + 1 }, NOW)).toStrictEqual({
    ...INFORMING,
    appointmentId: ID,
  });
});

test('a message has a file for calendars where it has a list of visits', () => {
  expect(isForCalendars({ ...INFORMING, calendar: [] })).toBe(true);
  expect(isForCalendars({ ...INFORMING, calendar: null })).toBe(false);
  expect(isForCalendars(INFORMING)).toBe(false);
});
