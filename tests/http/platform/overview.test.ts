/** `GET /admin/overview`: what the dashboards show, without Grafana. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clinic, startClinic } from '../scheduling/clinic.ts';

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.portal.close());

const overview = async () => {
  const { status, body } = await clinic.get('/admin/overview', clinic.admin.token);
  expect(status).toBe(200);
  return body;
};

describe('the overview', () => {
  test('administrators see traffic, queues, sign-ins and appointments', async () => {
    const before = await overview();
    expect((await clinic.book(clinic.maria.token, '10:00')).status).toBe(201);
    await clinic.portal.request('POST', '/api/v1/auth/login', {
      body: { email: clinic.maria.email, password: 'wrong password 1' },
    });
    const { traffic, queues, signIns, appointments, people, auditLog, deadLetters } = await overview();
    expect(appointments.booked.lastHour).toBe(before.appointments.booked.lastHour + 1);
    expect(signIns.failed).toEqual({ lastHour: 1, lastDay: 1 });
    expect(signIns.succeeded.lastHour).toBe(6);
    expect(people.active).toBe(6);
    expect(people.sessionSeconds).toBeNull();
    expect(queues.length).toBeGreaterThan(0);
    expect(auditLog).toMatchObject({ sealingStopped: false, lastVerification: null });
    expect(deadLetters.map(({ channel }: { channel: string }) => channel)).toContain('email');
    expect(traffic).toMatchObject({ source: 'process', reason: null });
    const [five, sixty] = traffic.windows;
    expect([five.minutes, sixty.minutes]).toEqual([5, 60]);
    expect(five.requests).toBeGreaterThan(10);
    expect(five.clientErrors).toBe(1);
    expect(five.serverErrors).toBe(0);
    expect(five.latencyMs.p95).toBeGreaterThanOrEqual(five.latencyMs.p50);
  });

  test('what is older than its window does not count', async () => {
    clinic.portal.clock.advance(10 * 60);
    const [five, sixty] = (await overview()).traffic.windows;
    expect(five.requests).toBe(0);
    expect(five.latencyMs).toBeNull();
    expect(sixty.requests).toBeGreaterThan(10);
    expect((await overview()).signIns.failed).toEqual({ lastHour: 1, lastDay: 1 });
  });

  test('it takes one round trip, and shows nothing of any person', async () => {
    const { portal } = clinic;
    await overview();
    const before = portal.database.roundTrips();
    const body = JSON.stringify(await overview());
    // One for the session, one for the overview.
    expect(portal.database.roundTrips() - before).toBeLessThanOrEqual(2);
    for (const { id, email } of [clinic.maria, clinic.admin]) {
      expect(body).not.toContain(id);
      expect(body).not.toContain(email);
    }
  });
});
