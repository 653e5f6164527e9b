/** Series of visits of several doctors: each date takes the time of all of them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Clinic, type Person, startClinic } from './clinic.ts';

let clinic: Clinic;
let colleague: Person;

beforeAll(async () => {
  clinic = await startClinic();
  colleague = clinic.otherDoctor;
});
afterAll(() => clinic.portal.close());

const change = (id: string, what: string, body: object = {}) =>
  clinic.post(`/appointments/${id}/${what}`, clinic.staff.token, body);
const slots = async (doctor: Person, date: string) => {
  const { body } = await clinic.get(
    `/appointments/available-slots?doctorId=${doctor.id}&date=${date}`,
    clinic.maria.token,
  );
  return body.data.map(({ startTime }: { startTime: string }) => startTime) as string[];
};
const series = (extra: Record<string, unknown> = {}, token = clinic.staff.token) =>
  clinic.post('/appointments/series', token, {
    doctorId: clinic.doctor.id,
    additionalDoctorIds: [colleague.id],
    appointmentDate: '2026-03-17',
    startTime: '10:00',
    appointmentType: 'consultation',
    frequency: 'weekly',
    count: 3,
    patientId: clinic.maria.id,
    ...extra,
  });

test('a series takes the time of all on every date, and is moved and cancelled as a whole', async () => {
  const booked = await series();
  expect(booked.status, JSON.stringify(booked.body)).toBe(201);
  const dates = ['2026-03-17', '2026-03-24', '2026-03-31'];
  for (const [index, date] of dates.entries()) {
    expect(booked.body.appointments[index].additionalDoctors).toMatchObject([{ id: colleague.id }]);
    for (const doctor of [clinic.doctor, colleague]) expect(await slots(doctor, date)).not.toContain('10:00');
  }
  const mails = await clinic.portal.mails(clinic.maria.email);
  const [mail] = mails.filter(({ template }) => template === 'appointment-series-booked');
  const names = [booked.body.appointments[0].doctorName, booked.body.appointments[0].additionalDoctors[0].name];
  expect(mail?.text).toContain(`Your appointments with ${names.join(', ')} are booked:`);
  const [first] = booked.body.appointments;
  const moved = await change(first.id, 'reschedule', {
    appointmentDate: '2026-03-18',
    startTime: '10:00',
    scope: 'following',
  });
  expect(moved.status, JSON.stringify(moved.body)).toBe(200);
  expect(await slots(colleague, '2026-03-24')).toContain('10:00');
  expect(await slots(colleague, '2026-03-25')).not.toContain('10:00');
  // To where its own second date is: that takes the time of nobody.
  const later = { appointmentDate: '2026-03-25', startTime: '10:00', scope: 'following' };
  const again = await change(first.id, 'reschedule', later);
  expect(again.status, JSON.stringify(again.body)).toBe(200);
  for (const date of ['2026-03-25', '2026-04-01', '2026-04-08'])
    expect(await slots(colleague, date)).not.toContain('10:00');
  expect((await change(first.id, 'cancel', { scope: 'following' })).status).toBe(200);
  for (const date of ['2026-03-25', '2026-04-01', '2026-04-08'])
    expect(await slots(colleague, date)).toContain('10:00');
});

test('a series names or leaves out the dates on which an additional doctor is not free', async () => {
  const taken = await clinic.book(clinic.paul.token, '10:00', {
    doctorId: colleague.id,
    appointmentDate: '2026-03-24',
  });
  expect(await series()).toMatchObject({
    status: 409,
    body: {
      code: 'series_unavailable',
      occurrences: [{ index: 1, date: '2026-03-24', reasons: [{ code: 'slot_taken', doctorId: colleague.id }] }],
    },
  });
  const booked = await series({ mode: 'free_ones' });
  expect(booked).toMatchObject({ status: 201, body: { skipped: [{ index: 1, reasons: ['slot_taken'] }] } });
  expect(booked.body.appointments).toHaveLength(2);
  for (const { id } of [...booked.body.appointments, taken.body]) await change(id, 'cancel');
});

test('a series of several doctors is booked by the clinic, with doctors who work here', async () => {
  const byPatient = await series({ patientId: undefined }, clinic.maria.token);
  expect(byPatient.body.errors).toMatchObject([{ pointer: '/additionalDoctorIds', code: 'not_permitted' }]);
  const unknown = await series({ additionalDoctorIds: [clinic.maria.id] });
  expect(unknown).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: '/additionalDoctorIds/0', code: 'unknown_doctor' }] },
  });
});
