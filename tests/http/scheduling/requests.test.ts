/** Types that need approval: requested by patients, approved or declined by the clinic, expired when nobody answers. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sql, sql } from '../../../adapters/postgres/driver/sql.ts';
import { begunAt, type Clinic, startClinic, TUESDAY, WEDNESDAY } from './clinic.ts';

let clinic: Clinic;
let typeId: string;

const ask = (token: string, startTime: string, extra: object = {}) =>
  clinic.book(token, startTime, { appointmentType: 'opinion', ...extra });
const mailsOf = async (email: string) => {
  await clinic.runJobs();
  return (await clinic.portal.mails(email)).map(({ template }) => template);
};
const rows = async (statement: Sql) => {
  const [found = []] = await clinic.portal.driver.run([statement], 'snapshot');
  return found;
};
const remindersOf = async ({ id, version }: { readonly id: string; readonly version: number }) =>
  (
    await rows(sql`SELECT id FROM notifications WHERE template = 'appointment-reminder' AND appointment_id = ${id}::uuid
      AND appointment_version = ${version}::int`)
  ).length;
const calendarOf = async (path: string, token: string) => String((await clinic.get(`${path}.ics`, token)).body);

beforeAll(async () => {
  clinic = await startClinic();
  const made = await clinic.post('/appointment-types', clinic.admin.token, {
    code: 'opinion',
    name: 'Second opinion',
    durationMinutes: 30,
    slotIntervalMinutes: 30,
    requiresApproval: true,
  });
  expect(made.body.requiresApproval).toBe(true);
  typeId = made.body.id;
});
afterAll(() => clinic.portal.close());

test('a request takes its time, is tentative in calendars, and has no reminder until the clinic approves it', async () => {
  const { maria, paul, staff, doctor } = clinic;
  const asked = await ask(maria.token, '09:00');
  expect(asked).toMatchObject({ status: 201, body: { status: 'requested' } });
  const path = `/appointments/${asked.body.id}`;
  expect(Object.keys(asked.body._links).sort()).toEqual(['calendar', 'cancel', 'edit', 'reschedule', 'self']);
  expect((await clinic.book(paul.token, '09:00')).body.code).toBe('slot_taken');
  expect(await mailsOf(maria.email)).toContain('appointment-requested');
  expect(await remindersOf(asked.body)).toBe(0);
  expect(await calendarOf(path, maria.token)).toContain('STATUS:TENTATIVE');

  const waiting = await clinic.get('/appointments?status=requested', staff.token);
  expect(waiting.body.data.map(({ id }: { id: string }) => id)).toEqual([asked.body.id]);
  expect(waiting.body.data[0]._links).toMatchObject({
    approve: { href: `/api/v1${path}/approve`, method: 'POST' },
    decline: { href: `/api/v1${path}/decline`, method: 'POST' },
  });
  expect((await clinic.get('/appointments/upcoming', maria.token)).body.data).toEqual([]);
  const early = await clinic.post(`${path}/check-in`, doctor.token);
  expect(early.body).toMatchObject({ code: 'invalid_transition', from: 'requested' });

  expect((await clinic.post(`${path}/approve`, maria.token)).status).toBe(403);
  expect((await clinic.post(`${path}/approve`, clinic.otherDoctor.token)).status).toBe(404);
  const approved = await clinic.post(`${path}/approve`, doctor.token);
  expect(approved).toMatchObject({ status: 200, body: { status: 'scheduled', version: 2 } });
  expect(await mailsOf(maria.email)).toContain('appointment-confirmation');
  expect(await remindersOf(approved.body)).toBeGreaterThan(0);
  expect(await calendarOf(path, maria.token)).toContain('STATUS:CONFIRMED');
  expect((await clinic.post(`${path}/approve`, doctor.token)).body.code).toBe('invalid_transition');
  const steps = await clinic.get(`${path}/steps`, maria.token);
  expect(steps.body.data.map(({ status, by }: Record<string, string>) => [status, by])).toEqual([
    ['requested', 'patient'],
    ['scheduled', 'doctor'],
  ]);
  const events = await rows(
    sql`SELECT event_type FROM audit_events WHERE stream = ${maria.id} AND resource_id = ${asked.body.id}
          AND event_type LIKE 'appointment.%' AND event_type NOT IN ('appointment.read', 'appointment.listed', 'appointment.exported')
        ORDER BY sequence`,
  );
  expect(events.map(({ event_type }) => event_type)).toEqual(['appointment.requested', 'appointment.approved']);
});

test('a declined request tells the patient the reason, frees its time for the waitlist, and can be undone', async () => {
  const { maria, paul, staff } = clinic;
  const asked = await ask(maria.token, '10:00');
  const path = `/appointments/${asked.body.id}`;
  const waits = await clinic.post('/waitlist', paul.token, {
    type: 'consultation',
    doctorId: clinic.doctor.id,
    from: TUESDAY,
    to: TUESDAY,
    dailyWindow: { start: '10:00', end: '10:30' },
  });
  expect(waits.status).toBe(201);
  expect((await clinic.post(`${path}/decline`, maria.token, {})).status).toBe(403);
  const declined = await clinic.post(`${path}/decline`, staff.token, { reason: 'See your family doctor first' });
  expect(declined).toMatchObject({ status: 200, body: { status: 'cancelled' } });
  const seen = await clinic.get(path, maria.token);
  expect(seen.body.cancellation.reason).toBe('See your family doctor first');
  const [row] = await rows(
    sql`SELECT position('family'::bytea in cancellation_reason) AS found FROM appointments WHERE id = ${asked.body.id}::uuid`,
  );
  expect(row?.found).toBe(0);
  expect(await mailsOf(maria.email)).toContain('appointment-declined');
  expect(await mailsOf(paul.email)).toContain('waitlist-offer');
  // The offer holds the time.
  expect((await clinic.post(`${path}/undo`, staff.token)).body.code).toBe('slot_taken');

  const other = await ask(maria.token, '11:00');
  await clinic.post(`/appointments/${other.body.id}/decline`, staff.token);
  const undone = await clinic.post(`/appointments/${other.body.id}/undo`, staff.token);
  expect(undone).toMatchObject({ status: 200, body: { status: 'requested', cancellation: null } });
});

test('the clinic books at once; what it moves is approved; what the patient moves needs approval again', async () => {
  const { maria, staff } = clinic;
  const booked = await ask(staff.token, '12:00', { patientId: maria.id });
  expect(booked.body.status).toBe('scheduled');
  const move = (token: string, startTime: string) =>
    clinic.post(`/appointments/${booked.body.id}/reschedule`, token, { appointmentDate: TUESDAY, startTime });
  const moved = await move(maria.token, '12:30');
  expect([moved.body.status, await remindersOf(moved.body)]).toEqual(['requested', 0]);
  expect((await move(staff.token, '13:00')).body.status).toBe('scheduled');
});

test('a series of a patient is requested date by date, and the mail says so', async () => {
  const { maria } = clinic;
  const series = await clinic.post('/appointments/series', maria.token, {
    doctorId: clinic.doctor.id,
    appointmentDate: WEDNESDAY,
    startTime: '15:00',
    appointmentType: 'opinion',
    frequency: 'weekly',
    count: 2,
  });
  expect(series.body.appointments.map(({ status }: { status: string }) => status)).toEqual(['requested', 'requested']);
  await clinic.runJobs();
  const mail = (await clinic.portal.mails(maria.email)).find(
    ({ template }) => template === 'appointment-series-booked',
  );
  expect(mail?.text).toContain('which the clinic has to approve');
});

test('a request that nobody answers ends at its start, by the portal; one that was approved stays', async () => {
  const { paul, staff } = clinic;
  const asked = await ask(paul.token, '16:00');
  const kept = await ask(paul.token, '16:30');
  await clinic.post(`/appointments/${kept.body.id}/approve`, staff.token);
  // Both would have begun; the jobs are due then.
  for (const { body } of [asked, kept]) {
    await clinic.portal.driver.run(
      [
        begunAt(body.id, body === asked.body ? '2026-03-02T10:00:00Z' : '2026-03-02T10:30:00Z'),
        sql`UPDATE outbox SET not_before = '2026-03-02T10:00:00Z' WHERE topic = 'appointment.expire_request' AND payload ->> 'appointmentId' = ${body.id}`,
      ],
      'write',
    );
  }
  await clinic.runJobs();
  const after = async (id: string) => (await clinic.get(`/appointments/${id}`, paul.token)).body;
  expect(await after(asked.body.id)).toMatchObject({ status: 'cancelled', cancellation: { by: null, reason: null } });
  expect((await after(kept.body.id)).status).toBe('scheduled');
  expect(await mailsOf(paul.email)).toContain('appointment-request-expired');
});

test('a type that needs approval no more leaves its requests as they are', async () => {
  const { maria, admin, staff } = clinic;
  const asked = await ask(maria.token, '14:00');
  const type = await clinic.get(`/appointment-types/${typeId}`, admin.token);
  const known = { code: 'opinion', name: 'Second opinion', durationMinutes: 30, slotIntervalMinutes: 30 };
  const kept = await clinic.put(`/appointment-types/${typeId}`, admin.token, known, type.body.version);
  expect(kept.body.requiresApproval).toBe(true);
  const dropped = { ...known, requiresApproval: false };
  await clinic.put(`/appointment-types/${typeId}`, admin.token, dropped, kept.body.version);
  expect((await clinic.get(`/appointments/${asked.body.id}`, maria.token)).body.status).toBe('requested');
  expect((await ask(maria.token, '14:30')).body.status).toBe('scheduled');
  expect((await clinic.post(`/appointments/${asked.body.id}/approve`, staff.token)).body.status).toBe('scheduled');
});
