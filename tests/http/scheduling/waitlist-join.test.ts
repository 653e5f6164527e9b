/** Joining the waitlist while a time that meets the wish is free. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clinic, startClinic, TUESDAY, WEDNESDAY } from './clinic.ts';

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
  const { doctor, otherDoctor } = clinic;
  await clinic.hours(doctor.id, [{ weekday: 2, start: '09:00', end: '12:00' }]);
  await clinic.hours(otherDoctor.id, [{ weekday: 2, start: '11:30', end: '12:00' }]);
});
afterAll(() => clinic.portal.close());

const join = async (wish: object) =>
  (await joined(wish)).body.freeNow.map(({ doctorId, start }: { doctorId: string; start: string }) => [
    doctorId === clinic.doctor.id ? 'doctor' : 'other',
    start.slice(0, 16),
  ]);

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

test('names none when none is free on these dates', async () => {
  expect(await join({ from: WEDNESDAY, to: '2026-03-06' })).toEqual([]);
});

test('finds the evening behind all mornings, weeks ahead', async () => {
  const weekly = [
    { weekday: 2, start: '09:00', end: '12:00' },
    { weekday: 5, start: '18:00', end: '18:30', validFrom: '2026-04-20' },
  ];
  await clinic.hours(clinic.doctor.id, weekly);
  const wish = { to: '2026-04-30', dailyWindow: { start: '18:00', end: '19:00' } };
  expect(await join(wish)).toEqual([['doctor', '2026-04-24T18:00']]);
  await clinic.hours(clinic.doctor.id, weekly.slice(0, 1));
});

describe('what the patient has already', () => {
  const others = ['09:30', '10:00', '10:30', '11:30'].map((at) => ['doctor', `${TUESDAY}T${at}`]);
  const wish = () => ({ doctorId: clinic.doctor.id });

  test('keeps those times from being named, also with another doctor', async () => {
    const { maria, otherDoctor } = clinic;
    await clinic.hours(otherDoctor.id, [{ weekday: 2, start: '09:00', end: '12:00' }]);
    const nine = await clinic.book(maria.token, '09:00', { doctorId: otherDoctor.id });
    expect(nine.status, JSON.stringify(nine.body)).toBe(201);
    const hold = { doctorId: otherDoctor.id, start: `${TUESDAY}T11:00:00Z`, type: 'consultation' };
    const held = await clinic.post('/appointments/holds', maria.token, { ...hold, patientId: maria.id });
    expect(held.status, JSON.stringify(held.body)).toBe(201);
    expect(await join(wish())).toEqual(others);
    await clinic.delete(`/appointments/holds/${held.body.id}`, maria.token);
    await clinic.post(`/appointments/${nine.body.id}/cancel`, maria.token, {});
    await clinic.hours(otherDoctor.id, [{ weekday: 2, start: '11:30', end: '12:00' }]);
  });

  test('counts for the limits of the type', async () => {
    const limit = await limitConsultations({ patientGapDays: 7 });
    const booked = await clinic.book(clinic.maria.token, '09:00');
    expect(booked.status).toBe(201);
    const { freeNow } = (await joined({ ...wish(), to: '2026-03-10' })).body;
    expect(freeNow[0].start).toBe('2026-03-10T09:00:00Z');
    await clinic.post(`/appointments/${booked.body.id}/cancel`, clinic.maria.token, {});
    await limit.lift();
  });
});

describe('an entry that nobody could ever serve', () => {
  const refused = async (wish: object, token = clinic.maria.token) => {
    const body = { type: 'consultation', from: TUESDAY, to: TUESDAY, ...wish };
    const reply = await clinic.post('/waitlist', token, body);
    expect(reply.status, JSON.stringify(reply.body)).toBe(422);
    expect((await clinic.get('/waitlist', clinic.maria.token)).body.data).not.toContainEqual(
      expect.objectContaining({ state: 'waiting' }),
    );
    return reply.body.errors.map(({ pointer, code }: { pointer: string; code: string }) => `${pointer} ${code}`);
  };

  test('is refused with the field to change', async () => {
    const { doctor, otherDoctor, staff, maria } = clinic;
    expect(await refused({ specialty: 'Nope' })).toEqual(['/specialty conflict']);
    expect(await refused({ doctorId: doctor.id, specialty: 'Nope' })).toEqual(['/specialty conflict']);
    expect(await refused({ from: '2026-03-01', to: '2026-03-01' })).toEqual(['/to out_of_range']);
    expect(await refused({ dailyWindow: { start: '10:00', end: '10:10' } })).toEqual(['/dailyWindow out_of_range']);
    const limit = await limitConsultations({ doctorIds: [otherDoctor.id], minimumNoticeMinutes: 43_200 });
    const late = { from: '2026-04-10', to: '2026-04-10' };
    expect(await refused({ doctorId: doctor.id, patientId: maria.id, ...late }, staff.token)).toEqual([
      '/doctorId conflict',
    ]);
    expect(await refused({ doctorId: otherDoctor.id })).toEqual(['/to out_of_range']);
    await limit.lift();
  });
});

async function joined(wish: object) {
  const body = { type: 'consultation', from: TUESDAY, to: TUESDAY, ...wish };
  const reply = await clinic.post('/waitlist', clinic.maria.token, body);
  expect(reply.status, JSON.stringify(reply.body)).toBe(201);
  await clinic.delete(`/waitlist/${reply.body.id}`, clinic.maria.token);
  return reply;
}

/** Changes the type of these tests; `lift` sets it back. */
async function limitConsultations(changed: object) {
  const { admin } = clinic;
  const { body } = await clinic.get('/appointment-types', admin.token);
  const { id, version, _links, selfService, ...type } = body.data.find(
    ({ code }: { code: string }) => code === 'consultation',
  );
  const put = async (settings: object, at: number) =>
    expect((await clinic.put(`/appointment-types/${id}`, admin.token, settings, at)).status).toBe(200);
  await put({ ...type, ...changed }, version);
  return { lift: () => put(type, version + 1) };
}

test.each([
  ['ends a month before it begins', '2026-04-30', '2026-03-20'],
  ['ends a day before it begins', '2026-04-30', '2026-04-29'],
  ['is over for years', '2020-01-01', '2020-01-02'],
])('a wish that %s is refused, with a doctor and without', async (_, from, to) => {
  for (const doctorId of [undefined, clinic.doctor.id]) {
    const wish = { type: 'consultation', from, to, doctorId };
    const { status, body } = await clinic.post('/waitlist', clinic.maria.token, wish);
    expect([status, body.code, body.errors?.[0]?.pointer]).toEqual([422, 'invalid_fields', '/to']);
  }
});
