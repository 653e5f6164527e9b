/** Where the links of messages about appointments lead. */
import { expect, test } from 'vitest';
import { MESSAGE_SAMPLES } from '../../../domain/message-samples.ts';
import { SCHEDULING_LINKS } from '../../../domain/scheduling/messages.ts';
import type { AppointmentId } from '../../../domain/shared/ids.ts';

const URL = 'https://portal.example';
const appointmentId = '01890a5d-ac96-774b-bcce-b302099a8058' as AppointmentId;

test('a message leads to the page that confirms, where it asks for that', () => {
  const link = SCHEDULING_LINKS['appointment-reminder'];
  expect(link({}, URL)).toBe(`${URL}/appointments`);
  expect(link({ confirmToken: 'abc', appointmentId }, URL)).toBe(`${URL}/confirm/abc`);
  expect(link({ appointmentId }, URL)).toBe(`${URL}/appointments/${appointmentId}`);
});

test('an appointment that was given up leads to the waitlist, if another time is offered or awaited', () => {
  const samples = MESSAGE_SAMPLES['appointment-given-up'];
  const offered = samples.find(({ offer }) => offer !== null);
  if (offered === undefined) throw new Error('no sample');
  const link = SCHEDULING_LINKS['appointment-given-up'];
  const none = { ...offered, offer: null };
  expect(link({ ...none, isWaiting: false }, URL)).toBe(`${URL}/appointments`);
  expect(link({ ...none, isWaiting: true }, URL)).toBe(`${URL}/waitlist`);
  expect(link({ ...offered, isWaiting: false }, URL)).toBe(`${URL}/waitlist`);
  expect(link({ ...offered, isWaiting: true }, URL)).toBe(`${URL}/waitlist`);
});
