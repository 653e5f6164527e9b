/** A doctor who runs late, and the patients who wait. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { begunAt, type Clinic, startClinic } from './clinic.ts';

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.portal.close());

async function booked(startTime: string, token: string, extra: Record<string, unknown> = {}) {
  const reply = await clinic.book(token, startTime, extra);
  expect(reply.status, JSON.stringify(reply.body)).toBe(201);
  return reply.body as { id: string };
}

describe('a late doctor', () => {
  const delay = () => `/doctors/${clinic.doctor.id}/delay`;
  const set = (body: unknown, token = clinic.staff.token) => clinic.put(delay(), token, body);
  const told = async (email: string) =>
    (await clinic.portal.mails(email)).filter(({ template }) => template === 'doctor-running-late');

  test('is entered by the clinic, shown to everybody, audited, and ends by itself', async () => {
    const { doctor, otherDoctor, maria, staff } = clinic;
    expect(await clinic.get(delay(), maria.token)).toMatchObject({ status: 200, body: { minutes: 0, until: null } });
    expect(await set({ minutes: 20 }, maria.token)).toMatchObject({ status: 403 });
    expect(await set({ minutes: 20 }, otherDoctor.token)).toMatchObject({
      status: 403,
      body: { code: 'action_not_permitted' },
    });
    expect(await set({ minutes: 20, until: '2026-03-03T09:00:00Z' })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/until' }] },
    });
    expect((await set({ minutes: 481 })).status).toBe(422);
    const entered = await set({ minutes: 20 }, doctor.token);
    expect(entered).toMatchObject({ status: 200, body: { minutes: 20, until: '2026-03-03T00:00:00Z' } });
    expect(Object.keys(entered.body._links)).toContain('set');
    expect(Object.keys((await clinic.get(delay(), maria.token)).body._links)).not.toContain('set');
    expect((await clinic.get(`/doctors/${doctor.id}`, maria.token)).body._links.delay).toEqual({
      href: `/api/v1${delay()}`,
    });
    const soon = new Date(clinic.portal.clock.now() + 1).toISOString();
    expect((await set({ minutes: 20, until: soon })).status).toBe(200);
    clinic.portal.clock.advance(1);
    expect((await clinic.get(delay(), staff.token)).body.minutes).toBe(0);
    const [events = []] = await clinic.portal.driver.run(
      [
        sql`SELECT actor_id FROM audit_events WHERE stream = ${doctor.id} AND event_type = 'doctor.delay_set' ORDER BY sequence`,
      ],
      'snapshot',
    );
    expect(events.map(({ actor_id }) => actor_id)).toEqual([doctor.id, staff.id]);
  });

  test('is told to those of today who wait, once for each quarter of an hour', async () => {
    const { staff } = clinic;
    const today = async (name: string, start: string, status?: string) => {
      const person = await clinic.person('patient', name);
      const { id } = await booked(start, person.token, { appointmentDate: '2026-03-10' });
      await clinic.portal.driver.run([begunAt(id, `2026-03-02T${start}:00Z`)], 'write');
      if (status !== undefined) await clinic.post(`/appointments/${id}/${status}`, staff.token);
      return person.email;
    };
    const waits = await today('waits', '13:00');
    const arrived = await today('arrived', '12:30', 'arrived');
    const seen = await today('seen', '11:30', 'check-in');
    const tomorrow = await clinic.person('patient', 'tomorrow');
    await booked('16:30', tomorrow.token);
    const counts = async () =>
      Promise.all([waits, arrived, seen, tomorrow.email].map(async (to) => (await told(to)).length));

    await set({ minutes: 14 });
    await clinic.runJobs();
    expect(await counts()).toEqual([0, 0, 0, 0]);
    for (const minutes of [15, 20, 29]) {
      await set({ minutes });
      await clinic.runJobs();
    }
    expect(await counts()).toEqual([1, 1, 0, 0]);
    expect((await told(waits))[0]?.text).toContain('is expected to begin at 13:15 (UTC)');
    await Promise.all([set({ minutes: 45 }), set({ minutes: 50 }), set({ minutes: 45 })]);
    await clinic.runJobs();
    expect(await counts()).toEqual([2, 2, 0, 0]);
    await set({ minutes: 0 });
    await clinic.runJobs();
    expect(await counts()).toEqual([3, 3, 0, 0]);
    expect((await told(waits)).some(({ text }) => text.includes('is on time again'))).toBe(true);
  });
});
