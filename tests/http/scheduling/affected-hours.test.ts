/** Every change that takes away booked time: who is affected is shown first, then what is asked is done, by the same rules. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clinic, type Person, startClinic, TUESDAY, WEDNESDAY, WEEK } from './clinic.ts';

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.portal.close());

/** A doctor with an appointment on Tuesday at 09:30 and one at 15:00. */
async function booked(name: string) {
  const doctor = await clinic.person('doctor', name);
  await clinic.hours(doctor.id);
  const visits: { readonly person: Person; readonly id: string }[] = [];
  for (const startTime of ['09:30', '15:00']) {
    const person = await clinic.person('patient', `${name}-${startTime.replace(':', '')}`);
    const reply = await clinic.book(person.token, startTime, { doctorId: doctor.id });
    expect(reply.status, JSON.stringify(reply.body)).toBe(201);
    visits.push({ person, id: reply.body.id });
  }
  const statuses = () =>
    Promise.all(
      visits.map(async ({ person, id }) => (await clinic.get(`/appointments/${id}`, person.token)).body.status),
    );
  return { doctor, path: `/doctors/${doctor.id}/availability`, visits, statuses };
}

const MORNINGS = { timezone: 'UTC', weekly: WEEK.map((rule) => ({ ...rule, end: '12:00' })) };
const affectedIds = ({ appointments }: { appointments: { id: string }[] }) => appointments.map(({ id }) => id);

describe('appointments lose their time', () => {
  test('by other weekly hours', async () => {
    const { path, visits, statuses } = await booked('weekly');
    const affected = { action: 'cancel', message: 'The afternoons are closed.' };
    const before = (await clinic.get(path, clinic.staff.token)).body;
    const dry = await clinic.put(`${path}?dryRun=true`, clinic.staff.token, { ...MORNINGS, affected });
    expect(dry).toMatchObject({
      status: 200,
      body: { weekly: [{ end: '12:00' }, {}, {}, {}, {}, {}, {}], affected: { count: 1, rebookingIds: [] } },
    });
    expect(affectedIds(dry.body.affected)).toEqual([visits[1]?.id]);
    expect((await clinic.get(path, clinic.staff.token)).body).toEqual(before);

    const saved = await clinic.put(path, clinic.staff.token, { ...MORNINGS, affected }, before.version);
    expect(saved).toMatchObject({ status: 200, body: { affected: { count: 1, action: 'cancel' } } });
    expect(saved.body.affected.rebookingIds).toHaveLength(1);
    await clinic.runJobs();
    expect(await statuses()).toEqual(['scheduled', 'cancelled']);
    const mails = await clinic.portal.mails(visits[1]?.person.email ?? '');
    const [told, ...others] = mails.filter(({ template }) => template === 'appointment-given-up');
    expect([told?.text, others]).toEqual([expect.stringContaining('The afternoons are closed.'), []]);
  });

  test('by breaks, but not by ranges that touch', async () => {
    const { path, visits } = await booked('break');
    const rules = (breaks: object) => ({ timezone: 'UTC', weekly: WEEK.map((rule) => ({ ...rule, breaks })) });
    const lunch = rules([{ start: '14:45', end: '15:15' }]);
    const dry = await clinic.put(`${path}?dryRun=true`, clinic.staff.token, lunch);
    expect(affectedIds(dry.body.affected)).toEqual([visits[1]?.id]);
    const split = {
      timezone: 'UTC',
      weekly: WEEK.flatMap((rule) => [
        { ...rule, end: '15:15' },
        { ...rule, start: '15:15' },
      ]),
    };
    expect((await clinic.put(`${path}?dryRun=true`, clinic.staff.token, split)).body.affected.count).toBe(0);
  });

  test('by other hours of a date, when they are set, replaced and removed', async () => {
    const { path, visits, statuses } = await booked('override');
    const [, late] = visits;
    const short = { date: TUESDAY, available: [{ start: '09:00', end: '12:00' }] };
    const dry = await clinic.post(`${path}/overrides?dryRun=true`, clinic.staff.token, short);
    expect(dry).toMatchObject({ status: 200, body: { count: 1, action: 'leave', until: '2026-03-03T15:00:00Z' } });
    const set = await clinic.post(`${path}/overrides`, clinic.staff.token, short);
    expect(set).toMatchObject({ status: 201, body: { affected: { count: 1, action: 'leave', rebookingIds: [] } } });
    expect(await statuses()).toEqual(['scheduled', 'scheduled']);

    const own = `${path}/overrides/${set.body.id}`;
    const evening = { date: TUESDAY, available: [{ start: '10:00', end: '22:00' }], affected: { action: 'move' } };
    const would = await clinic.put(`${own}?dryRun=true`, clinic.staff.token, evening);
    expect([would.status, affectedIds(would.body.affected)]).toEqual([200, [visits[0]?.id]]);
    const replaced = await clinic.put(own, clinic.staff.token, evening);
    expect(replaced).toMatchObject({ status: 200, body: { affected: { count: 1, action: 'move' } } });
    await clinic.runJobs();
    expect(await statuses()).toEqual(['cancelled', 'scheduled']);
    const [{ offer }] = (await clinic.get('/waitlist', visits[0]?.person.token ?? '')).body.data;
    expect(offer.start).toBe('2026-03-03T10:00:00Z');

    const night = await clinic.book(clinic.staff.token, '20:00', {
      doctorId: (await clinic.get(`/appointments/${late?.id}`, clinic.staff.token)).body.doctorId,
      patientId: clinic.maria.id,
    });
    expect(night.status, JSON.stringify(night.body)).toBe(201);
    const removal = await clinic.portal.request('DELETE', `/api/v1${own}?dryRun=true`, { token: clinic.staff.token });
    expect([removal.status, affectedIds(removal.body)]).toEqual([200, [night.body.id]]);
    expect((await clinic.delete(own, clinic.staff.token)).status).toBe(204);
  });

  test('only near the dates of the change: the others are not read', async () => {
    const { doctor, path, visits } = await booked('near');
    const later = await clinic.book(visits[0]?.person.token ?? '', '09:30', {
      ...{ doctorId: doctor.id, appointmentDate: '2026-03-24' },
    });
    expect(later.status).toBe(201);
    const { driver } = clinic.portal;
    const { run } = driver;
    let read = '';
    driver.run = async (statements, mode, bounds) => {
      const results = await run(statements, mode, bounds);
      read += JSON.stringify(results);
      return results;
    };
    const absent = { from: TUESDAY, until: TUESDAY };
    const timeOff = await clinic.post(`/doctors/${doctor.id}/time-off`, clinic.staff.token, absent);
    const closed = { date: TUESDAY, available: [] };
    const override = await clinic.post(`${path}/overrides`, clinic.staff.token, closed);
    const dropped = await clinic.delete(`/doctors/${doctor.id}/time-off/${timeOff.body.id}`, clinic.staff.token);
    driver.run = run;
    expect([timeOff.body.affected.count, override.body.affected.count, dropped.status]).toEqual([2, 0, 204]);
    expect(visits.map(({ id }) => read.includes(id))).toEqual([true, true]);
    expect(read.includes(later.body.id)).toBe(false);
  });

  test('by other hours of a date that are removed, and are cancelled or moved by the same command', async () => {
    const { doctor, path, visits, statuses } = await booked('removed');
    const evening = { date: TUESDAY, available: [{ start: '09:00', end: '22:00' }] };
    const set = await clinic.post(`${path}/overrides`, clinic.staff.token, evening);
    const late = await clinic.person('patient', 'late');
    const night = await clinic.book(late.token, '20:00', { doctorId: doctor.id });
    expect(night.status, JSON.stringify(night.body)).toBe(201);
    const removal = `${path}/overrides/${set.body.id}/remove`;
    const affected = { action: 'move', message: 'No more evenings.' };
    const dry = await clinic.post(`${removal}?dryRun=true`, clinic.staff.token, { affected });
    expect(dry).toMatchObject({ status: 200, body: { count: 1, action: 'move', rebookingIds: [] } });
    expect(affectedIds(dry.body)).toEqual([night.body.id]);
    for (const refused of [
      { action: 'leave', message: 'x' },
      { action: 'cancel', doctorId: clinic.doctor.id },
      { action: 'move', doctorId: doctor.id },
    ]) {
      const reply = await clinic.post(removal, clinic.staff.token, { affected: refused });
      expect(reply).toMatchObject({ status: 422, body: { code: 'invalid_fields', errors: [{ code: 'conflict' }] } });
    }
    expect((await clinic.post(removal, clinic.otherDoctor.token, { affected })).status).toBe(404);
    expect((await clinic.post(removal, late.token, { affected })).status).toBe(403);

    const key = { 'Idempotency-Key': 'no-more-evenings' };
    const removed = await clinic.post(removal, clinic.staff.token, { affected }, key);
    expect(removed).toMatchObject({ status: 200, body: { count: 1, action: 'move' } });
    expect(removed.body.rebookingIds).toHaveLength(1);
    const repeated = await clinic.post(removal, clinic.staff.token, { affected }, key);
    expect(repeated.body).toEqual(removed.body);
    expect(await clinic.post(removal, clinic.staff.token, { affected })).toMatchObject({
      status: 404,
      body: { code: 'override_not_found' },
    });
    await clinic.runJobs();
    expect(await statuses()).toEqual(['scheduled', 'scheduled']);
    expect((await clinic.get(`/appointments/${night.body.id}`, late.token)).body.status).toBe('cancelled');
    const [{ offer }] = (await clinic.get('/waitlist', late.token)).body.data;
    expect(offer).toMatchObject({ start: `${WEDNESDAY}T09:00:00Z` });
    const mails = (await clinic.portal.mails(late.email)).filter(({ text }) => text.includes('No more evenings.'));
    expect(mails).toHaveLength(1);
    expect(visits).toHaveLength(2);
  });

  test('by a holiday of the clinic, of all doctors but those with hours of their own on that date', async () => {
    const [first, second, working] = [await booked('closed1'), await booked('closed2'), await booked('working')];
    await clinic.post(`${working.path}/overrides`, clinic.staff.token, {
      date: TUESDAY,
      available: [{ start: '09:00', end: '17:00' }],
    });
    const holiday = { from: TUESDAY, until: TUESDAY, name: 'Carnival', affected: { action: 'move' } };
    const dry = await clinic.post('/clinic/holidays?dryRun=true', clinic.staff.token, holiday);
    const ids = [...first.visits, ...second.visits].map(({ id }) => id);
    expect(dry.status, JSON.stringify(dry.body)).toBe(200);
    expect(affectedIds(dry.body)).toEqual(expect.arrayContaining(ids));
    expect(affectedIds(dry.body)).not.toEqual(expect.arrayContaining(working.visits.map(({ id }) => id)));
    expect((await clinic.get('/clinic/holidays', clinic.staff.token)).body.data).toEqual([]);
    expect((await clinic.post('/clinic/holidays', clinic.doctor.token, holiday)).status).toBe(403);

    const entered = await clinic.post('/clinic/holidays', clinic.staff.token, holiday);
    expect(entered).toMatchObject({ status: 201, body: { affected: { count: dry.body.count, action: 'move' } } });
    await clinic.runJobs();
    for (const { statuses } of [first, second]) expect(await statuses()).toEqual(['cancelled', 'cancelled']);
    expect(await working.statuses()).toEqual(['scheduled', 'scheduled']);
    for (const { person } of first.visits) {
      const { data } = (await clinic.get('/waitlist', person.token)).body;
      expect(data[0].offer).toMatchObject({ doctorId: first.doctor.id, start: expect.stringContaining(WEDNESDAY) });
    }
    const progress = await Promise.all(
      entered.body.affected.rebookingIds.map((id: string) => clinic.get(`/rebookings/${id}`, clinic.staff.token)),
    );
    expect(progress.map(({ body }) => [body.doctorId, body.pending, body.offered])).toEqual(
      expect.arrayContaining([
        [first.doctor.id, 0, 2],
        [second.doctor.id, 0, 2],
      ]),
    );
  });

  test('and a message needs an action, another doctor must be another one', async () => {
    const { doctor } = clinic;
    const path = `/doctors/${doctor.id}/availability`;
    const wrong = [
      [{ action: 'leave', message: 'Sorry' }, '/affected/message'],
      [{ action: 'cancel', doctorId: clinic.otherDoctor.id }, '/affected/doctorId'],
      [{ action: 'move', doctorId: doctor.id }, '/affected/doctorId'],
      [{ action: 'move', doctorId: clinic.maria.id }, '/affected/doctorId'],
    ] as const;
    for (const [affected, pointer] of wrong) {
      const reply = await clinic.put(path, clinic.staff.token, { ...MORNINGS, affected });
      expect(reply).toMatchObject({ status: 422, body: { errors: [{ pointer }] } });
    }
  });
});
