/** Push messages, from the registration of a device to what it gets: decrypted by an implementation of RFC 8291 that is not the portal's. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import type { PushServer, Subscription } from '../../../tools/cloud/push.ts';
import { startPush } from '../../../tools/cloud/push.ts';
import { type Portal, startPortal } from '../../support/portal.ts';
import { runWithPush } from '../../support/push-devices.ts';

const PATH = '/api/v1/notifications/push-subscriptions';
let server: PushServer;
let portal: Portal;
let staff: string;
let patient: { id: string; email: string };
let token: string;
let people = 0;

beforeAll(async () => {
  server = await startPush();
  portal = await startPortal({ environment: { ...server.settings(), LOG_LEVEL: 'silent' } });
  await portal.person('staff', 'desk');
});
afterAll(async () => {
  await portal.close();
  await server.close();
});
beforeEach(async () => {
  server.answers.length = 0;
  await portal.driver.run([sql`DELETE FROM outbox`, sql`DELETE FROM notifications`], 'write');
  patient = await portal.person('patient', `patient-${++people}`);
  staff = await portal.signIn('desk@example.org');
  token = await portal.signIn(patient.email);
  await portal.driver.run(
    [sql`UPDATE users SET email_verified_at = now() WHERE id = ${patient.id}::uuid`, sql`DELETE FROM outbox`],
    'write',
  );
});

const body = ({ endpoint, p256dh, auth }: Subscription) => ({ endpoint, expirationTime: null, keys: { p256dh, auth } });
const register = async (sent: unknown, by = token) => {
  const reply = await portal.request('POST', PATH, { token: by, body: sent });
  // The notice about the new device is not what is looked at here.
  await portal.driver.run([sql`DELETE FROM outbox`, sql`DELETE FROM notifications`], 'write');
  return reply;
};
const devices = async (by = token) => (await portal.request('GET', PATH, { token: by })).body.data;
const write = async (userId = patient.id) => {
  portal.clock.advance(1);
  const sent = { userId, template: 'call_us' };
  const { status, body: answer } = await portal.request('POST', '/api/v1/notifications', { token: staff, body: sent });
  expect(status).toBe(201);
  return answer;
};
const arrivedAt = (address: string) => server.pushes().filter(({ to }) => to === address);
const deliveries = async () =>
  (
    await portal.driver.run(
      [
        sql`SELECT d.state, d.reason, d.provider, d.attempts, d.subscription_id IS NOT NULL AS "hasDevice"
            FROM deliveries d WHERE d.channel = 'push' ORDER BY d.created_at, d.state DESC`,
      ],
      'snapshot',
    )
  )[0];

describe('a browser', () => {
  test('gets what the clinic tells its owner: short, in the language of the profile, with a page of the portal', async () => {
    const language = await portal.request('PUT', `/api/v1/users/${patient.id}`, {
      token,
      body: { language: 'de' },
      headers: { 'If-Match': '*' },
    });
    expect(language.status).toBe(200);
    const browser = server.subscribe();
    expect((await register(body(browser))).status).toBe(201);
    const { id, channels } = await write();
    expect(channels).toContainEqual({ channel: 'push', taken: true, reason: null });
    await runWithPush(portal);
    const [pushed, ...more] = arrivedAt(browser.endpoint);
    expect(more).toEqual([]);
    const { content, headers } = pushed ?? { content: null, headers: { topic: undefined } };
    expect(content).toEqual({
      id,
      tag: headers.topic,
      title: expect.any(String),
      body: 'Bitte rufen Sie die Praxis an.',
      url: 'https://portal.example/notifications',
    });
    expect(headers).toEqual({
      ttl: String(7 * 86_400),
      urgency: 'normal',
      topic: expect.stringMatching(/^[\w-]{32}$/),
    });
    expect(await deliveries()).toEqual([
      { state: 'sent', reason: null, provider: 'web_push', attempts: 1, hasDevice: true },
    ]);
    expect(await devices()).toMatchObject([{ kind: 'web', lastUsedAt: expect.any(String) }]);
  });

  test('that has ended its subscription is forgotten; the delivery says so, and the other device gets the message', async () => {
    const [gone, here] = [server.subscribe(), server.subscribe()];
    await register(body(gone));
    await register({ ...body(here), label: 'Laptop' });
    server.end(gone.endpoint);
    await write();
    // Nothing has failed that an operator would look for.
    expect(await runWithPush(portal)).toEqual([]);
    expect(arrivedAt(gone.endpoint)).toEqual([]);
    expect(arrivedAt(here.endpoint)).toHaveLength(1);
    expect(await deliveries()).toEqual([
      { state: 'skipped', reason: 'subscription_ended', provider: null, attempts: 0, hasDevice: true },
      { state: 'sent', reason: null, provider: 'web_push', attempts: 1, hasDevice: true },
    ]);
    expect(await devices()).toMatchObject([{ label: 'Laptop' }]);
    const history = await portal.request('GET', '/api/v1/audit/me', { token });
    expect(JSON.stringify(history.body)).toContain('Push messages to one of your devices ended.');
    await write();
    await runWithPush(portal);
    expect(arrivedAt(here.endpoint)).toHaveLength(2);
    expect(await deliveries()).toHaveLength(3);
  });

  test('and another one get several messages at once, and each shows when it was used last', async () => {
    const [phone, laptop] = [server.subscribe(), server.subscribe()];
    await register(body(phone));
    await register({ ...body(laptop), label: 'Laptop' });
    for (let n = 0; n < 3; n++) await write();
    await runWithPush(portal);
    expect([arrivedAt(phone.endpoint).length, arrivedAt(laptop.endpoint).length]).toEqual([3, 3]);
    const lastUsedAt = new Date(portal.clock.now()).toISOString().replace('.000Z', 'Z');
    expect(await devices()).toMatchObject([{ lastUsedAt }, { lastUsedAt }]);
  });

  test('is tried again after a failure, with the same tag', async () => {
    const browser = server.subscribe();
    await register(body(browser));
    await write();
    server.answers.push({ status: 503 });
    expect(await runWithPush(portal)).toEqual(['message_not_sent']);
    expect(await deliveries()).toMatchObject([{ state: 'failed', reason: 'the push service answered 503' }]);
    expect(await devices()).toHaveLength(1);
    portal.clock.advance(120);
    await runWithPush(portal);
    expect(await deliveries()).toMatchObject([{ state: 'sent' }]);
    expect(arrivedAt(browser.endpoint)).toHaveLength(1);
  });

  test('that another person registers gets messages of that person alone', async () => {
    const browser = server.subscribe();
    await register(body(browser));
    const next = await portal.person('patient', `next-${people}`);
    const nextToken = await portal.signIn(next.email);
    expect((await register(body(browser), nextToken)).status).toBe(201);
    expect([await devices(), await devices(nextToken)]).toMatchObject([[], [{ kind: 'web' }]]);
    await write();
    await runWithPush(portal);
    expect(arrivedAt(browser.endpoint)).toEqual([]);
    await portal.driver.run([sql`UPDATE users SET email_verified_at = now() WHERE id = ${next.id}::uuid`], 'write');
    await write(next.id);
    await runWithPush(portal);
    expect(arrivedAt(browser.endpoint)).toHaveLength(1);
  });

  test('whose session is signed out before the message goes out gets none', async () => {
    const [browser, other] = [server.subscribe(), server.subscribe()];
    await register(body(browser));
    const elsewhere = await portal.signIn(patient.email);
    await register(body(other), elsewhere);
    await write();
    expect((await portal.request('POST', '/api/v1/auth/logout', { token })).status).toBe(204);
    await runWithPush(portal);
    expect([arrivedAt(browser.endpoint).length, arrivedAt(other.endpoint).length]).toEqual([0, 1]);
    expect(await devices(elsewhere)).toMatchObject([{ current: true }]);
  });

  test('gets none that its owner has switched off', async () => {
    const browser = server.subscribe();
    const of = async () => (await portal.request('GET', '/api/v1/notifications/preferences', { token })).body;
    expect((await of()).choices.message.push).toEqual({
      value: true,
      fixed: false,
      available: false,
      why: 'no_address',
    });
    await register(body(browser));
    expect((await of()).choices.message.push).toEqual({ value: true, fixed: false, available: true, why: null });
    await portal.request('PUT', '/api/v1/notifications/preferences', {
      token,
      body: { choices: { message: { push: false } } },
      headers: { 'If-Match': '*' },
    });
    await write();
    await runWithPush(portal);
    expect(arrivedAt(browser.endpoint)).toEqual([]);
    expect(await deliveries()).toMatchObject([{ state: 'skipped', reason: 'not_chosen', hasDevice: false }]);
  });
});

describe('an app', () => {
  test('gets the text and the id of the message, and no link', async () => {
    const app = server.register();
    expect((await register({ token: app, label: 'My phone' })).body).toMatchObject({ kind: 'fcm', label: 'My phone' });
    const { id } = await write();
    await runWithPush(portal);
    const [pushed] = arrivedAt(app);
    expect(pushed?.content).toMatchObject({
      notification: { body: 'Please call the clinic.' },
      data: { id, tag: expect.stringMatching(/^[\w-]{32}$/) },
      android: { ttl: '604800s', priority: 'NORMAL' },
    });
    expect(JSON.stringify(pushed?.content)).not.toContain('https:');
  });

  test('that was removed from its device is forgotten', async () => {
    const app = server.register();
    await register({ token: app });
    server.end(app);
    await write();
    await runWithPush(portal);
    expect(await deliveries()).toMatchObject([{ state: 'skipped', reason: 'subscription_ended' }]);
    expect(await devices()).toEqual([]);
  });
});
