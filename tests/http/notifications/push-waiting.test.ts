/** What becomes of push messages that wait, and of devices that end meanwhile. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import type { PushSubscriptionId } from '../../../domain/notifications/push-subscription.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import { applyRetention } from '../../../src/app/privacy/retention.ts';
import { type PushServer, startPush } from '../../../tools/cloud/push.ts';
import { browserBody, runWithPush } from '../../support/push-devices.ts';
import { type Clinic, type Person, startClinic } from '../scheduling/clinic.ts';

const PATH = '/notifications/push-subscriptions';
let server: PushServer;
let clinic: Clinic;
let reader: Person;
let people = 0;

beforeAll(async () => {
  server = await startPush();
  clinic = await startClinic({ environment: { ...server.settings(), LOG_LEVEL: 'silent' } });
});
afterAll(async () => {
  await clinic.portal.close();
  await server.close();
});
beforeEach(async () => {
  reader = await clinic.person('patient', `reader-${++people}`);
  await clinic.portal.driver.run(
    [sql`UPDATE users SET email_verified_at = now() WHERE id = ${reader.id}::uuid`, sql`DELETE FROM outbox`],
    'write',
  );
});

/** @returns the endpoint of a new browser of the reader */
async function registered(token = reader.token): Promise<string> {
  const { endpoint, p256dh, auth } = server.subscribe();
  expect((await clinic.post(PATH, token, { endpoint, keys: { p256dh, auth } })).status).toBe(201);
  await clinic.portal.driver.run([sql`DELETE FROM outbox`, sql`DELETE FROM notifications`], 'write');
  return endpoint;
}
const devices = async () => (await clinic.get(PATH, reader.token)).body.data;
const arrivedAt = (endpoint: string) => server.pushes().filter(({ to }) => to === endpoint);
const run = () => runWithPush(clinic.portal);
const pushed = async () =>
  (
    await clinic.portal.driver.run(
      [sql`SELECT state, reason FROM deliveries WHERE channel = 'push' ORDER BY created_at, state`],
      'snapshot',
    )
  )[0];

describe('quiet hours', () => {
  test('hold push messages; a device that is signed out in them gets none, and the delivery says so', async () => {
    const elsewhere = await clinic.portal.signIn(reader.email);
    const [signedOut, here] = [await registered(elsewhere), await registered()];
    const quietHours = { from: '10:00', to: '14:00', timezone: 'UTC' };
    const preferences = { token: reader.token, body: { quietHours }, headers: { 'If-Match': '*' } };
    expect((await clinic.portal.request('PUT', '/api/v1/notifications/preferences', preferences)).status).toBe(200);
    expect(
      (await clinic.post('/notifications', clinic.staff.token, { userId: reader.id, template: 'call_us' })).status,
    ).toBe(201);
    await run();
    expect(await pushed()).toEqual([
      { state: 'scheduled', reason: null },
      { state: 'scheduled', reason: null },
    ]);
    expect((await clinic.post('/auth/logout', elsewhere)).status).toBe(204);
    clinic.portal.clock.advance(2 * 3600);
    await run();
    expect([arrivedAt(signedOut).length, arrivedAt(here).length]).toEqual([0, 1]);
    expect(await pushed()).toEqual([
      { state: 'sent', reason: null },
      { state: 'skipped', reason: 'subscription_ended' },
    ]);
  });
});

describe('a message for push alone', () => {
  test('whose only device is gone has reached nobody; it is sent again to the next device', async () => {
    server.end(await registered());
    const asked = { userId: reader.id, template: 'call_us' };
    const staff = await clinic.portal.signIn(clinic.staff.email);
    const { status, body } = await clinic.post('/notifications/push', staff, asked);
    expect(status).toBe(201);
    expect(body.channels).toContainEqual({ channel: 'push', taken: true, reason: null });
    await run();
    expect(await pushed()).toEqual([{ state: 'skipped', reason: 'subscription_ended' }]);
    const admin = await clinic.portal.signIn(clinic.admin.email);
    const letters = (await clinic.get('/admin/notifications/dead-letters?channel=none', admin)).body.data;
    expect(letters).toMatchObject([{ id: body.id, reason: 'no_address' }]);
    const { endpoint, p256dh, auth } = server.subscribe();
    const token = await clinic.portal.signIn(reader.email);
    expect((await clinic.post(PATH, token, { endpoint, keys: { p256dh, auth } })).status).toBe(201);
    const again = await clinic.post(`/admin/notifications/dead-letters/${body.id}/redrive`, admin, {
      evenTwice: false,
    });
    expect(again.status).toBe(202);
    await run();
    expect(arrivedAt(endpoint).map(({ content }) => (content as { id: string }).id)).toContain(body.id);
  });
});

describe('an emergency', () => {
  test('is pushed at once, however long its text is, and wakes the device', async () => {
    const endpoint = await registered();
    const admin = await clinic.portal.signIn(clinic.admin.email);
    const text = `Closed. ${'We call you. '.repeat(37)}`;
    expect((await clinic.post('/admin/alerts', admin, { text, personIds: [reader.id] })).status).toBe(202);
    await run();
    await run();
    const [alert] = arrivedAt(endpoint);
    expect(alert?.headers).toMatchObject({ urgency: 'high', ttl: '86400' });
    const { body } = (alert?.content ?? { body: '' }) as { body: string };
    expect(body).toMatch(/^Urgent: Closed\. /);
    expect(body.length).toBeLessThanOrEqual(300);
    expect(body.length).toBeGreaterThan(280);
  });
});

describe('a device', () => {
  test('that registers again while a message is on its way is not ended by the answer to it', async () => {
    await registered();
    const [{ id }] = await devices();
    const end = async (registeredAt: number) => {
      const changes = [{ type: 'push_subscription.ended', id: id as PushSubscriptionId, registeredAt } as const];
      const { database, clock } = clinic.portal;
      await database.commit({ changes, audit: [], jobs: [], idempotency: undefined, at: clock.now() });
    };
    await end(clinic.portal.clock.now() - 1);
    expect(await devices()).toHaveLength(1);
    await end(clinic.portal.clock.now());
    expect(await devices()).toEqual([]);
  });

  test('is deleted a day after its push service has ended it', async () => {
    const { portal } = clinic;
    const expirationTime = portal.clock.now() + 60_000;
    expect((await clinic.post(PATH, reader.token, { ...browserBody('expiring'), expirationTime })).status).toBe(201);
    await registered();
    const context = () => systemContext(portal.deps);
    portal.clock.advance(86_400 + 59);
    expect((await applyRetention(portal.deps, context(), { dryRun: true })).overdue.push_subscriptions).toBe(0);
    portal.clock.advance(2);
    expect((await applyRetention(portal.deps, context())).overdue.push_subscriptions).toBe(1);
    const [left] = await portal.driver.run(
      [sql`SELECT expires_at FROM push_subscriptions WHERE user_id = ${reader.id}::uuid`],
      'snapshot',
    );
    expect(left).toEqual([{ expires_at: null }]);
  });

  test('of a record that is merged into another one ends', async () => {
    const { admin, portal } = clinic;
    const adminToken = await portal.signIn(admin.email);
    const survivor = await clinic.person('patient', `survivor-${people}`);
    await registered();
    const alias = await clinic.get(`/users/${reader.id}/profile`, adminToken);
    const merge = { aliasId: reader.id, aliasVersion: alias.body.version, endAliasAccount: true };
    const merged = await clinic.post(`/patients/${survivor.id}/merge`, adminToken, merge, { 'If-Match': '*' });
    expect([merged.status, merged.body.code]).toEqual([201, undefined]);
    const [left] = await portal.driver.run(
      [sql`SELECT 1 FROM push_subscriptions WHERE user_id IN (${reader.id}::uuid, ${survivor.id}::uuid)`],
      'snapshot',
    );
    expect(left).toEqual([]);
  });
});
