/** The daily number of messages of a channel: how it is set, what becomes of those beyond it, and who is told. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Sql, sql } from '../../../adapters/postgres/driver/sql.ts';
import { enrol, mailTo } from '../identity/support.ts';
import { type Clinic, type Person, startClinic } from '../scheduling/clinic.ts';

const PHONE = '+4915112345678';
const NOON = Date.parse('2026-03-02T12:00:00Z');
let clinic: Clinic;
let maria: Person;
beforeAll(async () => {
  clinic = await startClinic({ now: NOON });
  maria = { ...clinic.maria, token: (await enrol(clinic.portal, clinic.maria.email)).token };
  expect(await clinic.post('/mfa/phone', maria.token, { phoneNumber: PHONE })).toMatchObject({ status: 202 });
  const [code] = (await mailTo(clinic.portal, PHONE, 'sign-in-code')).codes;
  await clinic.post('/mfa/phone/verify', maria.token, { code });
  const { body } = await clinic.get('/notifications/preferences', maria.token);
  const chosen = { smsConsent: true, choices: { message: { sms: true } } };
  expect((await clinic.put('/notifications/preferences', maria.token, chosen, body.version)).status).toBe(200);
});
afterAll(() => clinic.portal.close());

const rows = async (statement: Sql) => (await clinic.portal.driver.run([statement], 'snapshot'))[0] ?? [];
const signedIn = () => clinic.portal.signIn(clinic.admin.email);
async function save(fields: object, token?: string) {
  const admin = await signedIn();
  const { body } = await clinic.get('/clinic/settings', admin);
  const settings = { name: 'Park', timezone: 'Europe/Berlin', ...fields };
  return clinic.put('/clinic/settings', token ?? admin, settings, body.version);
}
const today = async () => (await clinic.get('/admin/queues', await signedIn())).body.today;
async function write() {
  clinic.portal.clock.advance(1);
  const token = await clinic.portal.signIn(clinic.staff.email);
  const body = { userId: maria.id, template: 'call_us' };
  const reply = await clinic.post('/notifications/sms', token, body);
  expect(reply.status).toBe(201);
}
/** Of the newest message to the patient: each channel with its state and reason. */
async function newest() {
  const { body } = await clinic.get(`/admin/notifications?userId=${maria.id}`, await signedIn());
  const found = body.data.find(({ template }: { template: string }) => template === 'clinic-notice');
  return Object.fromEntries(
    found.deliveries.map(({ channel, state, reason }: Record<string, string>) => [channel, `${state} ${reason}`]),
  );
}
const notes = async () =>
  (await clinic.portal.mails(clinic.admin.email)).filter(({ template }) => template === 'daily-cap-reached');

test('is set by administrators with the other settings, in bounds, and is recorded', async () => {
  expect((await clinic.get('/clinic/settings', clinic.admin.token)).body.dailyCaps).toEqual({
    ...{ email: null, sms: null, push: null },
  });
  for (const sms of [0, -1, 1.5, 1_000_001, '5']) expect((await save({ dailyCaps: { sms } })).status).toBe(422);
  expect((await save({ dailyCaps: { letters: 1 } })).status).toBe(422);
  expect((await save({ dailyCaps: { sms: 5 } }, clinic.staff.token)).status).toBe(403);
  expect((await save({ dailyCaps: { sms: 5, email: 900 } })).body.dailyCaps).toEqual({
    email: 900,
    sms: 5,
    push: null,
  });
  // What is left out stays, with the caps and within them.
  expect((await save({})).body.dailyCaps).toEqual({ email: 900, sms: 5, push: null });
  expect((await save({ dailyCaps: { email: null } })).body.dailyCaps).toEqual({ email: null, sms: 5, push: null });
  const { body } = await clinic.get('/audit/events?type=clinic.settings_updated', clinic.admin.token);
  expect(body.data.map(({ details }: { details: object }) => details)).toContainEqual(
    expect.objectContaining({ 'dailyCaps.sms': 'null -> 5', 'dailyCaps.email': 'null -> 900' }),
  );
});

test('holds what comes beyond it until the next morning, sends what is urgent, and starts anew each day', async () => {
  const [used] = (await today()).filter(({ channel }: { channel: string }) => channel === 'sms');
  // The code that proved the phone.
  expect(used).toEqual({ channel: 'sms', used: 1, cap: 5 });
  await save({ dailyCaps: { sms: 2 } });
  await write();
  await clinic.runJobs();
  expect(await newest()).toMatchObject({
    sms: 'sent null',
    email: 'skipped not_asked',
  });
  await write();
  await clinic.runJobs();
  expect(await newest()).toMatchObject({ sms: 'scheduled daily_cap' });
  expect(
    await rows(sql`SELECT o.not_before FROM outbox o WHERE o.topic = 'delivery.sms' AND o.state = 'pending'`),
  ).toEqual([{ not_before: Date.parse('2026-03-03T07:00:00Z') }]);
  // A code leaves nevertheless, and counts.
  const other = await clinic.person('patient', 'nora');
  const { token } = await enrol(clinic.portal, other.email);
  await clinic.post('/mfa/phone', token, { phoneNumber: '+4915112345679' });
  expect((await mailTo(clinic.portal, '+4915112345679', 'sign-in-code')).codes).toHaveLength(1);
  expect(await today()).toContainEqual({ channel: 'sms', used: 3, cap: 2 });
  clinic.portal.clock.advance(20 * 3600);
  await clinic.runJobs();
  expect(await newest()).toMatchObject({ sms: 'sent null' });
  expect(await today()).toContainEqual({ channel: 'sms', used: 1, cap: 2 });
});

test('sends by another channel what is of no use the next morning, once', async () => {
  await save({ dailyCaps: { sms: 1 } });
  const before = (await clinic.portal.mails(maria.email)).length;
  await write();
  await clinic.portal.driver.run(
    [
      sql`UPDATE notifications SET useful_until = send_at + interval '1 hour' WHERE template = 'clinic-notice' AND routed_at IS NULL`,
    ],
    'write',
  );
  await clinic.runJobs();
  expect(await newest()).toMatchObject({ sms: 'skipped daily_cap', email: 'sent null' });
  expect(await clinic.portal.mails(maria.email)).toHaveLength(before + 1);
  expect(
    await rows(sql`SELECT status FROM notifications WHERE template = 'clinic-notice' ORDER BY id DESC LIMIT 1`),
  ).toEqual([{ status: 'sent' }]);
});

test('is told to administrators at 80 and at 100 percent, each once a day, although their mail is limited too', async () => {
  const { jobs } = clinic.portal.platform;
  await save({ dailyCaps: { sms: null, email: 1 } });
  await Promise.all([jobs.everyMinute(), jobs.everyMinute()]);
  await jobs.everyMinute();
  expect((await notes()).map(({ subject }) => subject)).toEqual(['No more e-mails today']);
  await clinic.portal.driver.run(
    [sql`UPDATE sending_days SET used = 81 WHERE channel = 'push' OR channel = 'sms'`],
    'write',
  );
  await save({ dailyCaps: { sms: 100, email: null } });
  await jobs.everyMinute();
  await jobs.everyMinute();
  expect((await notes()).map(({ subject }) => subject).toSorted()).toEqual([
    'Most of today’s text messages are sent',
    'No more e-mails today',
  ]);
  clinic.portal.clock.advance(24 * 3600);
  await jobs.everyMinute();
  expect(await notes()).toHaveLength(2);
});
