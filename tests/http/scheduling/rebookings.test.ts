/** Reception finds its rebookings again, and who has not answered yet; each appointment that was moved has an offer of its own. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Clinic, type Person, startClinic, TUESDAY, WEDNESDAY } from './clinic.ts';

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.portal.close());

/** With appointments on Tuesday from an hour on, one for each patient. */
async function bookedDoctor(name: string, hour: number, ...patients: readonly Person[]) {
  const doctor = await clinic.person('doctor', name);
  await clinic.hours(doctor.id);
  for (const [index, { token }] of patients.entries()) {
    const startTime = `${String(hour + index).padStart(2, '0')}:00`;
    expect((await clinic.book(token, startTime, { doctorId: doctor.id })).status).toBe(201);
  }
  return doctor;
}

async function move(doctor: Person): Promise<string> {
  const off = { from: TUESDAY, until: TUESDAY, affected: { action: 'move' } };
  const entered = await clinic.post(`/doctors/${doctor.id}/time-off`, clinic.staff.token, off);
  expect(entered.status, JSON.stringify(entered.body)).toBe(201);
  clinic.portal.clock.advance(1);
  return entered.body.affected.rebookingIds[0];
}

const listed = async (query: string, { token }: Person = clinic.staff): Promise<string[]> => {
  const { status, body } = await clinic.get(`/rebookings${query}`, token);
  expect(status, JSON.stringify(body)).toBe(200);
  return body.data.map(({ id }: { id: string }) => id);
};

test('each moved appointment of a patient is offered another time at once, and answered by itself', async () => {
  const patient = await clinic.person('patient', 'twice');
  const doctor = await bookedDoctor('moves', 9, patient, patient);
  const id = await move(doctor);
  await clinic.runJobs();
  const entries = (await clinic.get('/waitlist', patient.token)).body.data;
  const starts = entries.map(({ offer }: { offer: { start: string } | null }) => offer?.start).sort();
  expect(starts).toEqual([`${WEDNESDAY}T09:00:00Z`, `${WEDNESDAY}T09:30:00Z`]);
  expect((await clinic.get(`/rebookings/${id}`, clinic.staff.token)).body).toMatchObject({
    ...{ pending: 0, cancelled: 0, offered: 2, waiting: 0, unchanged: 0 },
    answers: { unanswered: 2, waiting: 0, booked: 0, ended: 0 },
  });
  const [first, second] = entries;
  expect((await clinic.post(`/waitlist/offers/${first.offer.id}/accept`, patient.token)).status).toBe(201);
  expect((await clinic.post(`/waitlist/offers/${second.offer.id}/decline`, patient.token)).status).toBe(204);
  const { body } = await clinic.get(`/rebookings/${id}`, clinic.staff.token);
  expect(body).toMatchObject({ offered: 2, answers: { unanswered: 0, waiting: 1, booked: 1, ended: 0 } });
  // A wish still has one offer at a time.
  await clinic.runJobs();
  const open = (await clinic.get('/waitlist', patient.token)).body.data.filter(
    ({ offer }: { offer: unknown }) => offer !== null,
  );
  expect(open.length).toBeLessThanOrEqual(1);
});

test('the list is filtered, sorted and paged; each leads to those who have not answered', async () => {
  const people = [await clinic.person('patient', 'anna'), await clinic.person('patient', 'ben')];
  const [here, there] = [await bookedDoctor('here', 9, ...people), await bookedDoctor('there', 12, ...people)];
  const former = await listed('');
  const running = await move(here);
  expect(await listed('?state=running')).toEqual([running]);
  // What is not settled yet is neither open nor done.
  for (const state of ['open', 'done']) expect(await listed(`?state=${state}`)).not.toContain(running);
  await clinic.runJobs();
  const later = await move(there);
  expect(await listed('?state=running')).toEqual([later]);
  await clinic.runJobs();
  expect(await listed('?state=running')).toEqual([]);
  expect(await listed('')).toEqual([later, running, ...former]);
  expect(await listed('?sort=createdAt')).toEqual([...former, running, later].sort());
  expect(await listed(`?doctorId=${here.id}`)).toEqual([running]);
  expect(await listed('', here)).toEqual([running]);
  expect(await listed(`?doctorId=${there.id}`, here)).toEqual([]);
  const page = await clinic.get('/rebookings?limit=1', clinic.staff.token);
  expect(page.body.data).toMatchObject([{ id: later, offered: 2, answers: { unanswered: 2 } }]);
  expect(page.body.page.nextCursor).not.toBeNull();

  const path = page.body.data[0]._links.unanswered.href.replace('/api/v1', '');
  const unanswered = await clinic.get(path, clinic.staff.token);
  expect(unanswered.body.data).toMatchObject(
    people.map(({ id }) => ({
      patient: { id },
      rebooked: 'unanswered',
      status: 'cancelled',
      offer: { doctorId: there.id },
    })),
  );
  const { accept } = unanswered.body.data[0]._links;
  expect((await clinic.post(accept.href.replace('/api/v1', ''), clinic.staff.token, { channel: 'phone' })).status).toBe(
    201,
  );
  expect((await clinic.get(path, clinic.staff.token)).body.data).toMatchObject([{ patient: { id: people[1]?.id } }]);
  const booked = await clinic.get(`/rebookings/${later}/appointments?state=booked`, clinic.staff.token);
  expect(booked.body.data).toMatchObject([{ patient: { id: people[0]?.id }, offer: null }]);
  expect(await listed(`?doctorId=${there.id}&state=open`)).toEqual([later]);
  expect(await listed(`?doctorId=${there.id}&state=done`)).toEqual([]);
  const declined = unanswered.body.data[1]._links.decline.href.replace('/api/v1', '');
  expect((await clinic.post(declined, clinic.staff.token, { channel: 'phone' })).status).toBe(204);
  const [entry] = (await clinic.get('/waitlist', people[1]?.token ?? '')).body.data.filter(
    ({ doctorId, state }: { doctorId: string; state: string }) => doctorId === there.id && state === 'waiting',
  );
  expect((await clinic.delete(`/waitlist/${entry.id}`, people[1]?.token ?? '')).status).toBe(204);
  expect(await listed(`?doctorId=${there.id}&state=done`)).toEqual([later]);
  expect(await listed(`?doctorId=${there.id}&state=open`)).toEqual([]);
});

test('patients see no rebooking, a doctor none of another, and the reading is recorded', async () => {
  const patient = await clinic.person('patient', 'private');
  const doctor = await bookedDoctor('own', 9, patient);
  const id = await move(doctor);
  for (const path of ['/rebookings', `/rebookings/${id}/appointments`]) {
    expect((await clinic.get(path, patient.token)).status).toBe(403);
  }
  const list = `/rebookings/${id}/appointments`;
  expect((await clinic.get(list, doctor.token)).body.data).toMatchObject([{ rebooked: 'pending' }]);
  expect(await clinic.get(list, clinic.otherDoctor.token)).toMatchObject({
    status: 404,
    body: { code: 'rebooking_not_found' },
  });
  expect((await clinic.get(list, clinic.staff.token)).status).toBe(200);
  const [events = []] = await clinic.portal.driver.run(
    [
      sql`SELECT actor_id FROM audit_events WHERE stream = ${patient.id} AND event_type = 'appointment.listed' ORDER BY sequence`,
    ],
    'snapshot',
  );
  expect(events.map(({ actor_id }) => actor_id)).toEqual([doctor.id, clinic.staff.id]);
});
