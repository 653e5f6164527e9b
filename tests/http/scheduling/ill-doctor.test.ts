/** An ill doctor: the patients are moved or told in one command. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clinic, type Person, startClinic, TUESDAY, WEDNESDAY } from './clinic.ts';

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.portal.close());

const QUARTERS = Array.from({ length: 30 }, (_, i) => 9 * 60 + 15 * i).map(
  (minute) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`,
);

async function bookedDoctor(name: string, count: number) {
  const doctor = await clinic.person('doctor', name);
  await clinic.hours(doctor.id);
  const code = `quick_${name}`;
  const type = { code, name: 'Quick', durationMinutes: 15, slotIntervalMinutes: 15 };
  expect((await clinic.post('/appointment-types', clinic.admin.token, type)).status).toBe(201);
  const patients: {
    readonly email: string;
    readonly id: string;
    readonly appointment: string;
    readonly person: Person;
  }[] = [];
  for (const startTime of QUARTERS.slice(0, count)) {
    const person = await clinic.person('patient', `${name}-${startTime.replace(':', '')}`);
    const reply = await clinic.book(person.token, startTime, { doctorId: doctor.id, appointmentType: code });
    expect(reply.status, JSON.stringify(reply.body)).toBe(201);
    patients.push({ ...person, appointment: reply.body.id, person });
  }
  return { doctor, patients, timeOff: `/doctors/${doctor.id}/time-off`, code };
}

const told = async (email: string) =>
  (await clinic.portal.mails(email)).filter(({ template }) => template === 'appointment-given-up').length;

describe('an ill doctor', () => {
  test('30 patients are shown first, then moved in one command, once', async () => {
    const { doctor, patients, timeOff } = await bookedDoctor('ill', 30);
    const body = {
      from: TUESDAY,
      until: TUESDAY,
      reason: 'Ill',
      affected: { action: 'move', message: 'Dr Ill is ill.' },
    };
    const preview = await clinic.post(`${timeOff}?dryRun=true`, clinic.staff.token, body);
    expect(preview).toMatchObject({ status: 200, body: { count: 30, until: '2026-03-03T16:15:00Z' } });
    expect(preview.body.appointments[0].patient).toMatchObject({ id: patients[0]?.id });
    expect((await clinic.get(timeOff, clinic.staff.token)).body.data).toEqual([]);

    const key = { 'Idempotency-Key': 'one-day-of-illness' };
    const entered = await clinic.post(timeOff, clinic.staff.token, body, key);
    expect(entered).toMatchObject({ status: 201, body: { affected: { count: 30, action: 'move' } } });
    expect((await clinic.post(timeOff, clinic.staff.token, body, key)).body).toEqual(entered.body);
    await clinic.runJobs();
    const progress = await clinic.get(`/rebookings/${entered.body.affected.rebookingIds[0]}`, clinic.staff.token);
    expect(progress.body).toMatchObject({ pending: 0, offered: 30, cancelled: 0, waiting: 0 });
    const starts = new Set<string>();
    for (const { email, appointment, person } of patients) {
      expect(await told(email)).toBe(1);
      expect((await clinic.get(`/appointments/${appointment}`, person.token)).body).toMatchObject({
        status: 'cancelled',
        version: 2,
      });
      const { body: list } = await clinic.get('/waitlist', person.token);
      starts.add(list.data[0].offer.start);
    }
    expect(starts.size).toBe(30);
    expect([...starts].every((start) => start.startsWith(WEDNESDAY))).toBe(true);
    const { body: list } = await clinic.get('/waitlist', patients[0]?.person.token ?? '');
    const accepted = await clinic.post(
      `/waitlist/offers/${list.data[0].offer.id}/accept`,
      patients[0]?.person.token ?? '',
    );
    expect(accepted).toMatchObject({ status: 201, body: { doctorId: doctor.id, appointmentDate: WEDNESDAY } });
  });

  test('patients are told where nothing is offered, and left where nobody says what to do', async () => {
    const { patients, timeOff } = await bookedDoctor('told', 2);
    const morning = { from: TUESDAY, until: TUESDAY, startTime: '09:00', endTime: '09:15' };
    const left = await clinic.post(timeOff, clinic.staff.token, morning);
    expect(left.body.affected).toMatchObject({ count: 1, action: 'leave', rebookingIds: [] });
    const rest = { from: TUESDAY, until: TUESDAY, affected: { action: 'cancel' } };
    expect((await clinic.post(timeOff, clinic.staff.token, rest)).body.affected).toMatchObject({ count: 2 });
    await clinic.runJobs();
    for (const { email } of patients) expect(await told(email)).toBe(1);
  });

  test('a patient may accept another time with a doctor who takes no new patients, of a type that the clinic books', async () => {
    const { doctor, patients, timeOff, code } = await bookedDoctor('full', 1);
    const path = `/doctors/${doctor.id}`;
    const { version } = (await clinic.get(path, clinic.staff.token)).body;
    const settings = { specialty: null, languages: ['en'], bio: null, acceptingPatients: false };
    expect((await clinic.put(path, clinic.staff.token, settings, version)).status).toBe(200);
    const { data } = (await clinic.get('/appointment-types', clinic.admin.token)).body;
    const type = data.find((each: { code: string }) => each.code === code);
    const forClinic = { code, name: 'Quick', durationMinutes: 15, slotIntervalMinutes: 15, bookableBy: 'clinic' };
    const changed = await clinic.put(`/appointment-types/${type.id}`, clinic.admin.token, forClinic, type.version);
    expect(changed.status, JSON.stringify(changed.body)).toBe(200);
    const off = { from: TUESDAY, until: TUESDAY, affected: { action: 'move' } };
    expect((await clinic.post(timeOff, clinic.staff.token, off)).status).toBe(201);
    await clinic.runJobs();
    const token = patients[0]?.person.token ?? '';
    const [{ offer }] = (await clinic.get('/waitlist', token)).body.data;
    const accepted = await clinic.post(`/waitlist/offers/${offer.id}/accept`, token);
    expect(accepted, JSON.stringify(accepted.body)).toMatchObject({
      status: 201,
      body: { appointmentDate: WEDNESDAY, startTime: '09:00' },
    });
  });

  test('all appointments to come are transferred to another doctor, at the same time where that is free', async () => {
    const { doctor, patients } = await bookedDoctor('leaving', 2);
    const { doctor: other } = await bookedDoctor('coming', 1);
    const path = `/doctors/${doctor.id}/transfer`;
    const body = { affected: { action: 'move', doctorId: other.id } };
    expect((await clinic.post(path, clinic.otherDoctor.token, body)).status).toBe(404);
    expect((await clinic.post(path, patients[0]?.person.token ?? '', body)).status).toBe(403);
    expect(
      await clinic.post(path, clinic.staff.token, { affected: { action: 'move', doctorId: doctor.id } }),
    ).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/affected/doctorId' }] },
    });
    expect((await clinic.post(`${path}?dryRun=true`, clinic.staff.token, body)).body.count).toBe(2);
    expect(await clinic.post(path, clinic.staff.token, body)).toMatchObject({ status: 202, body: { count: 2 } });
    await clinic.runJobs();
    const offers = await Promise.all(
      patients.map(async ({ person }) => (await clinic.get('/waitlist', person.token)).body.data[0].offer),
    );
    expect(offers.map(({ start }) => start)).toEqual(['2026-03-03T09:15:00Z', '2026-03-03T09:30:00Z']);
    expect(offers.map(({ doctorId }) => doctorId)).toEqual([other.id, other.id]);
  });
});
