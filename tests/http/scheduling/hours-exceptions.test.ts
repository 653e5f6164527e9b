/** Parts of days off, breaks, hours of one date for some types, and night shifts, from request to slots. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Clinic, startClinic, TUESDAY, WEDNESDAY } from './clinic.ts';

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.portal.close());

async function doctorWith(name: string, ...weekly: object[]) {
  const doctor = await clinic.person('doctor', name);
  const everyDay = [1, 2, 3, 4, 5, 6, 7].flatMap((weekday) => weekly.map((rule) => ({ weekday, ...rule })));
  expect((await clinic.hours(doctor.id, everyDay)).status).toBe(200);
  const slots = async (date: string): Promise<string[]> => {
    const path = `/appointments/available-slots?doctorId=${doctor.id}&date=${date}`;
    const reply = await clinic.get(path, clinic.maria.token);
    expect(reply.status, JSON.stringify(reply.body)).toBe(200);
    return reply.body.data.map(({ startTime }: { startTime: string }) => startTime);
  };
  return { ...doctor, slots, overrides: `/doctors/${doctor.id}/availability/overrides` };
}

describe('time off', () => {
  test('for a part of a day takes its time out of the slots, and is shown with its times', async () => {
    const doctor = await doctorWith('partly', { start: '09:00', end: '12:00' });
    const path = `/doctors/${doctor.id}/time-off`;
    const body = { from: TUESDAY, until: TUESDAY, startTime: '09:45', endTime: '11:00', reason: 'Dentist' };
    const entered = await clinic.post(path, doctor.token, body);
    expect(entered).toMatchObject({ status: 201, body: { ...body } });
    expect(await doctor.slots(TUESDAY)).toEqual(['09:00', '11:00', '11:30']);
    expect((await clinic.get(path, doctor.token)).body.data).toMatchObject([body]);
    const refused = await clinic.post('/appointments', clinic.maria.token, {
      doctorId: doctor.id,
      appointmentDate: TUESDAY,
      startTime: '09:30',
      appointmentType: 'consultation',
    });
    expect(refused).toMatchObject({ status: 422, body: { reasons: [{ code: 'outside_availability' }] } });
    const sheet = await clinic.get(`/clinic/day?date=${TUESDAY}&doctorIds=${doctor.id}`, clinic.staff.token);
    expect(sheet.body.doctors[0].absences).toMatchObject([{ kind: 'time_off', startTime: '09:45', endTime: '11:00' }]);
    await clinic.delete(`${path}/${entered.body.id}`, doctor.token);
    expect(await doctor.slots(TUESDAY)).toHaveLength(6);
  });

  test('that ends before it begins is refused with the field', async () => {
    const doctor = await doctorWith('backwards', { start: '09:00', end: '12:00' });
    const body = { from: TUESDAY, until: TUESDAY, startTime: '11:00', endTime: '10:00' };
    expect(await clinic.post(`/doctors/${doctor.id}/time-off`, doctor.token, body)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/endTime', code: 'end_before_start' }] },
    });
  });
});

describe('the same entry twice', () => {
  const absent = { from: '2026-05-04', until: '2026-05-08', reason: 'Conference' };

  test('of time off is refused; another reason, another time or another doctor is another entry', async () => {
    const doctor = await doctorWith('twice', { start: '09:00', end: '12:00' });
    const path = `/doctors/${doctor.id}/time-off`;
    expect((await clinic.post(path, doctor.token, absent)).status).toBe(201);
    for (const token of [doctor.token, clinic.staff.token]) {
      expect(await clinic.post(path, token, absent)).toMatchObject({ status: 409, body: { code: 'time_off_exists' } });
      expect((await clinic.post(`${path}?dryRun=true`, token, absent)).status).toBe(409);
    }
    for (const other of [
      { reason: 'Holiday' },
      { reason: undefined },
      { startTime: '12:00' },
      { until: '2026-05-09' },
    ]) {
      expect((await clinic.post(path, doctor.token, { ...absent, ...other })).status).toBe(201);
    }
    expect((await clinic.post(`/doctors/${clinic.doctor.id}/time-off`, clinic.staff.token, absent)).status).toBe(201);
    expect((await clinic.get(path, doctor.token)).body.data).toHaveLength(5);
  });

  test('of time off at once is one entry', async () => {
    const doctor = await doctorWith('at-once', { start: '09:00', end: '12:00' });
    const path = `/doctors/${doctor.id}/time-off`;
    const replies = await Promise.all([1, 2, 3].map(() => clinic.post(path, doctor.token, absent)));
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expect((await clinic.get(path, doctor.token)).body.data).toHaveLength(1);
  });
});

test('removing other hours by DELETE says that it is deprecated, and what to call instead, also when it refuses', async () => {
  const doctor = await doctorWith('deprecated', { start: '09:00', end: '12:00' });
  const made = await clinic.post(doctor.overrides, doctor.token, { date: '2026-06-02', available: [] });
  const own = `${doctor.overrides}/${made.body.id}`;
  for (const status of [204, 404]) {
    const answer = await clinic.delete(own, doctor.token);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('Deprecation')).toBe(`@${Date.parse('2026-12-01T00:00:00Z') / 1000}`);
    expect(answer.headers.get('Link')).toBe(`</api/v1${own}/remove>; rel="successor-version"`);
  }
});

describe('links to what changes hours', () => {
  const relations = async (path: string, token: string): Promise<string[]> => {
    const { status, body } = await clinic.get(path, token);
    expect(status).toBe(200);
    return Object.keys((body.data?.[0] ?? body)._links).sort();
  };

  test('are for those who may change them', async () => {
    const doctor = await doctorWith('linked', { start: '09:00', end: '12:00' });
    const made = await clinic.post(doctor.overrides, doctor.token, { date: '2026-06-02', available: [] });
    const own = `${doctor.overrides}/${made.body.id}`;
    const hours = `/doctors/${doctor.id}/availability`;
    for (const { token } of [doctor, clinic.staff, clinic.admin]) {
      for (const path of [doctor.overrides, own])
        expect(await relations(path, token)).toEqual(['remove', 'replace', 'self']);
      expect(await relations(hours, token)).toEqual(['overrides', 'replace', 'self']);
    }
    for (const { token } of [clinic.maria, clinic.otherDoctor]) {
      for (const path of [doctor.overrides, own]) expect(await relations(path, token)).toEqual(['self']);
      expect(await relations(hours, token)).toEqual(['overrides', 'self']);
      expect([403, 404]).toContain((await clinic.delete(own, token)).status);
    }
    const scopes = ['read:directory'];
    const made2 = await clinic.post('/api-keys', doctor.token, { name: 'reader', scopes });
    const byKey = await clinic.portal.request('GET', `/api/v1${own}`, { headers: { 'X-API-Key': made2.body.key } });
    expect(Object.keys(byKey.body._links)).toEqual(['self']);
  });
});

test('breaks of weekly hours are answered as the ranges around them', async () => {
  const doctor = await doctorWith('lunch', {
    start: '10:00',
    end: '14:00',
    breaks: [{ start: '11:00', end: '13:00' }],
  });
  expect(await doctor.slots(TUESDAY)).toEqual(['10:00', '10:30', '13:00', '13:30']);
  const { body } = await clinic.get(`/doctors/${doctor.id}/availability`, clinic.maria.token);
  expect(body.weekly.slice(0, 2)).toMatchObject([
    { weekday: 1, start: '10:00', end: '11:00' },
    { weekday: 1, start: '13:00', end: '14:00' },
  ]);
  expect(
    (await clinic.put(`/doctors/${doctor.id}/availability`, doctor.token, { timezone: 'UTC', weekly: body.weekly }))
      .status,
  ).toBe(200);
});

describe('hours of one date', () => {
  test('are replaced in one step, only over the version that was read', async () => {
    const doctor = await doctorWith('replaced', { start: '09:00', end: '10:00' });
    const made = await clinic.post(doctor.overrides, doctor.token, { date: TUESDAY, available: [] });
    const one = `${doctor.overrides}/${made.body.id}`;
    const shown = await clinic.get(one, clinic.maria.token);
    expect([shown.status, shown.headers.get('etag')]).toEqual([200, `"v${made.body.version}"`]);
    const body = { date: TUESDAY, available: [{ start: '14:00', end: '15:00', appointmentTypes: ['consultation'] }] };
    expect(await clinic.put(one, doctor.token, body, made.body.version - 1)).toMatchObject({ status: 412 });
    const replaced = await clinic.put(one, doctor.token, body, made.body.version);
    expect(replaced).toMatchObject({ status: 200, body: { id: made.body.id, ...body, endsNightBefore: false } });
    expect(await doctor.slots(TUESDAY)).toEqual(['14:00', '14:30']);
    const other = await clinic.post(doctor.overrides, doctor.token, { date: WEDNESDAY, available: [] });
    expect(await clinic.put(one, doctor.token, { ...body, date: WEDNESDAY })).toMatchObject({
      status: 409,
      body: { code: 'override_exists' },
    });
    await clinic.delete(`${doctor.overrides}/${other.body.id}`, doctor.token);
    expect((await clinic.put(one, doctor.token, { ...body, date: WEDNESDAY })).status).toBe(200);
    expect([await doctor.slots(TUESDAY), await doctor.slots(WEDNESDAY)]).toEqual([
      ['09:00', '09:30'],
      ['14:00', '14:30'],
    ]);
    expect((await clinic.put(one, clinic.otherDoctor.token, body)).status).toBe(404);
    const unknown = one.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    expect((await clinic.put(unknown, doctor.token, body)).status).toBe(404);
  });

  test('may be for some types, which must exist', async () => {
    const doctor = await doctorWith('typed', { start: '09:00', end: '10:00' });
    const type = { code: 'vaccination', name: 'Vaccination', durationMinutes: 10, slotIntervalMinutes: 10 };
    expect((await clinic.post('/appointment-types', clinic.admin.token, type)).status).toBe(201);
    const hours = (...appointmentTypes: string[]) => ({
      date: TUESDAY,
      available: [{ start: '14:00', end: '15:00', appointmentTypes }],
    });
    expect(await clinic.post(doctor.overrides, doctor.token, hours('nonsense'))).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/available/0/appointmentTypes/0', code: 'unknown_type' }] },
    });
    expect((await clinic.post(doctor.overrides, doctor.token, hours('vaccination'))).status).toBe(201);
    expect(await doctor.slots(TUESDAY)).toEqual([]);
  });

  test('do not cut the night shift before, unless they say so', async () => {
    const doctor = await doctorWith('night', { start: '23:00', end: '01:00' });
    const closed = { date: WEDNESDAY, available: [] };
    const made = await clinic.post(doctor.overrides, doctor.token, closed);
    expect(await doctor.slots(WEDNESDAY)).toEqual(['00:00', '00:30']);
    await clinic.put(`${doctor.overrides}/${made.body.id}`, doctor.token, { ...closed, endsNightBefore: true });
    expect(await doctor.slots(WEDNESDAY)).toEqual([]);
    expect(await doctor.slots(TUESDAY)).toContain('23:30');
  });
});

test('hours of a date, time off and holidays are stored with the time of the command', async () => {
  const token = clinic.admin.token;
  const date = '2026-05-04';
  const made = [
    await clinic.post(`/doctors/${clinic.doctor.id}/availability/overrides`, token, { date, available: [] }),
    await clinic.post(`/doctors/${clinic.doctor.id}/time-off`, token, { from: date, until: date }),
    await clinic.post('/clinic/holidays', token, { from: date, until: date, name: 'Stored' }),
  ];
  expect(made.map(({ status }) => status)).toEqual([201, 201, 201]);
  const ids = made.map(({ body }) => body.id);
  const [found] = await clinic.portal.driver.run(
    [
      sql`SELECT created_at FROM availability_overrides WHERE id = ${ids[0]}::uuid
          UNION ALL SELECT created_at FROM time_off WHERE id = ${ids[1]}::uuid
          UNION ALL SELECT created_at FROM clinic_holidays WHERE id = ${ids[2]}::uuid`,
    ],
    'read',
  );
  const now = clinic.portal.clock.now();
  expect(found?.map(({ created_at }) => created_at)).toEqual([now, now, now]);
});
