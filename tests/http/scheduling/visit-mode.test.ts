/** Appointments in person, by video and by phone. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Clinic, startClinic, TUESDAY } from './clinic.ts';

const ROOM = 'https://video.example/dr-house';

let clinic: Clinic;

const type = { durationMinutes: 30, slotIntervalMinutes: 30 };
const remote = (startTime: string, extra: object = {}) =>
  clinic.book(clinic.maria.token, startTime, { appointmentType: 'remote', ...extra });
const entry = (fields: object) =>
  clinic.put(
    `/doctors/${clinic.doctor.id}`,
    clinic.doctor.token,
    { specialty: null, languages: [], bio: null, acceptingPatients: true, ...fields },
    1,
  );

beforeAll(async () => {
  clinic = await startClinic();
  const body = { code: 'remote', name: 'Remote', ...type, visitModes: ['video', 'phone'] };
  const made = await clinic.post('/appointment-types', clinic.admin.token, body);
  expect(made.body).toMatchObject({ visitModes: ['video', 'phone'] });
  expect((await entry({ videoLink: 'http://video.example/plain' })).body.errors[0].pointer).toBe('/videoLink');
  expect((await entry({ videoLink: ROOM })).body.videoLink).toBe(ROOM);
});
afterAll(() => clinic.portal.close());

test('a type without modes takes place in person, and an empty list is refused', async () => {
  expect((await clinic.book(clinic.maria.token, '09:00')).body).toMatchObject({ visitMode: 'in_person' });
  const none = { code: 'none', name: 'None', ...type, visitModes: [] };
  const refused = await clinic.post('/appointment-types', clinic.admin.token, none);
  expect(refused.body.errors).toMatchObject([{ pointer: '/visitModes' }]);
});

test('the first mode of the type is the default; patient and doctor see the address, reception does not', async () => {
  const booked = await remote('10:00');
  expect(booked.body).toMatchObject({ visitMode: 'video', videoLink: ROOM });
  const path = `/appointments/${booked.body.id}`;
  expect((await clinic.get(path, clinic.doctor.token)).body.videoLink).toBe(ROOM);
  expect((await clinic.get(path, clinic.staff.token)).body).not.toHaveProperty('videoLink');
  const moved = await clinic.post(`${path}/reschedule`, clinic.maria.token, {
    appointmentDate: TUESDAY,
    startTime: '10:30',
  });
  expect(moved.body).toMatchObject({ visitMode: 'video', videoLink: ROOM });
});

test('another mode of the type is booked when it is named; one that the type does not have is refused', async () => {
  const phone = await remote('11:00', { visitMode: 'phone' });
  expect(phone.body.visitMode).toBe('phone');
  expect(phone.body).not.toHaveProperty('videoLink');
  const refused = await remote('12:00', { visitMode: 'in_person' });
  expect(refused.body).toMatchObject({
    code: 'slot_unavailable',
    reasons: [{ code: 'visit_mode_not_offered', visitModes: ['video', 'phone'], acknowledgeable: false }],
  });
});

test('the confirmation says how: the address of the video, or that the doctor calls', async () => {
  await clinic.runJobs();
  const texts = (await clinic.portal.mails(clinic.maria.email)).map(({ text }) => text);
  expect(texts.some((text) => text.includes(`You meet by video: ${ROOM}`))).toBe(true);
  expect(texts.some((text) => text.includes('The doctor will call you by phone.'))).toBe(true);
});

test('the address is not in the directory, and a change of the entry without it keeps it', async () => {
  const path = `/doctors/${clinic.doctor.id}`;
  expect((await clinic.get(path, clinic.maria.token)).body).not.toHaveProperty('videoLink');
  expect((await clinic.get(path, clinic.otherDoctor.token)).body).not.toHaveProperty('videoLink');
  const saved = await clinic.put(
    path,
    clinic.staff.token,
    { specialty: 'Cardiology', languages: [], bio: null, acceptingPatients: true },
    2,
  );
  expect(saved.body).toMatchObject({ specialty: 'Cardiology', videoLink: ROOM });
});
