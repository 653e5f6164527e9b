/** Visits of several doctors: all of them are free for it, see it, and lose it only where somebody is told. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventsOf } from '../../contract/calendar-readers.ts';
import { begunAt, type Clinic, type Person, startClinic, TUESDAY, WEDNESDAY } from './clinic.ts';

let clinic: Clinic;
let colleague: Person;
let third: Person;

beforeAll(async () => {
  clinic = await startClinic();
  colleague = clinic.otherDoctor;
  third = await clinic.person('doctor', 'third');
  await clinic.hours(third.id);
});
afterAll(() => clinic.portal.close());

const joint = (startTime: string, extra: Record<string, unknown> = {}, token = clinic.staff.token) =>
  clinic.book(token, startTime, { patientId: clinic.maria.id, additionalDoctorIds: [colleague.id], ...extra });
const change = (id: string, what: string, body: object = {}, token = clinic.staff.token) =>
  clinic.post(`/appointments/${id}/${what}`, token, body);
const slots = async (doctor: Person, date: string) => {
  const { body } = await clinic.get(
    `/appointments/available-slots?doctorId=${doctor.id}&date=${date}`,
    clinic.maria.token,
  );
  return body.data.map(({ startTime }: { startTime: string }) => startTime) as string[];
};

test('names all doctors, and takes the time of each until it is cancelled', async () => {
  const booked = await joint('10:00', { additionalDoctorIds: [colleague.id, third.id] });
  expect(booked.status, JSON.stringify(booked.body)).toBe(201);
  expect(booked.body).toMatchObject({ doctorId: clinic.doctor.id, doctorName: 'doctor Example' });
  const names = [
    { id: colleague.id, name: 'other-doctor Example', _links: { doctor: { href: `/api/v1/doctors/${colleague.id}` } } },
    { id: third.id, name: 'third Example', _links: { doctor: { href: `/api/v1/doctors/${third.id}` } } },
  ];
  names.sort((a, b) => (a.id < b.id ? -1 : 1));
  expect(booked.body.additionalDoctors).toEqual(names);
  const shown = await clinic.get(`/appointments/${booked.body.id}`, clinic.maria.token);
  expect(shown.body.additionalDoctors).toEqual(names);
  for (const doctor of [clinic.doctor, colleague, third]) expect(await slots(doctor, TUESDAY)).not.toContain('10:00');
  const [mail] = await clinic.portal.mails(clinic.maria.email);
  expect(mail?.text).toContain(['doctor Example', ...names.map(({ name }) => name)].join(', '));

  expect((await change(booked.body.id, 'cancel')).status).toBe(200);
  for (const doctor of [clinic.doctor, colleague, third]) expect(await slots(doctor, TUESDAY)).toContain('10:00');
});

test('is refused with the reason and the doctor where one is not free; alternatives are free for all', async () => {
  const taken = await clinic.book(clinic.paul.token, '11:00', { doctorId: colleague.id });
  expect(taken.status).toBe(201);
  const refused = await joint('11:00');
  expect(refused).toMatchObject({
    status: 422,
    body: {
      code: 'slot_unavailable',
      reasons: [{ code: 'slot_taken', doctorId: colleague.id, acknowledgeable: false }],
    },
  });
  const offered = refused.body.alternatives.map(({ start }: { start: string }) => start);
  expect(offered.length).toBeGreaterThan(0);
  expect(offered).not.toContain('2026-03-03T11:00:00Z');
  await change(taken.body.id, 'cancel');
});

test('outside the hours of one doctor needs the word of the clinic', async () => {
  const part = await clinic.person('doctor', 'mornings');
  await clinic.hours(part.id, [{ weekday: 2, start: '09:00', end: '12:00' }]);
  const extra = { additionalDoctorIds: [part.id] };
  const refused = await joint('14:00', extra);
  expect(refused.body.reasons).toEqual([{ code: 'outside_availability', doctorId: part.id, acknowledgeable: true }]);
  const booked = await joint('14:00', {
    ...extra,
    acknowledge: ['outside_availability'],
    exceptionReason: 'Stays longer',
  });
  expect(booked).toMatchObject({ status: 201, body: { outsideRules: true } });
  await change(booked.body.id, 'cancel');
});

test('overbooking lies over what an additional doctor has, and over the visit of an additional doctor', async () => {
  const own = await clinic.book(clinic.paul.token, '15:00', { doctorId: colleague.id });
  const over = { overbook: true, exceptionReason: 'Cannot wait' };
  const booked = await joint('15:00', over);
  expect(booked).toMatchObject({ status: 201, body: { outsideRules: true } });
  const ann = await clinic.person('patient', 'ann');
  const third = await joint('15:00', { ...over, doctorId: colleague.id, patientId: ann.id, additionalDoctorIds: [] });
  expect(third.status, JSON.stringify(third.body)).toBe(201);
  await change(own.body.id, 'cancel');
  expect((await clinic.book(ann.token, '15:00', { doctorId: colleague.id })).body.code).toMatch(/slot_/);
  for (const { body } of [booked, third]) await change(body.id, 'cancel');
});

test('a move takes and frees the time of all; it is refused where an additional doctor is not free', async () => {
  const { body } = await joint('12:00');
  const taken = await clinic.book(clinic.paul.token, '12:00', { doctorId: colleague.id, appointmentDate: WEDNESDAY });
  const refused = await change(body.id, 'reschedule', { appointmentDate: WEDNESDAY, startTime: '12:00' });
  expect(refused.body.reasons).toMatchObject([{ code: 'slot_taken', doctorId: colleague.id }]);
  const moved = await change(body.id, 'reschedule', { appointmentDate: WEDNESDAY, startTime: '14:00' });
  expect(moved).toMatchObject({ status: 200, body: { additionalDoctors: [{ id: colleague.id }] } });
  expect(await slots(colleague, TUESDAY)).toContain('12:00');
  expect(await slots(colleague, WEDNESDAY)).not.toContain('14:00');
  const self = await change(body.id, 'reschedule', {
    appointmentDate: WEDNESDAY,
    startTime: '15:00',
    doctorId: colleague.id,
  });
  expect(self).toMatchObject({ status: 422, body: { errors: [{ pointer: '/doctorId', code: 'conflict' }] } });
  for (const id of [body.id, taken.body.id]) await change(id, 'cancel');
});

test('an undone cancellation takes the time of all again, or is refused', async () => {
  const { body } = await joint('13:00');
  await change(body.id, 'cancel');
  const taken = await clinic.book(clinic.paul.token, '13:00', { doctorId: colleague.id });
  expect((await change(body.id, 'undo')).body.code).toBe('slot_taken');
  await change(taken.body.id, 'cancel');
  expect(await change(body.id, 'undo')).toMatchObject({ status: 200, body: { status: 'scheduled' } });
  expect(await slots(colleague, TUESDAY)).not.toContain('13:00');
  await change(body.id, 'cancel');
});

test('an additional doctor sees it everywhere, with the patient, and leaves its changes to the others', async () => {
  const guest = await clinic.person('doctor', 'guest');
  await clinic.hours(guest.id);
  const before = await clinic.get(`/appointments/user/${clinic.maria.id}`, guest.token);
  expect(before.status).toBe(404);
  const { body } = await joint('16:00', { additionalDoctorIds: [guest.id], reason: 'Chest pain' });
  const own = await clinic.get('/appointments/my', guest.token);
  expect(own.body.data).toMatchObject([{ id: body.id, reason: 'Chest pain', patientId: clinic.maria.id }]);
  expect(own.body.data[0]._links).not.toHaveProperty('cancel');
  expect((await clinic.get(`/appointments/user/${clinic.maria.id}`, guest.token)).status).toBe(200);
  const day = await clinic.get(`/clinic/day?date=${TUESDAY}&doctorIds=${clinic.doctor.id},${guest.id}`, guest.token);
  const sheet = day.body.doctors.map((each: { appointments: { id: string }[]; appointmentCount: number }) => [
    each.appointments.filter(({ id }) => id === body.id).length,
    each.appointmentCount > 0,
  ]);
  expect(sheet).toEqual([
    [1, true],
    [1, true],
  ]);
  const listed = await clinic.get(`/appointments?doctorIds=${guest.id}&from=${TUESDAY}`, clinic.staff.token);
  expect(listed.body.data).toMatchObject([{ id: body.id }]);
  const feed = await clinic.post('/calendar/feeds', guest.token);
  const file = await (await clinic.portal.fetch(new Request(feed.body.url))).text();
  expect(eventsOf(file)).toHaveLength(1);
  expect(await change(body.id, 'cancel', {}, guest.token)).toMatchObject({ status: 403 });
  await change(body.id, 'cancel');
});

test('patients name no additional doctors, and nobody takes part twice or is unknown', async () => {
  const byPatient = await joint('09:00', { patientId: undefined }, clinic.maria.token);
  expect(byPatient.body.errors).toMatchObject([{ pointer: '/additionalDoctorIds', code: 'not_permitted' }]);
  for (const [ids, at, code] of [
    [[clinic.doctor.id], 0, 'conflict'],
    [[colleague.id, colleague.id], 1, 'conflict'],
    [[clinic.maria.id], 0, 'unknown_doctor'],
  ] as const) {
    const refused = await joint('09:00', { additionalDoctorIds: ids });
    expect(refused.status).toBe(422);
    expect(refused.body.errors).toMatchObject([{ pointer: `/additionalDoctorIds/${at}`, code }]);
  }
});

test('time off of an additional doctor shows the visit and leaves it to people; a role is kept while it is to come', async () => {
  const ill = await clinic.person('doctor', 'ill');
  await clinic.hours(ill.id);
  const { body } = await joint('09:30', { additionalDoctorIds: [ill.id] });
  const off = { from: TUESDAY, until: TUESDAY, affected: { action: 'cancel', message: 'Ill' } };
  const preview = await clinic.post(`/doctors/${ill.id}/time-off?dryRun=true`, clinic.staff.token, off);
  expect(preview.body).toMatchObject({ count: 1, appointments: [{ id: body.id }] });
  expect((await clinic.post(`/doctors/${ill.id}/time-off`, clinic.staff.token, off)).status).toBe(201);
  await clinic.runJobs();
  expect((await clinic.get(`/appointments/${body.id}`, clinic.staff.token)).body.status).toBe('scheduled');

  const role = await clinic.put(`/users/${ill.id}/role`, clinic.admin.token, { role: 'staff' }, 1);
  expect(role.body).toMatchObject({ code: 'doctor_still_booked', appointmentIds: [body.id] });
  await change(body.id, 'cancel');
});

test('the patient is told of a late additional doctor, and when all are on time again', async () => {
  const [late, patient] = [await clinic.person('doctor', 'late'), await clinic.person('patient', 'waits')];
  await clinic.hours(late.id);
  const { body } = await joint('11:30', {
    additionalDoctorIds: [late.id],
    patientId: patient.id,
    appointmentDate: '2026-03-10',
  });
  await clinic.portal.driver.run([begunAt(body.id, '2026-03-02T13:00:00Z')], 'write');
  const told = async () =>
    (await clinic.portal.mails(patient.email))
      .filter(({ template }) => template === 'doctor-running-late')
      .map(({ subject, text }) => [subject, text.includes('late Example'), text.includes('doctor Example')]);
  const set = async (doctor: Person, minutes: number) => {
    expect((await clinic.put(`/doctors/${doctor.id}/delay`, clinic.staff.token, { minutes })).status).toBe(200);
    await clinic.runJobs();
  };
  await set(late, 30);
  // Also while the leading doctor is on time.
  expect(await told()).toHaveLength(1);
  await set(clinic.doctor, 15);
  // The visit begins when the last of them comes.
  expect(await told()).toEqual([['Your appointment begins about 30 minutes later', true, false]]);
  await set(clinic.doctor, 60);
  await set(late, 0);
  await set(clinic.doctor, 0);
  const subjects = (await told()).map(([subject]) => subject);
  expect(subjects).toHaveLength(3);
  expect(subjects).toEqual(
    expect.arrayContaining([
      'Your appointment begins about 60 minutes later',
      'Your appointment is at 13:00, as booked',
    ]),
  );
});

test('the closed account of an additional doctor cancels the visit, tells its patient once, and frees the other doctor', async () => {
  const [leaving, patient] = [await clinic.person('doctor', 'leaving'), await clinic.person('patient', 'told')];
  await clinic.hours(leaving.id);
  const { body } = await joint('09:00', { additionalDoctorIds: [leaving.id], patientId: patient.id });
  const alone = await clinic.book(patient.token, '09:30');
  const waits = await clinic.person('patient', 'hopes');
  const wish = { type: 'consultation', doctorId: clinic.doctor.id, from: TUESDAY, to: TUESDAY };
  const window = { dailyWindow: { start: '09:00', end: '09:30' } };
  expect((await clinic.post('/waitlist', waits.token, { ...wish, ...window })).status).toBe(201);
  expect((await clinic.delete(`/users/${leaving.id}`, clinic.admin.token)).status).toBe(204);
  await clinic.runJobs();

  const after = await clinic.get(`/appointments/${body.id}`, patient.token);
  expect(after.body).toMatchObject({ status: 'cancelled', doctorId: clinic.doctor.id });
  expect((await clinic.get(`/appointments/${alone.body.id}`, patient.token)).body.status).toBe('scheduled');
  const mails = (await clinic.portal.mails(patient.email)).filter(
    ({ template }) => template === 'appointment-cancelled',
  );
  expect(mails).toHaveLength(1);
  expect((await clinic.get(`/doctors/${clinic.doctor.id}`, patient.token)).status).toBe(200);
  const [entry] = (await clinic.get('/waitlist', waits.token)).body.data;
  expect(entry.offer).toMatchObject({ doctorId: clinic.doctor.id, start: '2026-03-03T09:00:00Z' });
});
