/** Joining the waitlist while a time that meets the wish is free. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Clinic, startClinic, TUESDAY, WEDNESDAY } from './clinic.ts';

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
  const { doctor, otherDoctor } = clinic;
  await clinic.hours(doctor.id, [{ weekday: 2, start: '09:00', end: '12:00' }]);
  await clinic.hours(otherDoctor.id, [{ weekday: 2, start: '11:30', end: '12:00' }]);
});
afterAll(() => clinic.portal.close());

const join = async (wish: object) => {
  const body = { type: 'consultation', from: TUESDAY, to: TUESDAY, ...wish };
  const joined = await clinic.post('/waitlist', clinic.maria.token, body);
  expect(joined.status, JSON.stringify(joined.body)).toBe(201);
  await clinic.delete(`/waitlist/${joined.body.id}`, clinic.maria.token);
  return joined.body.freeNow.map(({ doctorId, start }: { doctorId: string; start: string }) => [
    doctorId === clinic.doctor.id ? 'doctor' : 'other',
    start.slice(0, 16),
  ]);
};

test('names the earliest five times that meet the wish, of all doctors or of the one that is named', async () => {
  const first = ['09:00', '09:30', '10:00', '10:30', '11:00'].map((at) => ['doctor', `${TUESDAY}T${at}`]);
  expect(await join({})).toEqual(first);
  const late = { dailyWindow: { start: '11:30', end: '12:00' } };
  const both = await join(late);
  expect(both.sort()).toEqual([
    ['doctor', `${TUESDAY}T11:30`],
    ['other', `${TUESDAY}T11:30`],
  ]);
  expect(await join({ ...late, doctorId: clinic.otherDoctor.id })).toEqual([['other', `${TUESDAY}T11:30`]]);
});

test('names none when none is free on these dates, or nobody has the specialty', async () => {
  expect(await join({ from: WEDNESDAY, to: '2026-03-06' })).toEqual([]);
  expect(await join({ specialty: 'nobody has it' })).toEqual([]);
});
