/** Who is told of an offer, and until when it is kept. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Clinic, startClinic, TUESDAY } from './clinic.ts';

let clinic: Clinic;
let child: string;
const LENA = 'lena@example.org';
let lena: string;

beforeAll(async () => {
  clinic = await startClinic();
  const { doctor, otherDoctor, staff, maria } = clinic;
  await clinic.hours(otherDoctor.id, []);
  await clinic.hours(doctor.id, [{ weekday: 2, start: '10:00', end: '11:30' }], 'Europe/Berlin');
  const register = async (more: object): Promise<string> => {
    const made = await clinic.post('/patients', staff.token, { lastName: 'Brandt', channel: 'phone', ...more });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    return made.body.id;
  };
  child = await register({ firstName: 'Mia', dateOfBirth: '2020-05-01' });
  lena = await register({ firstName: 'Lena', dateOfBirth: '1980-01-02', email: LENA });
  const proof = { personId: maria.id, ground: 'parent', proof: 'Seen the card' };
  const proxy = await clinic.post(`/patients/${child}/proxies`, staff.token, proof);
  expect(proxy.status, JSON.stringify(proxy.body)).toBe(201);
  await clinic.runJobs();
});
afterAll(() => clinic.portal.close());

const mailsTo = async (email: string, template: string) =>
  (await clinic.portal.mails(email)).filter((mail) => mail.template === template);

/** Takes a time, lets somebody wait for it, and frees it. */
async function offer(startTime: string, patientId: string) {
  const { staff, paul, doctor } = clinic;
  const taken = await clinic.book(staff.token, startTime, { patientId: paul.id });
  expect(taken.status, JSON.stringify(taken.body)).toBe(201);
  const [hour, minute] = startTime.split(':');
  const dailyWindow = { start: startTime, end: minute === '00' ? `${hour}:30` : `${Number(hour) + 1}:00` };
  const wish = { type: 'consultation', doctorId: doctor.id, from: TUESDAY, to: TUESDAY, dailyWindow, patientId };
  const joined = await clinic.post('/waitlist', staff.token, wish);
  expect(joined.status, JSON.stringify(joined.body)).toBe(201);
  await clinic.post(`/appointments/${taken.body.id}/cancel`, staff.token, {});
  await clinic.runJobs();
  const { body } = await clinic.get(`/waitlist?patientId=${patientId}`, staff.token);
  expect(body.data[0].offer).toMatchObject({ start: expect.stringContaining(TUESDAY) });
}

test('a deadline is told on the clock of the time that is offered', async () => {
  const { maria } = clinic;
  await offer('10:00', maria.id);
  const [mail] = await mailsTo(maria.email, 'waitlist-offer');
  expect(mail?.text).toContain(
    'has become free: Tuesday 3 March 2026 at 10:00 (Berlin time). We are keeping it for you until Monday 2 March 2026 at 13:30 (Berlin time).',
  );
  expect(mail?.text).not.toContain('UTC');
});

test('who acts for a patient without an account is told, with the name of the patient', async () => {
  await offer('10:30', child);
  const mails = await mailsTo(clinic.maria.email, 'waitlist-offer');
  expect(mails.map(({ text }) => text.includes('keeping it for Mia Brandt until')).toSorted()).toEqual([false, true]);
});

test('an address that nobody has proven gets no part of the record, only that an answer is waited for', async () => {
  await offer('11:00', lena);
  expect(await mailsTo(LENA, 'waitlist-offer')).toEqual([]);
  const [kept, ...others] = await mailsTo(LENA, 'offer-kept');
  expect(others).toEqual([]);
  expect(kept?.text).toContain('keeps something for you until Monday 2 March 2026 at 13:30 (Berlin time).');
  const said = `${kept?.subject} ${kept?.text}`;
  for (const private_ of ['Lena', 'Brandt', 'doctor Example', '11:00', '3 March', 'time with']) {
    expect(said).not.toContain(private_);
  }
});

test('when a doctor is away, proxies are told of the lost time, and the unproven address of the offer alone', async () => {
  const { staff, otherDoctor } = clinic;
  const code = 'quick';
  const type = { code, name: 'Quick', durationMinutes: 15, slotIntervalMinutes: 15 };
  expect((await clinic.post('/appointment-types', clinic.admin.token, type)).status).toBe(201);
  await clinic.hours(
    otherDoctor.id,
    [2, 3].map((weekday) => ({ weekday, start: '09:00', end: '12:00' })),
  );
  for (const [startTime, patientId] of [
    ['09:00', child],
    ['09:15', lena],
  ] as const) {
    const about = { doctorId: otherDoctor.id, appointmentType: code, patientId };
    const booked = await clinic.book(staff.token, startTime, about);
    expect(booked.status, JSON.stringify(booked.body)).toBe(201);
  }
  for (const patientId of [child, lena]) {
    const [waiting] = (await clinic.get(`/waitlist?patientId=${patientId}`, staff.token)).body.data;
    expect((await clinic.delete(`/waitlist/${waiting.id}`, staff.token)).status).toBe(204);
  }
  const before = (await mailsTo(LENA, 'offer-kept')).length;
  const off = { from: TUESDAY, until: TUESDAY, affected: { action: 'move' } };
  expect((await clinic.post(`/doctors/${otherDoctor.id}/time-off`, staff.token, off)).status).toBe(201);
  await clinic.runJobs();
  const [told, ...others] = await mailsTo(clinic.maria.email, 'appointment-given-up');
  expect(others).toEqual([]);
  expect(told?.text).toContain('The appointment of Mia Brandt with');
  expect(told?.text).toContain('Instead we offer Wednesday 4 March 2026 at 09:00 (UTC)');
  expect(told?.text).toContain('We are keeping it for Mia Brandt until');
  expect(await mailsTo(LENA, 'appointment-given-up')).toEqual([]);
  expect(await mailsTo(LENA, 'offer-kept')).toHaveLength(before + 1);
});
