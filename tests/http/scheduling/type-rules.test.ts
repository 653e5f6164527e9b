/** What a type rules: who books it, which doctors offer it, same-day booking, limits of one patient, notice to cancel and move. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Clinic, startClinic, TUESDAY, WEDNESDAY } from './clinic.ts';

const TODAY = '2026-03-02';
const BASE = { name: 'Ruled', durationMinutes: 30, slotIntervalMinutes: 30, minimumNoticeMinutes: 0 };

let clinic: Clinic;

const create = (code: string, rules: object) =>
  clinic.post('/appointment-types', clinic.admin.token, { ...BASE, code, ...rules });
const slots = async (token: string, type: string, date = TUESDAY, doctorId = clinic.doctor.id) =>
  (await clinic.get(`/appointments/available-slots?doctorId=${doctorId}&date=${date}&type=${type}`, token)).body.data;
const codesSeenBy = async (token: string) =>
  (await clinic.get('/appointment-types', token)).body.data.map(({ code }: { code: string }) => code);

beforeAll(async () => {
  clinic = await startClinic();
  const made = [
    await create('surgery', { bookableBy: 'clinic' }),
    await create('allergy', { doctorIds: [clinic.otherDoctor.id] }),
    await create('acute', { sameDayFrom: '08:00' }),
    await create('later', { sameDayFrom: '23:00' }),
    await create('limited', { patientOpenLimit: 2, patientDailyLimit: 1 }),
    await create('weekly', { patientGapDays: 7 }),
    await create('strict', { cancelNoticeMinutes: 2880, rescheduleNoticeMinutes: 2880 }),
  ];
  expect(made.map(({ status }) => status)).toEqual(made.map(() => 201));
});
afterAll(() => clinic.portal.close());

test('patients neither see nor book a type of the clinic; the clinic books it, and the patient cannot move it', async () => {
  const { maria, staff } = clinic;
  expect(await codesSeenBy(maria.token)).not.toContain('surgery');
  expect(await codesSeenBy(staff.token)).toContain('surgery');
  const listed = await clinic.get('/appointment-types', staff.token);
  const { id } = listed.body.data.find(({ code }: { code: string }) => code === 'surgery');
  expect((await clinic.get(`/appointment-types/${id}`, maria.token)).status).toBe(404);
  expect((await clinic.get(`/appointment-types/${id}`, staff.token)).body.selfService.book).toBe(false);
  expect([await slots(maria.token, 'surgery'), (await slots(staff.token, 'surgery')).length]).toEqual([[], 16]);
  const next = (token: string) => clinic.get('/appointments/next-available?type=surgery', token);
  expect((await next(maria.token)).body.data).toEqual([]);
  expect((await next(staff.token)).body.data).not.toEqual([]);

  const wanted = { appointmentType: 'surgery' };
  const refused = await clinic.book(maria.token, '09:00', wanted);
  expect(refused).toMatchObject({ status: 422, body: { alternatives: [] } });
  expect(refused.body.reasons).toEqual([{ code: 'clinic_only', acknowledgeable: false }]);
  const held = { doctorId: clinic.doctor.id, start: `${TUESDAY}T09:00:00Z`, type: 'surgery' };
  expect((await clinic.post('/appointments/holds', maria.token, held)).body.code).toBe('slot_unavailable');
  const wait = { type: 'surgery', from: TUESDAY, to: WEDNESDAY };
  expect((await clinic.post('/waitlist', maria.token, wait)).status).toBe(422);
  expect((await clinic.post('/waitlist', staff.token, { ...wait, patientId: maria.id })).status).toBe(201);

  const booked = await clinic.book(staff.token, '09:00', { ...wanted, patientId: maria.id });
  expect(booked).toMatchObject({ status: 201, body: { outsideRules: false } });
  const path = `/appointments/${booked.body.id}`;
  const seen = await clinic.get(path, maria.token);
  expect(Object.keys(seen.body._links)).toEqual(expect.arrayContaining(['cancel']));
  expect(Object.keys(seen.body._links)).not.toContain('reschedule');
  const move = { appointmentDate: TUESDAY, startTime: '11:00' };
  expect((await clinic.post(`${path}/reschedule`, maria.token, move)).body.code).toBe('action_not_permitted');
  expect((await clinic.post(`${path}/reschedule`, staff.token, move)).status).toBe(200);
  expect((await clinic.post(`${path}/cancel`, maria.token, {})).status).toBe(200);
});

test('only the doctors of a type offer it, in slots, in the earliest times and in bookings', async () => {
  const { maria, staff, doctor, otherDoctor } = clinic;
  expect(await slots(maria.token, 'allergy')).toEqual([]);
  expect(await slots(maria.token, 'allergy', TUESDAY, otherDoctor.id)).toHaveLength(16);
  const next = await clinic.get('/appointments/next-available?type=allergy&limit=50', maria.token);
  expect(new Set(next.body.data.map((slot: { doctorId: string }) => slot.doctorId))).toEqual(new Set([otherDoctor.id]));
  const refused = await clinic.book(maria.token, '09:00', { appointmentType: 'allergy' });
  expect(refused.body.reasons).toEqual([{ code: 'type_not_offered', acknowledgeable: false }]);
  const wanted = { appointmentType: 'allergy', patientId: maria.id, acknowledge: ['type_not_offered'] };
  expect((await clinic.book(staff.token, '09:00', wanted)).body).toMatchObject({ outsideRules: true });
  const unknown = await create('nobody', { doctorIds: [doctor.id, maria.id] });
  expect(unknown).toMatchObject({
    status: 422,
    body: { errors: [{ pointer: '/doctorIds/1', code: 'unknown_doctor' }] },
  });
});

test('a same-day type is booked today once the day has opened, not ahead; the clinic may confirm it', async () => {
  const { maria, paul, staff } = clinic;
  expect((await slots(paul.token, 'acute', TODAY)).length).toBeGreaterThan(0);
  expect([await slots(paul.token, 'acute'), await slots(paul.token, 'later', TODAY)]).toEqual([[], []]);
  const today = { appointmentType: 'acute', appointmentDate: TODAY };
  expect((await clinic.book(paul.token, '14:00', today)).status).toBe(201);
  const ahead = await clinic.book(paul.token, '14:00', { appointmentType: 'acute' });
  expect(ahead.body.reasons).toEqual([
    { code: 'same_day_only', opensAt: `${TUESDAY}T08:00:00Z`, acknowledgeable: false },
  ]);
  const confirmed = { appointmentType: 'acute', patientId: maria.id, acknowledge: ['same_day_only'] };
  expect((await clinic.book(staff.token, '14:00', confirmed)).status).toBe(201);
});

test('limits of one patient are refused with their reason, confirmed by the clinic, and counted for each patient alone', async () => {
  const { staff } = clinic;
  const ruled = await clinic.person('patient', 'ruled');
  const other = await clinic.person('patient', 'unruled');
  const book = (token: string, date: string, time: string, type: string, extra: object = {}) =>
    clinic.book(token, time, { appointmentType: type, appointmentDate: date, ...extra });
  const first = await book(ruled.token, '2026-03-10', '09:00', 'limited');
  expect(first.status).toBe(201);
  const reasons = async (...of: Parameters<typeof book>) => (await book(...of)).body.reasons;
  expect(await reasons(ruled.token, '2026-03-10', '11:00', 'limited')).toEqual([
    { code: 'patient_daily_limit', limit: 1, acknowledgeable: false },
  ]);
  expect((await book(other.token, '2026-03-10', '11:00', 'limited')).status).toBe(201);
  expect((await book(ruled.token, '2026-03-11', '09:00', 'limited')).status).toBe(201);
  expect(await reasons(ruled.token, '2026-03-12', '09:00', 'limited')).toEqual([
    { code: 'patient_open_limit', limit: 2, acknowledgeable: false },
  ]);
  const forRuled = { patientId: ruled.id };
  expect(await reasons(staff.token, '2026-03-12', '09:00', 'limited', forRuled)).toEqual([
    { code: 'patient_open_limit', limit: 2, acknowledgeable: true },
  ]);
  const confirmed = { ...forRuled, acknowledge: ['patient_open_limit'] };
  expect((await book(staff.token, '2026-03-12', '09:00', 'limited', confirmed)).status).toBe(201);
  // A move opens no further one, and a cancellation makes room.
  const path = `/appointments/${first.body.id}`;
  const move = { appointmentDate: '2026-03-13', startTime: '09:00' };
  expect((await clinic.post(`${path}/reschedule`, ruled.token, move)).status).toBe(200);

  expect((await book(ruled.token, '2026-03-17', '09:00', 'weekly')).status).toBe(201);
  expect(await reasons(ruled.token, '2026-03-23', '09:00', 'weekly')).toEqual([
    { code: 'patient_gap', gapDays: 7, acknowledgeable: false },
  ]);
  expect((await book(ruled.token, '2026-03-24', '09:00', 'weekly')).status).toBe(201);
});

test('patients cancel and move until when the type said at booking; the directory shows it; the clinic is not bound', async () => {
  const { paul, staff, admin } = clinic;
  const booked = await clinic.book(paul.token, '16:00', { appointmentType: 'strict' });
  expect(booked.status).toBe(201);
  expect(booked.body._links).not.toHaveProperty('cancel');
  expect(booked.body._links).not.toHaveProperty('reschedule');
  const path = `/appointments/${booked.body.id}`;
  const late = await clinic.post(`${path}/cancel`, paul.token, {});
  expect(late.body).toMatchObject({ code: 'too_late_to_cancel', until: '2026-03-01T16:00:00Z' });
  const listed = await clinic.get('/appointment-types', paul.token);
  const find = (code: string) => listed.body.data.find((type: { code: string }) => type.code === code);
  expect(find('strict').selfService).toEqual({ book: true, cancelNoticeMinutes: 2880, rescheduleNoticeMinutes: 2880 });
  expect(find('consultation').selfService).toEqual({ book: true, cancelNoticeMinutes: 0, rescheduleNoticeMinutes: 0 });
  // The rules that change later are for what is booked later.
  const { id, version } = find('strict');
  const relaxed = { ...BASE, code: 'strict', cancelNoticeMinutes: null };
  expect((await clinic.put(`/appointment-types/${id}`, admin.token, relaxed, version)).body).toMatchObject({
    cancelNoticeMinutes: null,
    rescheduleNoticeMinutes: 2880,
  });
  expect((await clinic.post(`${path}/cancel`, paul.token, {})).body.code).toBe('too_late_to_cancel');
  expect((await clinic.post(`${path}/cancel`, staff.token, {})).status).toBe(200);
});

test('a change by a client that does not know these rules leaves them as they are', async () => {
  const { admin } = clinic;
  const rules = {
    bookableBy: 'clinic',
    doctorIds: [clinic.doctor.id],
    sameDayFrom: '07:30',
    patientOpenLimit: 3,
    patientDailyLimit: 2,
    patientGapDays: 5,
    cancelNoticeMinutes: 60,
    rescheduleNoticeMinutes: 0,
  };
  const made = await create('all_rules', rules);
  expect(made.body).toMatchObject(rules);
  const path = `/appointment-types/${made.body.id}`;
  const kept = await clinic.put(path, admin.token, { ...BASE, code: 'all_rules', name: 'Renamed' }, 1);
  expect(kept).toMatchObject({ status: 200, body: { name: 'Renamed', ...rules } });
  const none = Object.fromEntries(Object.keys(rules).map((name) => [name, null]));
  const cleared = await clinic.put(
    path,
    admin.token,
    { ...BASE, code: 'all_rules', ...none, bookableBy: 'everyone' },
    2,
  );
  expect(cleared.body).toMatchObject({ ...none, bookableBy: 'everyone' });
  const refused = await clinic.put(path, admin.token, { ...BASE, code: 'all_rules', patientGapDays: 0 }, 3);
  expect(refused.body.errors).toMatchObject([{ pointer: '/patientGapDays', code: 'out_of_range' }]);
});
