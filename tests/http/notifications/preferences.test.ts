/** What a person has chosen about messages, and what comes of it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { enrol, mailTo } from '../identity/support.ts';
import { type Clinic, startClinic } from '../scheduling/clinic.ts';

const PATH = '/notifications/preferences';
const PHONE = '+4930901820';
const USUAL = {
  email: { value: true, fixed: false, available: true, why: null },
  sms: { value: false, fixed: false, available: false, why: 'no_address' },
  push: { value: true, fixed: false, available: false, why: 'no_address' },
  inApp: { value: true, fixed: true, available: true, why: null },
};

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.portal.close());

const get = (token: string) => clinic.get(PATH, token);
async function put(token: string, body: object) {
  const { body: now } = await get(token);
  return clinic.put(PATH, token, body, now.version);
}
let people = 0;
const somebody = () => clinic.person('patient', `chooser${++people}`);
let visits = 0;
async function booked(token: string) {
  clinic.portal.clock.advance(1); // The newest message is found by its time.
  const time = `${String(9 + Math.floor(visits / 2)).padStart(2, '0')}:${visits++ % 2 === 0 ? '00' : '30'}`;
  const reply = await clinic.book(token, time);
  expect(reply.status).toBe(201);
  await clinic.runJobs();
  return reply.body;
}
async function deliveries(userId: string) {
  // The clock may have gone on for longer than a session lasts.
  const token = await clinic.portal.signIn(clinic.admin.email);
  const { body } = await clinic.get(`/admin/notifications?userId=${userId}`, token);
  const message = body.data.find(({ template }: { template: string }) => template === 'appointment-confirmation');
  return Object.fromEntries(
    message.deliveries.map(({ channel, state, reason }: Record<string, string>) => [channel, [state, reason]]),
  );
}
const confirmations = async (to: string) =>
  (await clinic.portal.mails(to)).filter(({ template }) => template === 'appointment-confirmation');
/** Proves the phone with the code that was sent there. */
async function prove(token: string, phoneNumber = PHONE) {
  expect((await clinic.post('/mfa/phone', token, { phoneNumber })).status).toBe(202);
  const [code] = (await mailTo(clinic.portal, phoneNumber, 'sign-in-code')).codes;
  expect((await clinic.post('/mfa/phone/verify', token, { code })).status).toBe(204);
}

/** Of deliveries to the person: two for one delivery could send it twice. */
async function openJobs(userId: string) {
  const [found = []] = await clinic.portal.driver.run(
    [
      sql`SELECT count(*)::int AS count FROM outbox o JOIN deliveries d ON d.id::text = o.payload->>'deliveryId'
          JOIN notifications n ON n.id = d.notification_id
          WHERE n.user_id = ${userId}::uuid AND o.state IN ('pending', 'published')`,
    ],
    'snapshot',
  );
  return found[0]?.count;
}

describe('my preferences', () => {
  test('are the defaults until something is chosen, and say what is fixed and what is not available', async () => {
    const { token } = await somebody();
    const { status, body, headers } = await get(token);
    expect([status, headers.get('etag')]).toEqual([200, expect.stringMatching(/^"v0\.\d+"$/)]);
    expect(body).toMatchObject({
      choices: { appointment: USUAL, reminder: USUAL, message: USUAL },
      quietHours: null,
      reminderMinutes: [1440, 120],
      smsConsentedAt: null,
      language: 'en',
      version: 0,
    });
    expect(body.choices.security.email).toEqual({ value: true, fixed: true, available: true, why: null });
    expect(body.choices.code).toMatchObject({
      sms: { value: false, fixed: true, available: false, why: 'other_channel' },
      inApp: { value: false, fixed: true, available: false, why: 'other_channel' },
    });
  });

  test('R32 are sent anew when what they show of the profile and of addresses has changed, under the same version', async () => {
    const { token, id } = await somebody();
    const held = async (tag: string) => {
      const headers = { 'If-None-Match': tag };
      const { status, headers: answer } = await clinic.portal.request('GET', `/api/v1${PATH}`, { token, headers });
      return { status, tag: answer.get('etag') ?? '' };
    };
    const first = await held('"v0"');
    expect(first.status).toBe(200);
    expect(await held(first.tag)).toEqual({ ...first, status: 304 });
    const profile = await clinic.get(`/users/${id}/profile`, token);
    const german = await clinic.put(`/users/${id}/profile`, token, { language: 'de' }, profile.body.version);
    expect(german.status).toBe(200);
    const second = await held(first.tag);
    expect(second.status).toBe(200);
    await clinic.portal.driver.run([sql`UPDATE users SET email_verified_at = NULL WHERE id = ${id}::uuid`], 'write');
    const third = await held(second.tag);
    expect(third.status).toBe(200);
    // The change is of the version alone.
    const headers = { 'If-Match': first.tag };
    const body = { reminderMinutes: [30] };
    expect((await clinic.portal.request('PUT', `/api/v1${PATH}`, { token, headers, body })).status).toBe(200);
    expect((await clinic.portal.request('PUT', `/api/v1${PATH}`, { token, headers, body })).status).toBe(412);
  });

  test('are changed under their version, and the change is recorded without the hours', async () => {
    const { token, id } = await somebody();
    const body = { quietHours: { from: '22:00', to: '07:00', timezone: 'europe/berlin' }, reminderMinutes: [60, 2880] };
    expect((await clinic.put(PATH, token, body)).status).toBe(428);
    expect(await clinic.put(PATH, token, body, 1)).toMatchObject({ status: 412, body: { version: 0 } });
    const changed = await clinic.put(PATH, token, body, 0);
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, expect.stringMatching(/^"v1\.\d+"$/)]);
    expect(changed.body).toMatchObject({
      quietHours: { from: '22:00', to: '07:00', timezone: 'Europe/Berlin' },
      reminderMinutes: [2880, 60],
    });
    expect((await get(token)).body).toEqual(changed.body);
    expect((await clinic.put(PATH, token, { reminderMinutes: [] }, 0)).status).toBe(412);
    expect((await clinic.put(PATH, token, { reminderMinutes: [] }, 1)).body).toMatchObject({
      reminderMinutes: [],
      quietHours: { from: '22:00' },
      version: 2,
    });
    const { body: audit } = await clinic.get('/audit/me?limit=50', token);
    const found = audit.data.find(
      ({ eventType }: { eventType: string }) => eventType === 'notification.preferences_changed',
    );
    expect(found).toBeDefined();
    expect(JSON.stringify(audit)).not.toContain('22:00');
    expect(id).toBeDefined();
  });

  test('of several changes at once, one is made, and the others are told its version', async () => {
    const { token } = await somebody();
    const replies = await Promise.all(
      [15, 30, 45, 60].map((each) => clinic.put(PATH, token, { reminderMinutes: [each] }, 0)),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
    expect((await get(token)).body.version).toBe(1);
  });

  test.each<[string, object, string, string]>([
    ['security notices by mail', { choices: { security: { email: false } } }, '/choices/security/email', 'fixed'],
    ['codes by push', { choices: { code: { push: true } } }, '/choices/code/push', 'fixed'],
    ['text messages without a phone', { choices: { reminder: { sms: true } } }, '/choices/reminder/sms', 'no_address'],
    ['consent without a phone', { smsConsent: true }, '/smsConsent', 'no_address'],
    ['empty quiet hours', { quietHours: { from: '22:00', to: '22:00' } }, '/quietHours/to', 'empty'],
    ['a day of quiet hours', { quietHours: { from: '07:00', to: '06:59' } }, '/quietHours/to', 'too_long'],
    ['a reminder twice', { reminderMinutes: [60, 60] }, '/reminderMinutes/1', 'repeated'],
  ])('%s: refused, naming the field', async (_, body, pointer, code) => {
    const reply = await put(clinic.paul.token, body);
    expect([reply.status, reply.body.code]).toEqual([422, 'preferences_refused']);
    expect(reply.body.errors).toEqual([expect.objectContaining({ pointer, code })]);
  });

  test.each<[string, object]>([
    ['an unknown category', { choices: { gossip: { email: true } } }],
    ['an unknown channel', { choices: { message: { fax: true } } }],
    ['an unknown zone', { quietHours: { from: '22:00', to: '07:00', timezone: 'Mars/Olympus' } }],
    ['a reminder in 14 minutes', { reminderMinutes: [14] }],
    ['a reminder after 31 days', { reminderMinutes: [44_640] }],
    ['six reminders', { reminderMinutes: [15, 16, 17, 18, 19, 20] }],
    ['a language, which is in the profile', { language: 'de' }],
  ])('%s: not valid', async (_, body) => {
    const reply = await put(clinic.paul.token, body);
    expect([reply.status, reply.body.code]).toEqual([422, 'validation_failed']);
    expect((await get(clinic.paul.token)).body.version).toBe(0);
  });
});

describe('what was chosen', () => {
  test('decides which channels a message takes', async () => {
    const { token, id, email } = await somebody();
    await put(token, { choices: { appointment: { email: false } } });
    await booked(token);
    expect(await deliveries(id)).toMatchObject({ email: ['skipped', 'not_chosen'] });
    expect(await confirmations(email)).toEqual([]);
    // The portal shows it all the same.
    expect((await clinic.get('/notifications', token)).body.data[0].template).toBe('appointment-confirmation');
  });

  test('text messages go to the proven phone, with consent, and end with either', async () => {
    const { email, id } = await somebody();
    const { token } = await enrol(clinic.portal, email);
    await prove(token);
    const reminder = { choices: { appointment: { sms: true } } };
    expect((await put(token, reminder)).body.errors).toMatchObject([{ code: 'no_consent' }]);
    const chosen = await put(token, { ...reminder, smsConsent: true });
    expect(chosen.body).toMatchObject({
      choices: { appointment: { sms: { value: true, available: true, why: null } } },
      smsConsentedAt: new Date(clinic.portal.clock.now()).toISOString(),
    });
    await booked(token);
    expect(await deliveries(id)).toMatchObject({ email: ['sent', null], sms: ['sent', null] });
    const [text] = await confirmations(PHONE);
    expect(text).toMatchObject({ channel: 'sms', text: expect.stringContaining('is booked') });
    // Another number needs consent of its own.
    clinic.portal.clock.advance(120);
    await prove(token, '+4930901821');
    expect((await get(token)).body.choices.appointment.sms).toMatchObject({
      value: true,
      available: false,
      why: 'no_consent',
    });
    await booked(token);
    expect(await deliveries(id)).toMatchObject({ sms: ['skipped', 'no_consent'] });
    const withdrawn = await put(token, { smsConsent: false });
    expect(withdrawn.body).toMatchObject({ smsConsentedAt: null, choices: { appointment: { sms: { value: false } } } });
    await booked(token);
    expect(await deliveries(id)).toMatchObject({ sms: ['skipped', 'not_chosen'] });
  });
});

describe('quiet hours', () => {
  const around = (hoursBefore: number, hoursAfter: number) => {
    const now = clinic.portal.clock.now();
    const at = (hours: number) => new Date(now + hours * 3_600_000).toISOString().slice(11, 16);
    return { from: at(-hoursBefore), to: at(hoursAfter), timezone: 'UTC' };
  };

  test('hold what comes in them until they end, and then send it once', async () => {
    const { token, id, email } = await somebody();
    await put(token, { quietHours: around(1, 1) });
    await booked(token);
    expect(await deliveries(id)).toMatchObject({ email: ['scheduled', null] });
    clinic.portal.clock.advance(3590);
    await clinic.runJobs();
    expect(await confirmations(email)).toEqual([]);
    clinic.portal.clock.advance(70);
    await clinic.runJobs();
    expect(await deliveries(id)).toMatchObject({ email: ['sent', null] });
    clinic.portal.clock.advance(3600);
    await clinic.runJobs();
    expect(await confirmations(email)).toHaveLength(1);
  });

  test('that end earlier or later move what is held; it is still sent once', async () => {
    const [{ token, id, email }, other] = [await somebody(), await somebody()];
    for (const each of [token, other.token]) {
      await put(each, { quietHours: around(1, 1) });
      await booked(each);
    }
    await put(token, { quietHours: null });
    await put(other.token, { quietHours: around(1, 2) });
    expect([await openJobs(id), await openJobs(other.id)]).toEqual([1, 1]);
    await clinic.runJobs();
    expect([await confirmations(email), await confirmations(other.email)]).toMatchObject([[{}], []]);
    clinic.portal.clock.advance(3700);
    await clinic.runJobs();
    expect(await confirmations(other.email)).toEqual([]);
    clinic.portal.clock.advance(3600);
    await clinic.runJobs();
    expect([await confirmations(email), await confirmations(other.email)]).toMatchObject([[{}], [{}]]);
    expect(await deliveries(id)).toMatchObject({ email: ['sent', null] });
  });

  test('that are chosen while a message waits hold it too, and a category that is switched off meanwhile ends it', async () => {
    const { token, id } = await somebody();
    await put(token, { quietHours: around(1, 1) });
    await booked(token);
    await put(token, { choices: { appointment: { email: false } } });
    clinic.portal.clock.advance(3700);
    await clinic.runJobs();
    expect(await deliveries(id)).toMatchObject({ email: ['skipped', 'not_chosen'] });
  });

  test('end with the news of an appointment alone that was booked and cancelled in them', async () => {
    const { token, email } = await somebody();
    await put(token, { quietHours: around(1, 1) });
    const { id, version } = await booked(token);
    const cancelled = await clinic.post(`/appointments/${id}/cancel`, token, {}, { 'If-Match': `"v${version}"` });
    expect(cancelled.status).toBe(200);
    clinic.portal.clock.advance(3700);
    await clinic.runJobs();
    expect((await clinic.portal.mails(email)).map(({ template }) => template)).toContain('appointment-cancelled');
    expect(await confirmations(email)).toEqual([]);
    const again = await clinic.portal.signIn(email);
    const { data } = (await clinic.get('/notifications?category=appointment', again)).body;
    expect(data.map(({ template }: { template: string }) => template).toSorted()).toEqual([
      'appointment-cancelled',
      'appointment-confirmation',
    ]);
  });

  test('hold no security notice', async () => {
    const { token, email } = await somebody();
    await put(token, { quietHours: around(1, 1) });
    await clinic.portal.request('POST', '/api/v1/auth/forgot-password', { body: { email } });
    await clinic.runJobs();
    expect((await clinic.portal.mails(email)).map(({ template }) => template)).toContain('password-reset');
  });
});
