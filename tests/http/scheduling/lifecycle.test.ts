import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { begunAt, type Clinic, startClinic, TUESDAY, WEDNESDAY, WEEK } from './clinic.ts';

const ABSENT = '01900000-0000-7000-8000-00000000abcd';

describe('an appointment after it is booked', () => {
  let clinic: Clinic;
  beforeAll(async () => {
    clinic = await startClinic();
  });
  afterAll(() => clinic.portal.close());

  const booked = async (startTime: string, extra?: Record<string, unknown>) => {
    const reply = await clinic.book(clinic.maria.token, startTime, extra);
    expect(reply.status, JSON.stringify(reply.body)).toBe(201);
    return reply.body as { id: string; version: number; _links: Record<string, unknown> };
  };

  test('R32: an edit needs If-Match: missing 428, stale 412, and the answer carries the new ETag', async () => {
    const { maria } = clinic;
    const appointment = await booked('09:00', { reason: 'a cough' });
    const path = `/appointments/${appointment.id}`;
    expect(await clinic.put(path, maria.token, { reason: 'a bad cough' })).toMatchObject({
      status: 428,
      body: { code: 'precondition_required' },
    });
    expect(await clinic.put(path, maria.token, { reason: 'a bad cough' }, 7)).toMatchObject({
      status: 412,
      body: { code: 'precondition_failed', version: 1 },
    });
    const saved = await clinic.put(path, maria.token, { reason: 'a bad cough', symptoms: null }, 1);
    expect(saved).toMatchObject({ status: 200, body: { reason: 'a bad cough', version: 2 } });
    expect(saved.headers.get('etag')).toBe('"v2"');
    // The same values again change nothing, so the version stays.
    expect(await clinic.put(path, maria.token, { reason: 'a bad cough' }, 2)).toMatchObject({ body: { version: 2 } });
  });

  test('patients can neither write nor read notes, nor reach the appointments of others', async () => {
    const { maria, paul, doctor } = clinic;
    const appointment = await booked('09:30');
    const path = `/appointments/${appointment.id}`;
    expect(await clinic.put(path, maria.token, { notes: 'mine' }, 1)).toMatchObject({ status: 422 });
    const saved = await clinic.put(path, doctor.token, { notes: 'listen to the lungs' }, 1);
    expect(saved).toMatchObject({ status: 200, body: { notes: 'listen to the lungs' } });
    expect((await clinic.get(path, maria.token)).body).not.toHaveProperty('notes');
    for (const id of [appointment.id, ABSENT]) {
      const refusals = await Promise.all([
        clinic.get(`/appointments/${id}`, paul.token),
        clinic.put(`/appointments/${id}`, paul.token, { reason: 'x' }, 1),
        clinic.post(`/appointments/${id}/cancel`, paul.token, {}),
        clinic.post(`/appointments/${id}/reschedule`, paul.token, { appointmentDate: TUESDAY, startTime: '16:00' }),
      ]);
      expect(refusals.map(({ status, body }) => [status, body.code])).toEqual(
        refusals.map(() => [404, 'appointment_not_found']),
      );
    }
    expect(await clinic.put(path, maria.token, { status: 'completed' }, 2)).toMatchObject({ status: 422 });
  });

  test('R51: a move frees the old time and sends a mail; reminders go out for the new time only', async () => {
    const { maria, paul } = clinic;
    const appointment = await booked('10:00');
    const moved = await clinic.post(`/appointments/${appointment.id}/reschedule`, maria.token, {
      appointmentDate: WEDNESDAY,
      startTime: '15:00',
    });
    expect(moved).toMatchObject({
      status: 200,
      body: { start: '2026-03-04T15:00:00Z', status: 'scheduled', version: 2 },
    });
    expect((await clinic.book(paul.token, '10:00')).status).toBe(201);
    const mail = (await clinic.portal.mails(maria.email)).find(
      ({ template }) => template === 'appointment-rescheduled',
    );
    expect(mail?.text).toContain('Wednesday 4 March 2026 at 15:00');
    expect(mail?.text).toContain('Tuesday 3 March 2026 at 10:00');
    const jobs = await clinic.portal.driver.run(
      [
        sql`SELECT appointment_version AS version, send_at, status
          FROM notifications WHERE appointment_id = ${appointment.id}::uuid AND template = 'appointment-reminder' ORDER BY send_at`,
      ],
      'snapshot',
    );
    expect(jobs[0]?.filter(({ version }) => version === 2)).toHaveLength(2);
  });

  test('a move to a taken time is refused with alternatives, and the old time is kept', async () => {
    const { maria, paul } = clinic;
    const appointment = await booked('11:00');
    expect((await clinic.book(paul.token, '11:30')).status).toBe(201);
    const refused = await clinic.post(`/appointments/${appointment.id}/reschedule`, maria.token, {
      appointmentDate: TUESDAY,
      startTime: '11:30',
    });
    expect(refused).toMatchObject({ status: 409, body: { code: 'slot_taken' } });
    expect(refused.body.alternatives.length).toBeGreaterThan(0);
    expect((await clinic.get(`/appointments/${appointment.id}`, maria.token)).body).toMatchObject({
      start: '2026-03-03T11:00:00Z',
      version: 1,
    });
  });

  test('only the doctor of the appointment and staff may check in and complete, and confirm for the patient', async () => {
    const { maria, doctor, otherDoctor, staff } = clinic;
    const appointment = await booked('12:30');
    const path = `/appointments/${appointment.id}`;
    expect(await clinic.post(`${path}/check-in`, maria.token)).toMatchObject({ status: 403 });
    // For a doctor without a relation to the patient, the appointment is answered as absent (R26, R28).
    expect(await clinic.post(`${path}/confirm`, otherDoctor.token)).toMatchObject({ status: 404 });
    expect(await clinic.post(`${path}/confirm`, doctor.token)).toMatchObject({ body: { status: 'confirmed' } });
    const tooEarly = (from: string) => ({ status: 409, body: { code: 'too_early', from } });
    const links = async () => Object.keys((await clinic.get(path, staff.token)).body._links);
    // The clock stands at noon of the day before.
    expect(await links()).not.toContain('check_in');
    expect(await clinic.post(`${path}/check-in`, staff.token)).toMatchObject(tooEarly('2026-03-02T12:30:00Z'));
    expect(await clinic.post(`${path}/no-show`, staff.token)).toMatchObject(tooEarly('2026-03-03T12:30:00Z'));

    await clinic.portal.driver.run([begunAt(appointment.id, '2026-03-03T12:00:00Z')], 'write');
    expect(await links()).toContain('check_in');
    const checkedIn = await clinic.post(`${path}/check-in`, staff.token);
    expect(checkedIn).toMatchObject({ body: { status: 'in_progress' } });
    expect(Object.keys(checkedIn.body._links)).not.toContain('complete');
    expect(await clinic.post(`${path}/complete`, doctor.token)).toMatchObject(tooEarly('2026-03-03T12:00:00Z'));

    await clinic.portal.driver.run([begunAt(appointment.id, '2026-03-02T11:45:00Z')], 'write');
    expect(await links()).toContain('complete');
    expect(await clinic.post(`${path}/complete`, doctor.token)).toMatchObject({
      status: 200,
      body: { status: 'completed', version: 4 },
    });
    expect(await clinic.post(`${path}/cancel`, maria.token, {})).toMatchObject({ status: 409 });
    // The member `status` of a problem is the HTTP status (RFC 9457 section 3.1.2), not the one of the appointment.
    const moved = await clinic.post(`${path}/reschedule`, staff.token, {
      appointmentDate: '2030-01-01',
      startTime: '09:00',
    });
    expect(moved.body).toMatchObject({ code: 'appointment_closed', status: 409, currentStatus: 'completed' });
    const missed = await booked('12:30');
    await clinic.portal.driver.run([begunAt(missed.id, '2026-03-02T11:00:00Z')], 'write');
    expect(await clinic.post(`/appointments/${missed.id}/no-show`, staff.token)).toMatchObject({
      body: { status: 'no_show' },
    });
  });

  test('R28: a doctor sees own patients’ appointments with other doctors, but may not change them', async () => {
    const { maria, doctor, otherDoctor } = clinic;
    const elsewhere = await booked('13:00', { doctorId: otherDoctor.id });
    const seen = await clinic.get(`/appointments/${elsewhere.id}`, doctor.token);
    expect(seen.status).toBe(200);
    expect(Object.keys(seen.body._links).sort()).toEqual(['calendar', 'self']);
    expect(await clinic.post(`/appointments/${elsewhere.id}/cancel`, doctor.token, {})).toMatchObject({
      status: 403,
      body: { code: 'action_not_permitted' },
    });
    expect((await clinic.get(`/appointments/${elsewhere.id}`, maria.token)).body.status).toBe('scheduled');
  });

  test('R28: the clinic lists a patient’s appointments and the read is recorded; a doctor without a relation gets 404', async () => {
    const { maria, paul, doctor, otherDoctor, staff } = clinic;
    const stranger = await clinic.person('doctor', 'stranger');
    const listed = await clinic.get(`/appointments/user/${maria.id}?limit=2`, staff.token);
    expect(listed.status).toBe(200);
    expect(listed.body.data).toHaveLength(2);
    expect(listed.body.page.nextCursor).not.toBeNull();
    expect((await clinic.get(`/appointments/user/${maria.id}`, doctor.token)).body.data.length).toBeGreaterThan(3);
    expect(await clinic.get(`/appointments/user/${maria.id}`, paul.token)).toMatchObject({ status: 404 });
    for (const id of [maria.id, ABSENT]) {
      expect(await clinic.get(`/appointments/user/${id}`, stranger.token)).toMatchObject({
        status: 404,
        body: { code: 'not_found' },
      });
    }
    expect(await clinic.get(`/appointments/user/${paul.id}`, otherDoctor.token)).toMatchObject({ status: 404 });
    const [events] = await clinic.portal.driver.run(
      [
        sql`SELECT actor_id FROM audit_events WHERE stream = ${maria.id} AND event_type = 'appointment.listed' ORDER BY sequence`,
      ],
      'snapshot',
    );
    expect(events?.map(({ actor_id }) => actor_id)).toEqual([staff.id, doctor.id]);
  });

  test('a list with one date as from and to holds that local date, in the zone of each appointment', async () => {
    const { doctor } = clinic;
    const auckland = await clinic.person('doctor', 'auckland');
    const guest = await clinic.person('patient', 'guest');
    await clinic.hours(auckland.id, WEEK, 'Pacific/Auckland');
    // 20:30 of the 3rd in UTC, and 16:30 of the 4th there is 03:30 of the 4th in UTC.
    for (const startTime of ['09:30', '16:30']) {
      const extra = { doctorId: auckland.id, appointmentDate: WEDNESDAY };
      expect((await clinic.book(guest.token, startTime, extra)).status).toBe(201);
    }
    expect((await clinic.book(guest.token, '16:00', { doctorId: doctor.id })).status).toBe(201);
    const starts = async (path: string, token: string) =>
      ((await clinic.get(path, token)).body.data as { start: string }[]).map(({ start }) => start.slice(8, 16));
    const my = (query: string) => starts(`/appointments/my?${query}`, guest.token);
    expect(await my(`from=${TUESDAY}&to=${TUESDAY}`)).toEqual(['03T16:00']);
    expect(await my(`from=${WEDNESDAY}&to=${WEDNESDAY}`)).toEqual(['03T20:30', '04T03:30']);
    expect(await my(`from=${TUESDAY}&to=${WEDNESDAY}`)).toHaveLength(3);
    expect(await my('from=2026-03-05')).toEqual([]);
    expect(await my('to=2026-03-02')).toEqual([]);
    expect(await my(`from=2026-03-03T20:00:00Z&to=${WEDNESDAY}`)).toHaveLength(2);
    expect(await my('from=2026-03-03T16:00:00Z&to=2026-03-03T20:30:00Z')).toEqual(['03T16:00']);
    const path = `/appointments/user/${guest.id}?from=${WEDNESDAY}&to=${WEDNESDAY}`;
    expect(await starts(path, clinic.staff.token)).toHaveLength(2);
  });

  test('upcoming lists the open appointments of the next 7 days', async () => {
    const later = await booked('09:00', { appointmentDate: '2026-03-12' });
    const upcoming = await clinic.get('/appointments/upcoming', clinic.maria.token);
    const ids = upcoming.body.data.map(({ id }: { id: string }) => id);
    expect(ids.length).toBeGreaterThan(0);
    expect(ids).not.toContain(later.id);
    expect(new Set(upcoming.body.data.map(({ status }: { status: string }) => status))).toEqual(new Set(['scheduled']));
  });

  test('R28: the clinic may book for patients; a doctor only for own patients and in own time', async () => {
    const { paul, staff, doctor, otherDoctor } = clinic;
    const anna = await clinic.person('patient', 'anna');
    expect(await clinic.book(staff.token, '14:00')).toMatchObject({ status: 422 });
    expect(await clinic.book(staff.token, '14:00', { patientId: anna.id })).toMatchObject({
      status: 201,
      body: { patientId: anna.id },
    });
    expect(await clinic.book(doctor.token, '14:30', { patientId: anna.id })).toMatchObject({ status: 201 });
    const berta = await clinic.person('patient', 'berta');
    expect(await clinic.book(doctor.token, '15:00', { patientId: berta.id })).toMatchObject({ status: 404 });
    expect(await clinic.book(doctor.token, '15:00', { patientId: paul.id, doctorId: otherDoctor.id })).toMatchObject({
      status: 403,
      body: { code: 'action_not_permitted' },
    });
    expect(await clinic.book(paul.token, '15:00', { patientId: anna.id })).toMatchObject({ status: 404 });
  });

  test('R39: a refusal lists all reasons at once and proposes free times', async () => {
    const { maria } = clinic;
    const refused = await clinic.book(maria.token, '20:10', { endTime: '20:11', appointmentDate: '2026-12-01' });
    expect(refused).toMatchObject({ status: 422, body: { code: 'slot_unavailable' } });
    expect(refused.body.reasons.map(({ code }: { code: string }) => code)).toEqual([
      'invalid_duration',
      'beyond_horizon',
      'outside_availability',
    ]);
    expect(await clinic.book(maria.token, '10:00', { appointmentDate: '2026-02-30' })).toMatchObject({ status: 422 });
  });

  test('staff may book an emergency outside the rules, and it is marked so', async () => {
    const { maria, staff } = clinic;
    const extra = { appointmentType: 'emergency', patientId: maria.id };
    expect(await clinic.book(maria.token, '19:00', { appointmentType: 'emergency' })).toMatchObject({ status: 422 });
    expect(await clinic.book(staff.token, '19:00', extra)).toMatchObject({ status: 201, body: { outsideRules: true } });
  });
});

describe('R39: the limits on how late and how often patients may change', () => {
  test('are settings and do not bind the clinic', async () => {
    const clinic = await startClinic({
      environment: { CANCEL_NOTICE_MINUTES: '1440', RESCHEDULE_NOTICE_MINUTES: '1440', MAX_RESCHEDULES: '1' },
    });
    const { maria, staff } = clinic;
    const soon = (await clinic.book(maria.token, '09:00')).body;
    expect(await clinic.post(`/appointments/${soon.id}/cancel`, maria.token, {})).toMatchObject({
      status: 409,
      body: { code: 'too_late_to_cancel', until: '2026-03-02T09:00:00Z' },
    });
    expect(await clinic.post(`/appointments/${soon.id}/cancel`, staff.token, {})).toMatchObject({ status: 200 });
    const later = (await clinic.book(maria.token, '09:00', { appointmentDate: '2026-03-10' })).body;
    const move = (startTime: string) =>
      clinic.post(`/appointments/${later.id}/reschedule`, maria.token, { appointmentDate: '2026-03-11', startTime });
    expect(await move('10:00')).toMatchObject({ status: 200 });
    expect(await move('11:00')).toMatchObject({ status: 409, body: { code: 'too_many_reschedules', limit: 1 } });
    await clinic.portal.close();
  });
});
