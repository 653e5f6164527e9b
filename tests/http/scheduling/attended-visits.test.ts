/** What a visit counts for the doctor who only attends it: the patient is the doctor's own, and the doctor's day and word stay untouched. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Clinic, type Person, startClinic, TUESDAY, WEDNESDAY } from './clinic.ts';

let clinic: Clinic;
let guest: Person;

beforeAll(async () => {
  clinic = await startClinic();
  guest = await clinic.person('doctor', 'guest');
  await clinic.hours(guest.id);
  const made = await clinic.post('/appointment-types', clinic.admin.token, {
    ...{ code: 'rare', name: 'Rare', durationMinutes: 30, slotIntervalMinutes: 30, minimumNoticeMinutes: 0 },
    dailyLimit: 1,
  });
  expect(made.status).toBe(201);
});
afterAll(() => clinic.portal.close());

const joint = (startTime: string, extra: Record<string, unknown> = {}, token = clinic.staff.token) =>
  clinic.book(token, startTime, { patientId: clinic.maria.id, additionalDoctorIds: [guest.id], ...extra });
const cancel = (id: string) => clinic.post(`/appointments/${id}/cancel`, clinic.staff.token, {});
const closeTo = async (doctor: Person, acceptingPatients: boolean) => {
  const settings = { specialty: null, languages: ['en'], bio: null, acceptingPatients };
  const { headers } = await clinic.get(`/doctors/${doctor.id}`, clinic.admin.token);
  const path = `/api/v1/doctors/${doctor.id}`;
  const ifMatch = { 'If-Match': headers.get('etag') as string };
  const saved = await clinic.portal.request('PUT', path, {
    token: clinic.admin.token,
    body: settings,
    headers: ifMatch,
  });
  expect(saved.status, JSON.stringify(saved.body)).toBe(200);
};

test('a doctor who accepts no new patients is booked by those whom the doctor attended, and offered to them', async () => {
  const { maria, paul } = clinic;
  await closeTo(guest, false);
  const own = { doctorId: guest.id, appointmentDate: WEDNESDAY };
  const next = async (person: Person) =>
    (await clinic.get(`/appointments/next-available?type=consultation&doctorIds=${guest.id}`, person.token)).body.data;
  const slots = async (person: Person) =>
    (await clinic.get(`/appointments/available-slots?doctorId=${guest.id}&date=${WEDNESDAY}`, person.token)).body;
  const wish = { type: 'consultation', doctorId: guest.id, from: WEDNESDAY, to: WEDNESDAY };
  expect((await clinic.book(maria.token, '09:00', own)).body.reasons).toMatchObject([{ code: 'doctor_inactive' }]);
  expect(await next(maria)).toEqual([]);

  const attended = await joint('09:00');
  expect(attended.status, JSON.stringify(attended.body)).toBe(201);
  expect(await next(maria)).not.toEqual([]);
  expect((await slots(maria)).data).not.toEqual([]);
  expect((await clinic.post('/waitlist', maria.token, wish)).status).toBe(201);
  const booked = await clinic.book(maria.token, '09:00', own);
  expect(booked.status, JSON.stringify(booked.body)).toBe(201);

  expect(await next(paul)).toEqual([]);
  expect((await clinic.post('/waitlist', paul.token, wish)).body.code).toBe('doctor_accepts_no_new_patients');
  // A cancelled visit makes nobody a patient.
  for (const { body } of [booked, attended]) await cancel(body.id);
  expect((await clinic.book(maria.token, '09:00', own)).body.reasons).toMatchObject([{ code: 'doctor_inactive' }]);
  await closeTo(guest, true);
});

test('an attended visit does not count towards the daily limit of the doctor who attends it', async () => {
  const { maria, paul } = clinic;
  const rare = { appointmentType: 'rare' };
  const attended = await joint('10:00', rare);
  expect(attended.status).toBe(201);
  const slots = await clinic.get(
    `/appointments/available-slots?doctorId=${guest.id}&date=${TUESDAY}&type=rare`,
    paul.token,
  );
  const starts = slots.body.data.map(({ startTime }: { startTime: string }) => startTime);
  expect(starts).toContain('10:30');
  expect(starts).not.toContain('10:00');
  const next = await clinic.get(
    `/appointments/next-available?type=rare&doctorIds=${guest.id}&from=${TUESDAY}`,
    paul.token,
  );
  expect(next.body.data[0]).toMatchObject({ start: `${TUESDAY}T09:00:00Z` });
  const led = await clinic.book(paul.token, '10:30', { ...rare, doctorId: guest.id });
  expect(led.status, JSON.stringify(led.body)).toBe(201);
  const second = await clinic.book(maria.token, '11:00', { ...rare, doctorId: guest.id });
  expect(second.body.reasons).toMatchObject([{ code: 'daily_limit', limit: 1 }]);
  for (const { body } of [attended, led]) await cancel(body.id);
});

test('a doctor does not overbook a colleague, neither in a booking nor in a move; staff does, and the doctor oneself', async () => {
  const { doctor, paul, staff } = clinic;
  const over = { overbook: true, exceptionReason: 'Cannot wait' };
  const theirs = await clinic.book(paul.token, '15:00', { doctorId: guest.id });
  const relation = await joint('12:00');
  const refused = await joint('15:00', over, doctor.token);
  expect(refused).toMatchObject({
    status: 422,
    body: { code: 'slot_unavailable', reasons: [{ code: 'slot_taken', doctorId: guest.id, acknowledgeable: false }] },
  });
  const to = { appointmentDate: TUESDAY, startTime: '15:00', ...over };
  const path = `/appointments/${relation.body.id}/reschedule`;
  expect((await clinic.post(path, doctor.token, to)).body.reasons).toMatchObject([{ doctorId: guest.id }]);
  expect((await clinic.post(path, staff.token, to)).status).toBe(200);

  const own = await clinic.book(paul.token, '13:00');
  const ann = await clinic.person('patient', 'ann');
  const first = await clinic.book(staff.token, '16:00', { patientId: ann.id });
  const oneself = await joint('13:00', { ...over, patientId: ann.id }, doctor.token);
  expect(oneself.status, JSON.stringify(oneself.body)).toBe(201);
  for (const { body } of [theirs, relation, own, first, oneself]) await cancel(body.id);
});
