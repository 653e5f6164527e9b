/** Messages that no channel has taken: they are among the dead letters, and are sent again, once, when one takes them. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createOutbox } from '../../../adapters/postgres/commit/outbox.ts';
import { type Sql, sql } from '../../../adapters/postgres/driver/sql.ts';
import { refuse } from '../../../domain/shared/result.ts';
import { createJobs } from '../../../src/jobs/jobs.ts';
import { soleProvider } from '../../support/sole-provider.ts';
import { type Clinic, startClinic } from '../scheduling/clinic.ts';

let clinic: Clinic;
let admin: string;
const opened: Clinic[] = [];
beforeEach(async () => {
  clinic = await startClinic({ environment: { LOG_LEVEL: 'silent' } });
  opened.push(clinic);
  admin = clinic.admin.token;
});
afterAll(async () => {
  for (const { portal } of opened) await portal.close();
});

const run = (statement: Sql) => clinic.portal.driver.run([statement], 'write');
const letters = async (query = '?channel=none') =>
  (await clinic.get(`/admin/notifications/dead-letters${query}`, admin)).body.data;
const redriveOne = (id: string, body: object = {}) =>
  clinic.post(`/admin/notifications/dead-letters/${id}/redrive`, admin, body);
const redriveAll = async (body: object = {}) => (await clinic.post('/admin/notifications/redrive', admin, body)).body;
const mails = async () => (await clinic.portal.mails(clinic.maria.email)).map(({ template }) => template);

/** The address of Maria does not exist, as her provider says of the first mail; the second one is not sent. */
async function suppressMaria() {
  const refusal = refuse({ kind: 'permanent', detail: 'no such box', reason: 'no_such_receiver' } as const);
  const channel = soleProvider({ send: async () => refusal });
  const jobs = createJobs({ ...clinic.portal.deps, channel }, createOutbox(clinic.portal.driver), null);
  for (const time of ['10:00', '11:00']) {
    await clinic.book(clinic.maria.token, time);
    await jobs.runDue();
  }
}
async function liftSuppression() {
  const { data } = (await clinic.get('/admin/suppressions', admin)).body;
  expect((await clinic.delete(`/admin/suppressions/${data[0].id}`, admin)).status).toBe(204);
}

describe('a message that could not be routed', () => {
  beforeEach(async () => {
    const { deps, driver, clock } = clinic.portal;
    await clinic.book(clinic.maria.token, '10:00');
    const broken = () => {
      throw new TypeError('broken');
    };
    const loads = {
      ...deps.loads,
      notifications: { ...deps.loads.notifications, notification: broken, notificationsOf: broken },
    };
    const jobs = createJobs({ ...deps, loads }, createOutbox(driver), null);
    for (let attempt = 1; attempt <= 20; attempt++) {
      await jobs.runDue();
      clock.advance(901);
    }
    admin = await clinic.portal.signIn(clinic.admin.email);
  });

  test('is listed with the reason, and sent once, whoever asks at the same time', async () => {
    const [letter, ...others] = await letters();
    expect(others).toEqual([]);
    expect(letter).toMatchObject({
      userId: clinic.maria.id,
      channel: null,
      template: 'appointment-confirmation',
      reason: 'TypeError',
      mayHaveArrived: false,
    });
    expect(letter.id).toBe(letter.notificationId);
    expect(await letters('')).toEqual([letter]);
    expect(await letters('?channel=email')).toEqual([]);
    const answers = await Promise.all([1, 2, 3].map(() => redriveOne(letter.id)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 409, 409]);
    expect(await mails()).toEqual(['appointment-confirmation']);
    expect(await letters()).toEqual([]);
    expect((await redriveOne(letter.id)).body).toMatchObject({ why: 'not_dead' });
  });

  test('is judged again: a message that is void by then is not sent', async () => {
    const [letter] = await letters();
    await run(sql`UPDATE notifications SET useful_until = now() - interval '1 year' WHERE id = ${letter.id}::uuid`);
    expect((await redriveOne(letter.id)).status).toBe(202);
    expect(await mails()).toEqual([]);
  });
});

describe('a message whose receiver had no address that works', () => {
  beforeEach(suppressMaria);

  test('is not sent again before there is a channel, and then once', async () => {
    const [letter, ...others] = await letters();
    expect(others).toEqual([]);
    expect(letter).toMatchObject({ channel: null, reason: 'suppressed', userId: clinic.maria.id });
    expect((await redriveOne(letter.id, { evenTwice: true })).body).toMatchObject({ why: 'no_channel' });
    expect(await redriveAll({ channel: 'none' })).toEqual({ redriven: 0, hasMore: false, next: null });
    expect(await letters()).toHaveLength(1);

    await liftSuppression();
    clinic.portal.clock.advance(1);
    const answers = await Promise.all([1, 2, 3].map(() => redriveAll({ channel: 'none' })));
    expect(answers.map(({ redriven }) => redriven).toSorted()).toEqual([0, 0, 1]);
    expect(await mails()).toEqual(['appointment-confirmation']);
    expect(await letters()).toEqual([]);
    const found = await clinic.get(`/admin/notifications?userId=${clinic.maria.id}`, admin);
    const again = found.body.data.find(({ id }: { id: string }) => id === letter.id);
    expect(again.deliveries.filter(({ channel }: { channel: string }) => channel === 'email')).toMatchObject([
      { state: 'skipped', reason: 'suppressed' },
      { state: 'sent' },
    ]);
  });

  test('is never sent again if an attempt of before may have arrived', async () => {
    const [letter] = await letters();
    await liftSuppression();
    await run(
      sql`UPDATE deliveries SET outcome_unknown = true WHERE notification_id = ${letter.id}::uuid AND channel = 'email'`,
    );
    expect((await redriveOne(letter.id, { evenTwice: true })).body).toMatchObject({ why: 'may_have_arrived' });
    expect(await redriveAll({ channel: 'none' })).toMatchObject({ redriven: 0 });
    expect(await mails()).toEqual([]);
  });

  test('is reached behind those that stay', async () => {
    const [letter] = await letters();
    await liftSuppression();
    // Copies that cannot be read, since what they say is bound to the row of the first.
    await run(sql`INSERT INTO notifications (id, user_id, channel, category, template, variables, status, send_at, routed_at, last_error, created_at)
      SELECT ('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, user_id, channel, category, template, variables, status, send_at,
        routed_at, last_error, created_at FROM notifications, generate_series(1, 120) n WHERE id = ${letter.id}::uuid`);
    const first = await redriveAll();
    expect(first).toEqual({ redriven: 0, hasMore: true, next: '01900000-0000-7000-8000-000000000100' });
    expect(await redriveAll({ after: first.next, channel: 'none' })).toEqual({
      redriven: 1,
      hasMore: false,
      next: null,
    });
    expect((await redriveOne(first.next)).body).toMatchObject({ why: 'message_gone' });
  });
});

test('what the receiver wants nothing of is no dead letter', async () => {
  const etag = (await clinic.get('/notifications/preferences', clinic.maria.token)).headers.get('etag') ?? '';
  const { status } = await clinic.portal.request('PUT', '/api/v1/notifications/preferences', {
    token: clinic.maria.token,
    body: { choices: { appointment: { email: false } } },
    headers: { 'If-Match': etag },
  });
  expect(status).toBe(200);
  await clinic.book(clinic.maria.token, '10:00');
  await clinic.runJobs();
  expect(await letters('')).toEqual([]);
});

test('a message that was asked for by one channel alone says why not by that one', async () => {
  const body = { userId: clinic.maria.id, template: 'call_us', channels: ['push'] };
  expect((await clinic.post('/notifications', clinic.staff.token, body)).status).toBe(201);
  await clinic.runJobs();
  expect(await letters()).toMatchObject([{ template: 'clinic-notice', reason: 'no_address' }]);
});
