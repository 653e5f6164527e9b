import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Clinic, startClinic, TUESDAY, WEDNESDAY } from './clinic.ts';

const ABSENT = '01900000-0000-7000-8000-00000000abcd';

describe('holds', () => {
  let clinic: Clinic;
  beforeAll(async () => {
    clinic = await startClinic();
  });
  afterAll(() => clinic.portal.close());

  const hold = (token: string, start: string, extra = {}) =>
    clinic.post('/appointments/holds', token, { doctorId: clinic.doctor.id, start, type: 'consultation', ...extra });

  test('R38: a hold blocks its time for others, is consumed by the booking, and is absent to others', async () => {
    const { maria, paul } = clinic;
    const held = await hold(maria.token, '2026-03-03T10:00:00Z');
    expect(held).toMatchObject({ status: 201, body: { expiresAt: '2026-03-02T12:10:00Z' } });
    expect(await clinic.book(paul.token, '10:00')).toMatchObject({ status: 409, body: { code: 'slot_taken' } });
    const foreign = await clinic.book(paul.token, '10:00', { holdId: held.body.id });
    expect(foreign).toMatchObject({ status: 404, body: { code: 'hold_not_found' } });
    expect(await clinic.delete(`/appointments/holds/${held.body.id}`, paul.token)).toMatchObject({ status: 404 });
    expect(await clinic.book(maria.token, '10:30', { holdId: held.body.id })).toMatchObject({
      status: 422,
      body: { code: 'hold_mismatch' },
    });
    expect(await clinic.book(maria.token, '10:00', { holdId: held.body.id })).toMatchObject({ status: 201 });
    expect(await clinic.book(maria.token, '10:00', { holdId: held.body.id })).toMatchObject({ status: 404 });
  });

  test('a released or expired hold blocks nothing; booking through it is refused with the reason', async () => {
    const { maria, paul } = clinic;
    const released = await hold(maria.token, '2026-03-03T11:00:00Z');
    expect(await clinic.delete(`/appointments/holds/${released.body.id}`, maria.token)).toMatchObject({ status: 204 });
    const again = await hold(paul.token, '2026-03-03T11:00:00Z');
    expect(again.status).toBe(201);
    clinic.portal.clock.advance(601);
    expect(await clinic.book(paul.token, '11:00', { holdId: again.body.id })).toMatchObject({
      status: 409,
      body: { code: 'hold_expired', expiredAt: '2026-03-02T12:10:00Z' },
    });
    expect(await clinic.book(maria.token, '11:00')).toMatchObject({ status: 201 });
  });

  test('a holder has at most three holds; an invalid instant and a time outside hours are refused', async () => {
    const { paul } = clinic;
    for (const hour of ['12', '13', '14']) {
      expect((await hold(paul.token, `2026-03-04T${hour}:00:00Z`)).status).toBe(201);
    }
    expect(await hold(paul.token, '2026-03-04T15:00:00Z')).toMatchObject({ status: 409, body: { limit: 3 } });
    expect(await hold(clinic.maria.token, '2026-03-04 15:00')).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/start' }] },
    });
    expect(await hold(clinic.maria.token, '2026-03-04T20:00:00Z')).toMatchObject({
      status: 422,
      body: { code: 'slot_unavailable', reasons: [{ code: 'outside_availability' }] },
    });
    expect(await hold(clinic.maria.token, '2026-03-04T15:00:00Z', { doctorId: ABSENT })).toMatchObject({
      status: 404,
      body: { code: 'doctor_not_found' },
    });
  });

  test('long expired holds are deleted', async () => {
    clinic.portal.clock.advance(2 * 86_400);
    await clinic.portal.platform.jobs.everyMinute();
    const [held] = await clinic.portal.driver.run([sql`SELECT id FROM appointments WHERE status = 'held'`], 'snapshot');
    expect(held).toEqual([]);
  });
});

describe('the earliest free times', () => {
  let clinic: Clinic;
  beforeAll(async () => {
    clinic = await startClinic();
    await clinic.hours(clinic.otherDoctor.id, [{ weekday: 2, start: '08:30', end: '10:00' }], 'UTC');
    await clinic.book(clinic.maria.token, '09:00');
  });
  afterAll(() => clinic.portal.close());

  const next = (query: string) => clinic.get(`/appointments/next-available?${query}`, clinic.maria.token);

  test('are merged over all doctors, ordered by start', async () => {
    const found = await next('from=2026-03-03&limit=4');
    expect(found.status).toBe(200);
    expect(
      found.body.data.map(({ start, doctorId }: { start: string; doctorId: string }) => [start, doctorId]),
    ).toEqual([
      ['2026-03-03T08:30:00Z', clinic.otherDoctor.id],
      ['2026-03-03T09:00:00Z', clinic.otherDoctor.id],
      // Slots with the same start are ordered by the id of the doctor.
      ...[clinic.doctor.id, clinic.otherDoctor.id].sort().map((id) => ['2026-03-03T09:30:00Z', id]),
    ]);
    expect(found.body.searchedUntil).toBe('2026-06-03');
  });

  test('can be filtered by doctors, specialty and type', async () => {
    const { doctor } = clinic;
    const own = await next(`doctorIds=${doctor.id}&limit=1`);
    expect(own.body.data).toMatchObject([{ start: '2026-03-02T13:00:00Z', doctorName: 'doctor Example' }]);
    expect((await next('specialty=astrology')).body.data).toEqual([]);
    expect(await next('type=unheard_of')).toMatchObject({ status: 404, body: { code: 'appointment_type_not_found' } });
    expect(await next('doctorIds=1,2')).toMatchObject({ status: 422, body: { errors: [{ parameter: 'doctorIds' }] } });
    expect(await next('limit=101')).toMatchObject({ status: 422 });
  });
});

describe('exceptions to weekly hours', () => {
  let clinic: Clinic;
  beforeAll(async () => {
    clinic = await startClinic();
  });
  afterAll(() => clinic.portal.close());

  const slots = async (date: string) =>
    (await clinic.get(`/appointments/available-slots?doctorId=${clinic.doctor.id}&date=${date}`, clinic.maria.token))
      .body.data.length as number;

  test('an override replaces the hours of one date until it is removed', async () => {
    const { doctor, otherDoctor, maria } = clinic;
    const path = `/doctors/${doctor.id}/availability/overrides`;
    const body = { date: TUESDAY, available: [{ start: '18:00', end: '19:00' }] };
    expect(await clinic.post(path, maria.token, body)).toMatchObject({ status: 403 });
    expect(await clinic.post(path, otherDoctor.token, body)).toMatchObject({ status: 404 });
    const added = await clinic.post(path, doctor.token, body);
    expect(added).toMatchObject({ status: 201, body });
    expect(await clinic.post(path, doctor.token, body)).toMatchObject({
      status: 409,
      body: { code: 'override_exists' },
    });
    expect(await slots(TUESDAY)).toBe(2);
    expect((await clinic.get(path, maria.token)).body.data).toMatchObject([body]);
    const overlapping = [
      { start: '09:00', end: '11:00' },
      { start: '10:00', end: '12:00' },
    ];
    expect(await clinic.post(path, doctor.token, { date: WEDNESDAY, available: overlapping })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/available/1', code: 'overlap' }] },
    });
    expect(await clinic.delete(`${path}/${added.body.id}`, doctor.token)).toMatchObject({ status: 204 });
    expect(await clinic.delete(`${path}/${added.body.id}`, doctor.token)).toMatchObject({ status: 404 });
    expect(await slots(TUESDAY)).toBe(16);
  });

  test('time off and clinic holidays close dates; a doctor may not enter a holiday', async () => {
    const { doctor, staff, maria } = clinic;
    const path = `/doctors/${doctor.id}/time-off`;
    expect(await clinic.post(path, doctor.token, { from: WEDNESDAY, until: TUESDAY })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/until', code: 'end_before_start' }] },
    });
    const away = await clinic.post(path, doctor.token, { from: TUESDAY, until: WEDNESDAY, reason: 'skiing' });
    expect(away.status).toBe(201);
    expect(await slots(WEDNESDAY)).toBe(0);
    expect(await clinic.get(path, maria.token)).toMatchObject({ status: 403 });
    expect(await clinic.get(path, clinic.otherDoctor.token)).toMatchObject({ status: 404 });
    expect((await clinic.get(path, staff.token)).body.data).toMatchObject([{ reason: 'skiing' }]);
    expect(await clinic.delete(`${path}/${away.body.id}`, doctor.token)).toMatchObject({ status: 204 });
    expect(await slots(WEDNESDAY)).toBe(16);

    const closed = { from: '2026-03-06', until: '2026-03-06', name: 'Founders’ day' };
    expect(await clinic.post('/clinic/holidays', doctor.token, closed)).toMatchObject({ status: 403 });
    const holiday = await clinic.post('/clinic/holidays', staff.token, closed);
    expect(holiday).toMatchObject({ status: 201, body: closed });
    expect(await slots('2026-03-06')).toBe(0);
    expect((await clinic.get('/clinic/holidays', maria.token)).body.data).toHaveLength(1);
    expect(await clinic.delete(`/clinic/holidays/${holiday.body.id}`, staff.token)).toMatchObject({ status: 204 });
    expect(await slots('2026-03-06')).toBe(16);
  });

  test('invalid hours are refused with every error: unknown zones, impossible dates and times', async () => {
    const bad = await clinic.put(`/doctors/${clinic.doctor.id}/availability`, clinic.doctor.token, {
      timezone: 'Mars/Olympus',
      weekly: [{ weekday: 8, start: '25:00', end: '17:00', validFrom: '2026-02-30' }],
    });
    expect(bad.status).toBe(422);
    expect(bad.body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(
      expect.arrayContaining(['/timezone', '/weekly/0/weekday', '/weekly/0/start', '/weekly/0/validFrom']),
    );
  });

  test('types and directory entries are changed with If-Match, by permitted roles only', async () => {
    const { admin, staff, doctor, maria } = clinic;
    const type = { code: 'physio', name: 'Physiotherapy', durationMinutes: 20, slotIntervalMinutes: 20 };
    expect(await clinic.post('/appointment-types', staff.token, type)).toMatchObject({ status: 403 });
    const added = await clinic.post('/appointment-types', admin.token, type);
    expect(added).toMatchObject({ status: 201, body: { ...type, horizonDays: 90, version: 1 } });
    expect(await clinic.post('/appointment-types', admin.token, type)).toMatchObject({
      status: 409,
      body: { code: 'appointment_type_exists' },
    });
    const path = `/appointment-types/${added.body.id}`;
    expect(await clinic.put(path, admin.token, { ...type, durationMinutes: 600 }, 1)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/durationMinutes' }] },
    });
    expect(await clinic.put(path, admin.token, { ...type, active: false })).toMatchObject({ status: 428 });
    expect(await clinic.put(path, admin.token, { ...type, active: false }, 1)).toMatchObject({ status: 200 });
    expect(await clinic.put(path, admin.token, type, 1)).toMatchObject({ status: 412 });
    expect((await clinic.get(path, maria.token)).body).toMatchObject({ active: false, version: 2 });

    const entry = { specialty: 'Cardiology', languages: ['de', 'en'], bio: null, acceptingPatients: false };
    expect(await clinic.put(`/doctors/${doctor.id}`, clinic.otherDoctor.token, entry, 1)).toMatchObject({
      status: 404,
    });
    expect(await clinic.put(`/doctors/${doctor.id}`, doctor.token, entry, 1)).toMatchObject({
      status: 200,
      body: entry,
    });
    expect(await slots(TUESDAY)).toBe(0);
    expect(await clinic.book(maria.token, '10:00')).toMatchObject({
      status: 422,
      body: { reasons: [{ code: 'doctor_inactive' }] },
    });
    expect(await clinic.book(staff.token, '10:00', { patientId: maria.id })).toMatchObject({ status: 201 });
  });
});
