/** R32 and RFC 9110 section 13: a client changes only the version that it has read. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROBLEMS } from '../../../src/http/problems.ts';
import { type Portal, startPortal } from '../../support/portal.ts';

let portal: Portal;
let admin: string;
let count = 0;

beforeAll(async () => {
  portal = await startPortal();
  admin = await portal.signIn((await portal.person('admin', 'chief')).email);
});
afterAll(() => portal.close());

async function newcomer() {
  const { id, email } = await portal.person('patient', `seen${++count}`);
  const token = await portal.signIn(email);
  return { id, email, token, profile: `/api/v1/users/${id}/profile` };
}
const matching = (tags: string) => ({ 'If-Match': tags });

describe('If-Match', () => {
  test.each<[string, string, number]>([
    ['the latest version', '"v1"', 200],
    ['a star, for whatever is there', '*', 200],
    ['a list with the latest version in it', '"v7", "other", "v1"', 200],
    ['a list without it', '"v7", "v8"', 412],
    ['the latest version as a weak tag', 'W/"v1"', 412],
    ['a tag of somebody else', '"abc"', 412],
    ['no tag at all', 'v1', 412],
    ['nothing', '', 412],
  ])('%s: %s', async (_, tags, status) => {
    const { token, profile } = await newcomer();
    const reply = await portal.request('PUT', profile, { token, body: { bio: 'Gardener' }, headers: matching(tags) });
    expect(reply.status).toBe(status);
    if (status === 200) return expect(reply.body.version).toBe(2);
    expect(reply.body).toMatchObject({ code: 'precondition_failed', version: 1 });
    expect(reply.headers.get('etag')).toBe('"v1"');
  });

  test('If-Match: * does not overwrite a concurrent change', async () => {
    const { token, profile } = await newcomer();
    const put = (body: object) => portal.request('PUT', profile, { token, body, headers: matching('*') });
    const replies = await Promise.all([put({ bio: 'Gardener' }), put({ firstName: 'Ada' }), put({ lastName: 'L' })]);
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200]);
    const { body } = await portal.request('GET', profile, { token });
    expect(body).toMatchObject({ bio: 'Gardener', firstName: 'Ada', lastName: 'L', version: 4 });
  });

  test('closing an account and assigning a role check an optional If-Match', async () => {
    const { id } = await newcomer();
    const close = (headers: Record<string, string>) =>
      portal.request('DELETE', `/api/v1/users/${id}`, { token: admin, headers });
    const promote = (headers: Record<string, string>) =>
      portal.request('PUT', `/api/v1/users/${id}/role`, { token: admin, body: { role: 'staff' }, headers });
    expect(await close(matching('"v2"'))).toMatchObject({ status: 412, body: { code: 'precondition_failed' } });
    expect(await promote(matching('"v2"'))).toMatchObject({ status: 412, body: { code: 'precondition_failed' } });
    expect(await promote(matching('"v1"'))).toMatchObject({ status: 200, body: { role: 'staff' } });
    expect((await close(matching('"v1"'))).status).toBe(412);
    expect((await close(matching('"v2"'))).status).toBe(204);
    const other = await newcomer();
    expect((await portal.request('DELETE', `/api/v1/users/${other.id}`, { token: admin })).status).toBe(204);
  });

  test('every operation refuses a stale version with precondition_failed', async () => {
    expect(Object.keys(PROBLEMS)).not.toContain('stale_version');
    const doctor = await portal.person('doctor', 'house');
    const type = { code: 'x_ray', name: 'X-ray', durationMinutes: 20, slotIntervalMinutes: 20 };
    const made = await portal.request('POST', '/api/v1/appointment-types', { token: admin, body: type });
    const entry = { specialty: null, languages: [], bio: null, acceptingPatients: true };
    const location = { name: 'Park', timezone: 'UTC' };
    const place = await portal.request('POST', '/api/v1/locations', { token: admin, body: location });
    const room = { kind: 'room', name: 'Room 1', locationId: place.body.id };
    const added = await portal.request('POST', '/api/v1/resources', { token: admin, body: room });
    const hours = { date: '2026-03-07', available: [] };
    const overrides = `/api/v1/doctors/${doctor.id}/availability/overrides`;
    const override = await portal.request('POST', overrides, { token: admin, body: hours });
    const changes: [string, object][] = [
      [`${overrides}/${override.body.id}`, hours],
      [`/api/v1/locations/${place.body.id}`, location],
      [`/api/v1/resources/${added.body.id}`, room],
      ['/api/v1/clinic/settings', { name: 'Park', timezone: 'UTC' }],
      [`/api/v1/users/${doctor.id}`, { firstName: 'Greg' }],
      [`/api/v1/doctors/${doctor.id}`, entry],
      [`/api/v1/doctors/${doctor.id}/availability`, { timezone: 'UTC', weekly: [] }],
      [`/api/v1/appointment-types/${made.body.id}`, type],
    ];
    for (const [path, body] of changes) {
      const reply = await portal.request('PUT', path, { token: admin, body, headers: matching('"v99"') });
      expect([path, reply.status, reply.body.code]).toEqual([path, 412, 'precondition_failed']);
    }
  });
});

test('getMe has an ETag, and answers 304 to a client that has the current version', async () => {
  const { token } = await newcomer();
  const me = (headers: Record<string, string> = {}) => portal.request('GET', '/api/v1/users/me', { token, headers });
  const tag = (await me()).headers.get('etag') ?? '';
  expect(tag).toBe('"v1"');
  expect(await me({ 'If-None-Match': `"v0", W/${tag}` })).toMatchObject({ status: 304, body: '' });
  expect((await me({ 'If-None-Match': '"v0"' })).status).toBe(200);
});
