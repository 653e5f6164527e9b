/** The history of an appointment's status, and how it is corrected at reception. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Clinic, startClinic, WEDNESDAY } from './clinic.ts';

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
