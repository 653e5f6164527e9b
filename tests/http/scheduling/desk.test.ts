/** The history of an appointment's status, and how it is corrected at reception. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { begunAt, type Clinic, startClinic, WEDNESDAY } from './clinic.ts';

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.portal.close());

async function booked(startTime: string, token = clinic.maria.token, extra: Record<string, unknown> = {}) {
  const reply = await clinic.book(token, startTime, extra);
  expect(reply.status, JSON.stringify(reply.body)).toBe(201);
  return reply.body as { id: string };
}

async function stepsOf(id: string, token: string) {
  const { body } = await clinic.get(`/appointments/${id}/steps`, token);
  return (body.data as { version: number; status: string; by: string; channel: string }[]).map((step) =>
    [step.version, step.status, step.by, step.channel].join(' '),
  );
}

describe('the history of a status', () => {
  test('names who changed it and over which channel; a move that changes no status adds nothing', async () => {
    const { maria, staff, doctor } = clinic;
    const { id } = await booked('09:00', staff.token, { patientId: maria.id, channel: 'phone' });
    await clinic.post(`/appointments/${id}/reschedule`, maria.token, {
      appointmentDate: WEDNESDAY,
      startTime: '09:00',
    });
    await clinic.post(`/appointments/${id}/confirm`, doctor.token);
    await clinic.post(`/appointments/${id}/cancel`, staff.token, { channel: 'in_person' });
    const steps = ['1 scheduled staff phone', '3 confirmed doctor web', '4 cancelled staff in_person'];
    for (const { token } of [maria, staff, doctor]) expect(await stepsOf(id, token)).toEqual(steps);
    const first = await clinic.get(`/appointments/${id}/steps?limit=2`, maria.token);
    const rest = await clinic.get(
      `/appointments/${id}/steps?limit=2&cursor=${first.body.page.nextCursor}`,
      maria.token,
    );
    expect([first, rest].map(({ body }) => body.data.length)).toEqual([2, 1]);
  });

  test('R26 R46: is shown to those who may see the appointment, and the reading is recorded', async () => {
    const { maria, paul, otherDoctor, staff } = clinic;
    const { id } = await booked('09:30');
    for (const { token } of [paul, otherDoctor]) {
      expect(await clinic.get(`/appointments/${id}/steps`, token)).toMatchObject({
        status: 404,
        body: { code: 'appointment_not_found' },
      });
    }
    await stepsOf(id, staff.token);
    const [events = []] = await clinic.portal.driver.run(
      [
        sql`SELECT actor_id FROM audit_events WHERE stream = ${maria.id} AND event_type = 'appointment.read' AND resource_id = ${id}`,
      ],
      'snapshot',
    );
    expect(events.map(({ actor_id }) => actor_id)).toEqual([staff.id]);
  });

  test('a patient names no channel', async () => {
    expect(await clinic.book(clinic.maria.token, '10:00', { channel: 'phone' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/channel', code: 'not_permitted' }] },
    });
  });

  test('a booking keeps the age band and whether the patient is new to the doctor', async () => {
    const anna = await clinic.person('patient', 'anna');
    const path = `/users/${anna.id}/profile`;
    const { version } = (await clinic.get(path, anna.token)).body;
    const saved = await clinic.put(path, anna.token, { dateOfBirth: '1950-05-05' }, version);
    expect(saved.status, JSON.stringify(saved.body)).toBe(200);
    const first = await booked('10:30', anna.token);
    const second = await booked('11:00', anna.token);
    const series = await clinic.post('/appointments/series', anna.token, {
      doctorId: clinic.otherDoctor.id,
      appointmentDate: WEDNESDAY,
      startTime: '12:00',
      appointmentType: 'consultation',
      frequency: 'weekly',
      count: 2,
    });
    const ids = [first.id, second.id, ...series.body.appointments.map(({ id }: { id: string }) => id)];
    const [rows = []] = await clinic.portal.driver.run(
      [
        sql`SELECT id, age_band, new_patient, first_starts_at = starts_at AS first FROM appointments WHERE id = ANY(${ids}::uuid[])`,
      ],
      'snapshot',
    );
    const facts = new Map(rows.map((row) => [row.id, [row.age_band, row.new_patient, row.first]]));
    expect(ids.map((id) => facts.get(id))).toEqual([
      ['65-79', true, true],
      ['65-79', false, true],
      ['65-79', true, true],
      ['65-79', false, true],
    ]);
  });
});

describe('undoing a step', () => {
  /** An appointment at eleven on the day on which the clock stands at noon. */
  async function today(startTime: string) {
    const { id } = await booked(startTime, clinic.maria.token, { appointmentDate: '2026-03-09' });
    return id;
  }
  const undo = (id: string, token = clinic.staff.token) => clinic.post(`/appointments/${id}/undo`, token);
  const linksOf = async (id: string, token: string) =>
    Object.keys((await clinic.get(`/appointments/${id}`, token)).body._links);

  test('a check-in in one call, a completion and their undo: each a new version, audited, and offered by a link', async () => {
    const { staff, maria, doctor } = clinic;
    const id = await today('09:00');
    await clinic.portal.driver.run([begunAt(id, '2026-03-02T10:00:00Z')], 'write');
    expect(await undo(id)).toMatchObject({
      status: 409,
      body: { code: 'nothing_to_undo', currentStatus: 'scheduled' },
    });
    expect(await linksOf(id, staff.token)).not.toContain('undo');
    const checkedIn = await clinic.post(`/appointments/${id}/check-in`, staff.token);
    expect(checkedIn.body).toMatchObject({ status: 'in_progress', version: 2 });
    expect(Object.keys(checkedIn.body._links)).toContain('undo');
    expect(await linksOf(id, maria.token)).not.toContain('undo');
    expect(await undo(id, maria.token)).toMatchObject({ status: 403 });
    await clinic.post(`/appointments/${id}/complete`, doctor.token);
    expect((await undo(id, doctor.token)).body).toMatchObject({ status: 'in_progress', version: 4 });
    expect((await undo(id)).body).toMatchObject({ status: 'scheduled', version: 5 });
    expect(await stepsOf(id, staff.token)).toEqual([
      '1 scheduled patient web',
      '2 in_progress staff web',
      '3 completed doctor web',
      '4 in_progress doctor web',
      '5 scheduled staff web',
    ]);
    const [events = []] = await clinic.portal.driver.run(
      [
        sql`SELECT actor_id FROM audit_events WHERE stream = ${maria.id} AND event_type = 'appointment.status_undone'
            AND resource_id = ${id} ORDER BY sequence`,
      ],
      'snapshot',
    );
    expect(events.map(({ actor_id }) => actor_id)).toEqual([doctor.id, staff.id]);
  });

  test('a no-show is undone and its time is taken again', async () => {
    const { staff, maria } = clinic;
    const id = await today('09:30');
    await clinic.portal.driver.run([begunAt(id, '2026-03-02T09:00:00Z')], 'write');
    await clinic.post(`/appointments/${id}/no-show`, staff.token);
    const mails = (await clinic.portal.mails(maria.email)).length;
    expect((await undo(id)).body).toMatchObject({ status: 'scheduled' });
    expect((await clinic.portal.mails(maria.email)).length).toBe(mails);
    const walkIn = {
      appointmentDate: '2026-03-02',
      patientId: clinic.paul.id,
      acknowledge: ['in_the_past', 'too_soon'],
    };
    const { body } = await clinic.book(staff.token, '09:00', walkIn);
    expect(body.reasons).toContainEqual({ code: 'slot_taken', acknowledgeable: false });
  });

  test('R38: a cancellation is undone while its time is free, with a mail and reminders; afterwards it is slot_taken', async () => {
    const { maria, paul, staff } = clinic;
    const { id } = await booked('14:00');
    await clinic.post(`/appointments/${id}/cancel`, maria.token, { reason: 'Ill' });
    expect(await linksOf(id, staff.token)).toContain('undo');
    const restored = await undo(id);
    expect(restored.body).toMatchObject({ status: 'scheduled', cancellation: null, version: 3 });
    expect((await clinic.book(paul.token, '14:00')).body.code).toBe('slot_taken');
    const mail = (await clinic.portal.mails(maria.email)).find(({ template }) => template === 'appointment-restored');
    expect(mail?.text).toContain('on Tuesday 3 March 2026 at 14:00');
    const [reminders = []] = await clinic.portal.driver.run(
      [
        sql`SELECT 1 FROM notifications WHERE appointment_id = ${id}::uuid AND appointment_version = 3
            AND template = 'appointment-reminder'`,
      ],
      'snapshot',
    );
    expect(reminders.length).toBeGreaterThan(0);

    await clinic.post(`/appointments/${id}/cancel`, maria.token, {});
    const given = await booked('14:00', paul.token);
    expect(await undo(id)).toMatchObject({ status: 409, body: { code: 'slot_taken' } });
    await clinic.post(`/appointments/${given.id}/cancel`, paul.token, {});
    const elsewhere = await booked('14:00', maria.token, { doctorId: clinic.otherDoctor.id });
    expect(await undo(id)).toMatchObject({
      status: 422,
      body: { code: 'slot_unavailable', reasons: [{ code: 'patient_conflict' }] },
    });
    await clinic.post(`/appointments/${elsewhere.id}/cancel`, maria.token, {});
    expect((await undo(id)).status).toBe(200);
  });

  test('only on the day of the step', async () => {
    const { staff } = clinic;
    const { id } = await booked('15:00');
    await clinic.post(`/appointments/${id}/cancel`, staff.token, {});
    await clinic.portal.driver.run(
      [
        sql`INSERT INTO appointment_steps (appointment_id, version, status, at)
            VALUES (${id}::uuid, 2, 'cancelled', '2026-03-01T23:59:59Z')`,
      ],
      'write',
    );
    expect(await linksOf(id, staff.token)).not.toContain('undo');
    expect(await undo(id)).toMatchObject({
      status: 409,
      body: { code: 'too_late_to_undo', until: '2026-03-02T00:00:00Z' },
    });
  });

  test('arrived, roomed, and left without being seen; the time stays taken', async () => {
    const { staff, doctor, maria, paul } = clinic;
    const id = await today('10:00');
    await clinic.portal.driver.run([begunAt(id, '2026-03-02T08:00:00Z')], 'write');
    expect(await clinic.post(`/appointments/${id}/arrived`, maria.token)).toMatchObject({ status: 403 });
    expect((await clinic.post(`/appointments/${id}/arrived`, staff.token)).body.status).toBe('arrived');
    expect(await linksOf(id, maria.token)).not.toContain('cancel');
    expect((await clinic.post(`/appointments/${id}/cancel`, maria.token, {})).body.code).toBe('invalid_transition');
    expect((await clinic.post(`/appointments/${id}/roomed`, doctor.token)).body.status).toBe('roomed');
    expect((await clinic.post(`/appointments/${id}/arrived`, staff.token)).body.code).toBe('invalid_transition');
    const left = await clinic.post(`/appointments/${id}/left`, staff.token);
    expect(left.body.status).toBe('left_without_being_seen');
    expect(String((await clinic.get(`/appointments/${id}.ics`, maria.token)).body)).toContain('STATUS:CONFIRMED');
    const walkIn = { appointmentDate: '2026-03-02', patientId: paul.id, acknowledge: ['in_the_past', 'too_soon'] };
    const { body } = await clinic.book(staff.token, '08:00', walkIn);
    expect(body.reasons).toContainEqual({ code: 'slot_taken', acknowledgeable: false });
    expect((await undo(id)).body.status).toBe('roomed');
    expect((await undo(id)).body.status).toBe('arrived');
    expect((await undo(id)).body.status).toBe('scheduled');
  });
});
