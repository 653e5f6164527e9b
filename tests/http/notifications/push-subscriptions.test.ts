/** Registering, listing and ending the devices that get push messages. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { MAXIMUM_DEVICES } from '../../../domain/notifications/push-subscription.ts';
import { type Portal, startPortal } from '../../support/portal.ts';
import { BROWSER_KEYS, browserBody } from '../../support/push-devices.ts';

const PATH = '/api/v1/notifications/push-subscriptions';
let portal: Portal;
let email: string;
let token: string;
let people = 0;

beforeAll(async () => {
  portal = await startPortal();
});
afterAll(() => portal.close());
beforeEach(async () => {
  ({ email } = await portal.person('patient', `patient-${++people}`));
  token = await portal.signIn(email);
});

const name = (suffix: string | number = '') => `device-${people}-${suffix}`;
const register = (body: unknown, by = token, headers: Record<string, string> = {}) =>
  portal.request('POST', PATH, { token: by, body, headers });
const devices = async (by = token) => (await portal.request('GET', PATH, { token: by })).body.data;
const told = async () =>
  (await portal.mails(email)).filter(({ template, to }) => template === 'credential-made' && to === email);

describe('registering a device', () => {
  test('lists what its owner needs to recognise it, and neither address nor keys', async () => {
    const headers = { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };
    const made = await register(
      { ...browserBody(name()), expirationTime: Date.parse('2026-04-01T00:00:00.5Z') },
      token,
      headers,
    );
    expect([made.status, made.body]).toEqual([
      201,
      {
        id: expect.any(String),
        kind: 'web',
        label: 'Firefox on Linux',
        current: true,
        createdAt: '2026-03-02T12:00:00Z',
        lastUsedAt: null,
        expiresAt: '2026-04-01T00:00:00.500Z',
        _links: { end: { href: `${PATH}/${made.body.id}`, method: 'DELETE' } },
      },
    ]);
    expect(await devices()).toEqual([made.body]);
    expect(await devices(await portal.signIn(email))).toMatchObject([{ current: false }]);
    const [rows = []] = await portal.driver.run(
      [
        sql`SELECT encode(target, 'escape') || encode(label, 'escape') AS stored FROM push_subscriptions WHERE id = ${made.body.id}::uuid`,
      ],
      'snapshot',
    );
    expect(rows[0]?.stored).not.toMatch(/mozilla|Firefox/);
  });

  test('is told by mail once, is recorded, and renews the device that is there', async () => {
    const first = await register(browserBody(name()));
    expect(first.status).toBe(201);
    portal.clock.advance(60);
    const later = await portal.signIn(email);
    const again = await register({ ...browserBody(name()), label: 'Kitchen' }, later);
    expect([again.status, again.body]).toMatchObject([
      200,
      { id: first.body.id, label: 'Kitchen', current: true, createdAt: first.body.createdAt },
    ]);
    expect(await devices()).toMatchObject([{ label: 'Kitchen', current: false }]);
    expect((await told()).map(({ subject }) => subject)).toEqual(['A device gets push messages of your account now']);
    const history = JSON.stringify((await portal.request('GET', '/api/v1/audit/me', { token })).body);
    expect(history).toContain('A device was registered for push messages by you.');
    expect(history).toContain('A device was registered for push messages again by you.');
    expect(history).not.toContain('mozilla');
  });

  test('is the same one with another fragment, or with the standard port', async () => {
    const body = browserBody(name());
    const { id } = (await register(body)).body;
    for (const endpoint of [`${body.endpoint}#once`, `${body.endpoint}#`, body.endpoint.replace('.com/', '.com:443/')])
      expect(await register({ ...body, endpoint })).toMatchObject({ status: 200, body: { id } });
    expect(await devices()).toHaveLength(1);
    expect(await told()).toHaveLength(1);
  });

  test('R31: a request that is repeated with its key is answered with the first one', async () => {
    const once = { 'Idempotency-Key': name('once') };
    const first = await register(browserBody(name()), token, once);
    expect([first.status, await register(browserBody(name()), token, once)]).toMatchObject([201, { body: first.body }]);
    expect(await devices()).toHaveLength(1);
  });

  test.each([
    ['an address inside the network', { endpoint: 'https://169.254.169.254/latest/meta-data' }, 'unknown_push_service'],
    ['an address of somebody', { endpoint: 'https://evil.example/push' }, 'unknown_push_service'],
    ['a user before the host', { endpoint: 'https://fcm.googleapis.com@10.0.0.7/send' }, 'unknown_push_service'],
    ['plain http', { endpoint: 'http://fcm.googleapis.com/fcm/send/abc' }, 'unknown_push_service'],
    ['a key off the curve', { keys: { ...BROWSER_KEYS, p256dh: `B${'A'.repeat(86)}` } }, 'unusable_keys'],
    ['a subscription that has ended', { expirationTime: Date.parse('2026-03-02T12:00:00Z') }, 'expired'],
  ])('is refused for %s', async (_, change, why) => {
    const refused = await register({ ...browserBody(name()), ...change });
    expect([refused.status, refused.body]).toMatchObject([422, { code: 'push_subscription_refused', why }]);
    expect(await devices()).toEqual([]);
  });

  test.each([
    ['unknown members', { ...browserBody('x'), userId: 'x' }],
    ['keys of another length', { ...browserBody('x'), keys: { ...BROWSER_KEYS, auth: 'AAAA' } }],
    ['an address as the label', { ...browserBody('x'), label: 'https://evil.example' }],
    ['a short token', { token: 'short' }],
  ])('refuses %s', async (_, body) => {
    expect(await register(body)).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
  });

  test(`ends at ${MAXIMUM_DEVICES} devices; one that is there can still be renewed`, async () => {
    for (let n = 0; n < MAXIMUM_DEVICES; n++) expect((await register(browserBody(name(n)))).status).toBe(201);
    const limit = { code: 'too_many_push_subscriptions', limit: MAXIMUM_DEVICES };
    expect(await register(browserBody(name('more')))).toMatchObject({ status: 409, body: limit });
    expect((await register(browserBody(name(0)))).status).toBe(200);
    const [{ id }] = await devices();
    expect((await portal.request('DELETE', `${PATH}/${id}`, { token })).status).toBe(204);
    expect((await register(browserBody(name('more')))).status).toBe(201);
  });

  test('takes a session: an API key cannot', async () => {
    const asked = { name: 'program', scopes: ['manage:own_messages'] };
    const { key } = (await portal.request('POST', '/api/v1/api-keys', { token, body: asked })).body;
    const sent = { body: browserBody(name()), headers: { 'X-API-Key': key } };
    expect((await portal.request('POST', PATH, sent)).status).toBe(403);
    expect(await devices()).toEqual([]);
  });
});

describe('ending a device', () => {
  test('is done by its owner alone, and recorded', async () => {
    const { id } = (await register(browserBody(name()))).body;
    const stranger = await portal.signIn((await portal.person('patient', `stranger-${people}`)).email);
    expect(await portal.request('DELETE', `${PATH}/${id}`, { token: stranger })).toMatchObject({
      status: 404,
      body: { code: 'push_subscription_not_found' },
    });
    expect(await devices()).toHaveLength(1);
    expect((await portal.request('DELETE', `${PATH}/${id}`, { token })).status).toBe(204);
    expect((await portal.request('DELETE', `${PATH}/${id}`, { token })).status).toBe(404);
    const history = JSON.stringify((await portal.request('GET', '/api/v1/audit/me', { token })).body);
    expect(history).toContain('Push messages to one of your devices ended.');
  });

  test('comes with signing out of its session, wherever that is done', async () => {
    const elsewhere = await portal.signIn(email);
    await register(browserBody(name('here')));
    await register(browserBody(name('there')), elsewhere);
    const sessions = (await portal.request('GET', '/api/v1/auth/sessions', { token })).body.data;
    const other = sessions.find(({ current }: { current: boolean }) => !current);
    expect((await portal.request('DELETE', `/api/v1/auth/sessions/${other.id}`, { token })).status).toBe(204);
    expect(await devices()).toMatchObject([{ current: true }]);
  });
});

describe('the key that browsers subscribe with', () => {
  test('leads to the registration', async () => {
    const reply = await portal.request('GET', '/api/v1/notifications/push-key', { token });
    expect(reply.body).toEqual({
      publicKey: portal.platform.config.VAPID_PUBLIC_KEY,
      _links: { register: { href: PATH, method: 'POST' }, devices: { href: PATH } },
    });
    const own = (await portal.request('GET', '/api/v1/notifications/preferences', { token })).body._links;
    expect(own).toMatchObject({ devices: { href: PATH }, pushKey: { href: '/api/v1/notifications/push-key' } });
  });

  test('is missing where nothing is pushed, and nothing can be registered there', async () => {
    const none = { VAPID_PUBLIC_KEY: '', VAPID_PRIVATE_KEY: '', VAPID_SUBJECT: '' };
    const silent = await startPortal({ environment: none });
    const own = await silent.signIn((await silent.person('patient', 'unpushed')).email);
    const problem = { status: 409, body: { code: 'push_not_configured' } };
    expect(await silent.request('GET', '/api/v1/notifications/push-key', { token: own })).toMatchObject(problem);
    expect(await silent.request('POST', PATH, { token: own, body: browserBody('x') })).toMatchObject(problem);
    expect(await register({ token: 'a'.repeat(40) })).toMatchObject(problem);
    const preferences = (await silent.request('GET', '/api/v1/notifications/preferences', { token: own })).body;
    expect(Object.keys(preferences._links)).not.toContain('pushKey');
    await silent.close();
  });
});
