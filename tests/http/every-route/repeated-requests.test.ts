import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { sealedPlaceOf } from '../../../domain/shared/sealed-columns.ts';
import { type Portal, startPortal } from '../../support/portal.ts';

describe('R31: a request repeated with the same idempotency key', () => {
  let portal: Portal;
  let patient: string;
  let admin: string;

  beforeAll(async () => {
    portal = await startPortal();
    patient = await portal.signIn((await portal.person('patient', 'again')).email);
    admin = await portal.signIn((await portal.person('admin', 'inviting')).email);
  });
  afterAll(() => portal.close());

  /** All stored answers, decrypted. */
  const kept = async () => {
    const [found = []] = await portal.driver.run(
      [
        sql`SELECT i.scope, i.key, i.body, k.owner_id, k.ring_key_id, k.wrapped
            FROM idempotency_keys i JOIN data_keys k ON k.owner_id = i.person_id`,
      ],
      'snapshot',
    );
    return found.map(({ scope, key: hash, body, owner_id, ring_key_id, wrapped }) => {
      const key = { ownerId: owner_id as string, ringKeyId: ring_key_id as string, wrapped: wrapped as Uint8Array };
      const place = sealedPlaceOf('idempotency_keys', 'body', `${scope} ${hash}`);
      const opened = portal.deps.cipher.open(key, place, body as Uint8Array);
      return opened.ok ? opened.value : 'damaged';
    });
  };

  it('creates one API key, whose secret is answered once and stored nowhere', async () => {
    const make = (name: string) =>
      portal.request('POST', '/api/v1/api-keys', {
        token: patient,
        body: { name, scopes: ['read:own_profile'] },
        headers: { 'Idempotency-Key': 'key-1' },
      });
    const [first, second] = [await make('one'), await make('one')];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual({ ...first.body, key: null });
    const used = await portal.request('GET', '/api/v1/users/me', { headers: { 'X-API-Key': first.body.key } });
    expect(used.status).toBe(200);
    const listed = await portal.request('GET', '/api/v1/api-keys', { token: patient });
    expect(listed.body.data).toHaveLength(1);
    expect(await make('two')).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    const answers = await kept();
    expect(answers.join()).toContain(first.body.id);
    expect(answers.join()).not.toContain(first.body.key);
    // If the first answer was lost, the key can still be revoked.
    const { href } = second.body._links.revoke;
    expect((await portal.request('DELETE', href, { token: patient })).status).toBe(204);
  });

  it('creates one calendar feed, whose address is answered once and stored nowhere', async () => {
    const make = () =>
      portal.request('POST', '/api/v1/calendar/feeds', { token: patient, headers: { 'Idempotency-Key': 'feed-1' } });
    const [first, second] = [await make(), await make()];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual({ ...first.body, url: null });
    const secret = new URL(first.body.url).pathname.split('/').at(-1)?.replace('.ics', '') ?? '';
    expect(secret.length).toBeGreaterThan(20);
    const answers = await kept();
    expect(answers.join()).toContain(first.body.id);
    expect(answers.join()).not.toContain(secret);
  });

  it('cancels once, and gets the same answer both times', async () => {
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

  it('sends one invitation', async () => {
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
