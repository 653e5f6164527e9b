import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PASSWORD, type Portal, startPortal } from '../support/portal.ts';

/** Database round trips that a request may cost, beside looking up a session that is not cached. */
interface Measured {
  readonly route: string;
  readonly trips: number;
  readonly budget: number;
}

describe('the budget of round trips: reads 1, commands 2, login 2', () => {
  let portal: Portal;
  let doctorId: string;
  let patient: string;
  let admin: string;
  const measured: Measured[] = [];

  const measure = async (
    budget: number,
    method: string,
    path: string,
    token: string | undefined,
    body?: unknown,
    headers?: Record<string, string>,
  ) => {
    // The session is cached by a request before, as it is in the middle of any use.
    if (token !== undefined) await portal.request('GET', '/.well-known/jwks.json', { token });
    if (token !== undefined) await portal.request('GET', '/api/v1/users/me', { token });
    const before = portal.database.roundTrips();
    const reply = await portal.request(method, path, { token, body, ...(headers === undefined ? {} : { headers }) });
    expect(reply.status, `${method} ${path} ${JSON.stringify(reply.body)}`).toBeLessThan(300);
    const route = `${method} ${path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '{id}').replace(/\?.*/, '')}`;
    measured.push({ route, trips: portal.database.roundTrips() - before, budget });
    return reply;
  };

  beforeAll(async () => {
    portal = await startPortal();
    admin = await portal.signIn((await portal.person('admin', 'admin')).email);
    doctorId = (await portal.person('doctor', 'doctor')).id;
    await portal.person('patient', 'patient');
    patient = await portal.signIn('patient@example.org');
  });
  afterAll(() => portal.close());

  test('holds for every route of the slice', async () => {
    const weekly = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, start: '09:00', end: '17:00' }));
    await measure(2, 'PUT', `/api/v1/doctors/${doctorId}/availability`, admin, { timezone: 'UTC', weekly });
    await measure(2, 'POST', '/api/v1/auth/login', undefined, { email: 'patient@example.org', password: PASSWORD });
    await measure(1, 'GET', '/api/v1/users/me', patient);
    await measure(1, 'GET', '/api/v1/auth/sessions', patient);
    await measure(1, 'GET', '/api/v1/doctors', patient);
    await measure(1, 'GET', `/api/v1/doctors/${doctorId}`, patient);
    await measure(1, 'GET', `/api/v1/doctors/${doctorId}/availability`, patient);
    await measure(1, 'GET', '/api/v1/appointment-types', patient);
    await measure(1, 'GET', `/api/v1/appointments/available-slots?doctorId=${doctorId}&date=2026-03-03`, patient);
    const body = { doctorId, appointmentDate: '2026-03-03', startTime: '10:00', appointmentType: 'consultation' };
    const { body: appointment } = await measure(2, 'POST', '/api/v1/appointments', patient, body, {
      'Idempotency-Key': 'k',
    });
    await measure(1, 'POST', '/api/v1/appointments', patient, body, { 'Idempotency-Key': 'k' });
    await measure(1, 'GET', `/api/v1/appointments/${appointment.id}`, patient);
    await measure(1, 'GET', '/api/v1/appointments/my', patient);
    await measure(2, 'POST', `/api/v1/appointments/${appointment.id}/cancel`, patient, {});
    await measure(1, 'GET', '/api/v1/users', admin);
    await measure(2, 'POST', '/api/v1/users', admin, {
      email: 'new@example.org',
      firstName: 'N',
      lastName: 'N',
      role: 'staff',
    });
    await measure(2, 'POST', '/api/v1/auth/logout', patient);

    const width = Math.max(...measured.map(({ route }) => route.length));
    console.log(
      ['', ...measured.map(({ route, trips, budget }) => `  ${route.padEnd(width)}  ${trips} of ${budget}`), ''].join(
        '\n',
      ),
    );
    expect(measured.filter(({ trips, budget }) => trips > budget)).toEqual([]);
  });

  test('a session that is not cached costs one more, once', async () => {
    patient = await portal.signIn('patient@example.org');
    const trips = async () => {
      const before = portal.database.roundTrips();
      await portal.request('GET', '/api/v1/users/me', { token: patient });
      return portal.database.roundTrips() - before;
    };
    expect(await trips()).toBe(2);
    expect(await trips()).toBe(1);
    portal.clock.advance(6);
    expect(await trips()).toBe(2);
  });
});
