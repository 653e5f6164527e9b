import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../../adapters/postgres/sql.ts';
import { type Portal, startPortal } from '../support/portal.ts';

describe('R31: a request that comes again under its idempotency key', () => {
  let portal: Portal;
  let patient: string;
  let admin: string;

  beforeAll(async () => {
    portal = await startPortal();
    patient = await portal.signIn((await portal.person('patient', 'again')).email);
    admin = await portal.signIn((await portal.person('admin', 'inviting')).email);
  });
  afterAll(() => portal.close());

  it('makes one API key, told both times', async () => {
    const make = (name: string) =>
      portal.request('POST', '/api/v1/api-keys', {
        token: patient,
        body: { name, scopes: ['read:own_profile'] },
        headers: { 'Idempotency-Key': 'key-1' },
      });
    const [first, second] = [await make('one'), await make('one')];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual(first.body);
    const used = await portal.request('GET', '/api/v1/users/me', { headers: { 'X-API-Key': second.body.key } });
    expect(used.status).toBe(200);
    const listed = await portal.request('GET', '/api/v1/api-keys', { token: patient });
    expect(listed.body.data).toHaveLength(1);
    expect(await make('two')).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    const [stored = []] = await portal.driver.run([sql`SELECT body FROM idempotency_keys`], 'snapshot');
    for (const { body } of stored) {
      expect(Buffer.from(body as Uint8Array).toString('latin1')).not.toContain(first.body.key);
    }
  });

  it('cancels once, and says so both times', async () => {
    const doctor = await portal.person('doctor', 'cancelling');
    const weekly = [{ weekday: 3, start: '08:00', end: '12:00' }];
    const hours = await portal.request('PUT', `/api/v1/doctors/${doctor.id}/availability`, {
      token: admin,
      body: { timezone: 'UTC', weekly },
    });
    expect(hours.status).toBe(200);
    const booked = await portal.request('POST', '/api/v1/appointments', {
      token: patient,
      body: {
        doctorId: doctor.id,
        appointmentDate: '2026-03-11',
        startTime: '10:00',
        appointmentType: 'consultation',
      },
    });
    expect(booked.status).toBe(201);
    const path = `/api/v1/appointments/${booked.body.id}/cancel`;
    const cancel = (headers = {}) => portal.request('POST', path, { token: patient, body: {}, headers });
    const once = { 'Idempotency-Key': 'cancel-1' };
    const [first, second] = [await cancel(once), await cancel(once)];
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('etag')).toBe(first.headers.get('etag'));
    expect((await cancel()).status).toBe(409);
  });

  it('mails one invitation', async () => {
    const invited = await portal.request('POST', '/api/v1/users', {
      token: admin,
      body: { email: 'new@example.org', firstName: 'New', lastName: 'Staff', role: 'staff' },
    });
    expect(invited.status).toBe(201);
    const again = () =>
      portal.request('POST', `/api/v1/users/${invited.body.id}/invitation`, {
        token: admin,
        headers: { 'Idempotency-Key': 'invite-1' },
      });
    const [first, second] = [await again(), await again()];
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.body).toEqual(first.body);
    expect(await portal.mails('new@example.org')).toHaveLength(2);
  });
});
