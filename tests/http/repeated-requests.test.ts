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
