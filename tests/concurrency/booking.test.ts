import { beforeAll, expect, test } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { atOnce, countingDeadlocks, onServer } from './on-server.ts';

const WEEK = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '00:00', end: '24:00' }));

const deadlocks = countingDeadlocks();

onServer('booking at the same time', { wrap: deadlocks.wrap }, (server) => {
  let admin: string;
  const patients: string[] = [];

  beforeAll(async () => {
    await server.portal.person('admin', 'admin');
    admin = await server.portal.signIn('admin@example.org');
    const people = await atOnce(100, (n) => server.portal.person('patient', `patient-${n}`));
    patients.push(...(await Promise.all(people.map(({ email }) => server.portal.signIn(email)))));
  }, 120_000);

  async function doctor(name: string): Promise<string> {
    const { id } = await server.portal.person('doctor', name);
    const saved = await server.portal.request('PUT', `/api/v1/doctors/${id}/availability`, {
      token: admin,
      body: { timezone: 'UTC', weekly: WEEK },
    });
    expect(saved.status).toBe(200);
    return id;
  }

  const book = (token: string | undefined, doctorId: string, startTime: string, key?: string) =>
    server.portal.request('POST', '/api/v1/appointments', {
      token,
      body: { doctorId, appointmentDate: '2026-03-05', startTime, appointmentType: 'consultation' },
      ...(key === undefined ? {} : { headers: { 'Idempotency-Key': key } }),
    });

  const rows = async (doctorId: string) =>
    (await server.rows(sql`SELECT id FROM appointments WHERE doctor_id = ${doctorId}::uuid AND status = 'scheduled'`))
      .length;

  test('R37: of 100 requests for one slot, one gets it and 99 are told that it is taken', async () => {
    const doctorId = await doctor('wanted');
    const replies = await Promise.all(patients.map((token) => book(token, doctorId, '10:00')));
    const statuses = replies.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(99);
    expect(await rows(doctorId)).toBe(1);
  });

  test('R37: bookings with different doctors do not block each other', async () => {
    const doctors = await atOnce(20, (n) => doctor(`doctor-${n}`));
    const replies = await Promise.all(doctors.map((doctorId, n) => book(patients[n], doctorId, '11:00')));
    expect(replies.map(({ status }) => status)).toEqual(doctors.map(() => 201));
  });

  test('R38: one patient cannot have two appointments at one time', async () => {
    const doctors = await Promise.all([1, 2, 3, 4, 5].map((n) => doctor(`far-${n}`)));
    const replies = await Promise.all(doctors.map((doctorId) => book(patients[50], doctorId, '12:00')));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(replies.every(({ status }) => status === 201 || status === 422)).toBe(true);
  });

  test('R38: requests for the same times and persons queue without deadlocks', async () => {
    const doctors = await Promise.all([doctor('crossing-1'), doctor('crossing-2')]);
    for (let round = 0; round < 6; round++) {
      const startTime = `${String(14 + round).padStart(2, '0')}:00`;
      const replies = await atOnce(30, (n) => book(patients[70], doctors[n % 2] ?? '', startTime));
      expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(replies.every(({ status }) => [201, 409, 422].includes(status))).toBe(true);
    }
    expect(deadlocks.count()).toBe(0);
  });

  test('R46: a list that is read while it changes records exactly the patients it showed', async () => {
    const doctorId = await doctor('watched');
    const booked = await book(patients[80], doctorId, '09:00');
    const events = async () =>
      (
        await server.rows(
          sql`SELECT count(*) AS seen FROM audit_events WHERE event_type = 'appointment.listed' AND actor_id = ${doctorId}::uuid`,
        )
      )[0]?.seen as number;
    const token = await server.portal.signIn('watched@example.org');
    const lists = Array.from({ length: 12 }, () =>
      server.portal.request('GET', '/api/v1/appointments/my?status=scheduled', { token }),
    );
    const cancelled = server.portal.request('POST', `/api/v1/appointments/${booked.body.id}/cancel`, {
      token: patients[80],
      body: {},
    });
    const shown = (await Promise.all(lists)).filter(({ body }) => body.data.length > 0).length;
    expect((await cancelled).status).toBe(200);
    expect(await events()).toBe(shown);
  });

  test('R38: of an undone cancellation and 20 bookings of its time, one gets it', async () => {
    const doctorId = await doctor('undone');
    const staff = await server.portal.person('staff', 'undoing');
    const staffToken = await server.portal.signIn(staff.email);
    for (let round = 0; round < 4; round++) {
      const startTime = `${String(9 + round).padStart(2, '0')}:00`;
      const { body } = await book(patients[90], doctorId, startTime);
      const path = `/api/v1/appointments/${body.id}`;
      await server.portal.request('POST', `${path}/cancel`, { token: patients[90], body: {} });
      const [undone, ...replies] = await Promise.all([
        server.portal.request('POST', `${path}/undo`, { token: staffToken }),
        ...Array.from({ length: 20 }, (_, n) => book(patients[n], doctorId, startTime)),
      ]);
      const taken = [undone.status === 200, ...replies.map(({ status }) => status === 201)].filter(Boolean);
      expect(taken).toHaveLength(1);
      expect([undone, ...replies].every(({ status }) => status < 500)).toBe(true);
    }
  });

  test('R31, R40: the same request ten times at once books once, and all get the same answer', async () => {
    const doctorId = await doctor('patient-one');
    const replies = await atOnce(10, () => book(patients[60], doctorId, '13:00', 'once'));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(replies.map(({ body }) => body.id)).size).toBe(1);
    expect(await rows(doctorId)).toBe(1);
  });

  test('R44: the audit events form one unbroken chain per person', async () => {
    const verdict = await server.portal.request('GET', '/api/v1/audit/verify', { token: admin });
    expect(verdict.body).toMatchObject({ ok: true, problems: [] });
  });
});
