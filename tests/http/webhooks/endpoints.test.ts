import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { MAXIMUM_WEBHOOKS } from '../../../domain/webhooks/endpoint.ts';
import { type Clinic, startClinic } from '../scheduling/clinic.ts';

let clinic: Clinic;
/** Of an administrator who has just signed in. */
let admin: string;
beforeAll(async () => {
  clinic = await startClinic();
  admin = clinic.admin.token;
});
afterAll(() => clinic.portal.close());

const HOOK = { url: 'https://practice.example.org/hooks', eventTypes: ['appointment.booked', 'appointment.booked'] };
const create = (body: object = HOOK, headers?: Record<string, string>) =>
  clinic.post('/admin/webhooks', admin, body, headers);
const remove = (id: string) => clinic.delete(`/admin/webhooks/${id}`, admin);
const count = async () => (await clinic.get('/admin/webhooks', admin)).body.data.length;

describe('a webhook', () => {
  test('is added, read, changed and removed by an administrator; its secret is shown once', async () => {
    const created = await create();
    expect(created.status).toBe(201);
    const { id, secret } = created.body;
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(created.headers.get('location')).toBe(`/api/v1/admin/webhooks/${id}`);
    const read = await clinic.get(`/admin/webhooks/${id}`, admin);
    expect(read.headers.get('etag')).toBe('"v1"');
    expect(read.body).toMatchObject({
      ...{ url: HOOK.url, description: '', eventTypes: ['appointment.booked'], enabled: true, disabledBecause: null },
      ...{ failingSince: null, formerSecretUntil: null, version: 1 },
    });
    expect(JSON.stringify(read.body)).not.toContain('whsec_');

    const change = { ...HOOK, url: 'https://PRACTICE.example.org', description: 'Practice', enabled: false };
    const path = `/admin/webhooks/${id}`;
    expect((await clinic.put(path, admin, change)).body.code).toBe('precondition_required');
    const changed = await clinic.put(path, admin, change, 1);
    expect(changed.body).toMatchObject({
      ...{ url: 'https://practice.example.org/', description: 'Practice', enabled: false, version: 2 },
      disabledBecause: 'by_hand',
    });
    expect(changed.body._links.test).toBeUndefined();
    expect((await clinic.put(path, admin, change, 1)).status).toBe(412);
    expect((await clinic.delete(path, admin, { 'If-Match': '"v1"' })).status).toBe(412);
    expect((await remove(id)).status).toBe(204);
    expect((await clinic.get(path, admin)).body.code).toBe('webhook_not_found');
    expect((await remove(id)).body.code).toBe('webhook_not_found');
    expect((await clinic.put(path, admin, change, 2)).body.code).toBe('webhook_not_found');
    const [keys] = await clinic.portal.driver.run([sql`SELECT 1 FROM data_keys WHERE owner_id = ${id}::uuid`], 'read');
    expect(keys).toEqual([]);
    const { body } = await clinic.get('/audit/events?type=webhook.updated', admin);
    expect(body.data[0]).toMatchObject({
      eventType: 'webhook.updated',
      resourceType: 'webhook_endpoint',
      resourceId: id,
    });
  });

  test('stores its secret sealed', async () => {
    const { body } = await create();
    const [rows = []] = await clinic.portal.driver.run([sql`SELECT * FROM webhook_endpoints`], 'read');
    const stored =
      JSON.stringify(rows) + rows.map(({ secrets }) => Buffer.from(secrets as Uint8Array).toString('latin1'));
    expect(stored).not.toContain(body.secret.slice(6, 30));
    await remove(body.id);
  });

  test('is added once by a repeated request, which does not get the secret again', async () => {
    const key = { 'Idempotency-Key': 'hook-0001' };
    const first = await create(HOOK, key);
    const second = await create(HOOK, key);
    expect(second.status).toBe(201);
    expect(second.body).toEqual({ ...first.body, secret: null });
    expect(await count()).toBe(1);
    await remove(first.body.id);
  });

  test('needs a recent proof of identity to be added and to get another secret', async () => {
    const { body } = await create();
    clinic.portal.clock.advance(301);
    expect((await create()).body.code).toBe('step_up_required');
    const rotated = await clinic.post(`/admin/webhooks/${body.id}/rotate-secret`, admin);
    expect(rotated.body.code).toBe('step_up_required');
    admin = await clinic.portal.signIn(clinic.admin.email);
    const again = await clinic.post(`/admin/webhooks/${body.id}/rotate-secret`, admin);
    expect(again.status).toBe(200);
    await remove(body.id);
  });

  test.each(['patient', 'doctor', 'staff'] as const)('is no business of a %s', async (role) => {
    const { token } = await clinic.person(role, `nosy-${role}`);
    expect((await clinic.post('/admin/webhooks', token, HOOK)).status).toBe(403);
    expect((await clinic.get('/admin/webhooks', token)).status).toBe(403);
  });

  test('cannot be managed with an API key', async () => {
    const scopes = ['manage:webhooks'];
    const { body } = await clinic.post('/api-keys', admin, { name: 'key', scopes });
    expect(body.code).toBe('scopes_not_allowed');
  });

  test.each([
    ['http://practice.example.org/', 'not_https'],
    ['https://user:secret@practice.example.org/', 'has_credentials'],
    ['https://localhost/', 'not_public'],
    ['https://127.0.0.1/', 'not_public'],
    ['https://169.254.169.254/latest/meta-data', 'not_public'],
    ['https://[::ffff:127.0.0.1]/', 'not_public'],
    // Its name leads to an address outside and to one inside.
    ['https://db.inside.example/', 'not_public'],
    ['http://localhost:3000/', 'not_https'],
  ])('is refused the address %s: %s', async (url, fault) => {
    const made = await create({ ...HOOK, url });
    expect(made.body).toMatchObject({ status: 422, code: 'webhook_address_refused' });
    expect(made.body.errors).toMatchObject([{ pointer: '/url', code: fault }]);
    const { body } = await create();
    const changed = await clinic.put(`/admin/webhooks/${body.id}`, admin, { ...HOOK, url, enabled: true }, 1);
    expect(changed.body.code).toBe('webhook_address_refused');
    await remove(body.id);
  });

  test.each([
    { ...HOOK, eventTypes: [] },
    { ...HOOK, eventTypes: ['appointment.imagined'] },
    { ...HOOK, eventTypes: ['webhook.test'] },
    { ...HOOK, url: 'no address' },
    { ...HOOK, url: `https://practice.example.org/${'ä'.repeat(1000)}` },
    { ...HOOK, secret: 'whsec_mine' },
    { ...HOOK, enabled: true },
  ])('is not added from %j', async (body) => {
    expect((await create(body)).body).toMatchObject({ status: 422, code: 'validation_failed' });
  });

  test('gets another secret; an old one signs for a day more', async () => {
    const { body } = await create();
    const key = { 'Idempotency-Key': 'rotate-0001' };
    const path = `/admin/webhooks/${body.id}/rotate-secret`;
    const rotated = await clinic.post(path, admin, undefined, key);
    expect(rotated.body).toMatchObject({ version: 2, formerSecretUntil: '2026-03-03T12:05:01Z' });
    expect(rotated.body.secret).toMatch(/^whsec_/);
    expect(rotated.body.secret).not.toBe(body.secret);
    const again = await clinic.post(path, admin, undefined, key);
    expect(again.body).toEqual({ ...rotated.body, secret: null });
    await remove(body.id);
  });
});

test(`there are at most ${MAXIMUM_WEBHOOKS} webhooks, also when several are added at once`, async () => {
  const made = await Promise.all(Array.from({ length: MAXIMUM_WEBHOOKS + 4 }, () => create()));
  expect(made.filter(({ status }) => status === 201)).toHaveLength(MAXIMUM_WEBHOOKS);
  const [refused] = made.filter(({ status }) => status !== 201);
  expect(refused?.body).toMatchObject({ code: 'too_many_webhooks', limit: MAXIMUM_WEBHOOKS });
  expect(await count()).toBe(MAXIMUM_WEBHOOKS);
});
