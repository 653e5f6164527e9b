/** R50: text messages to the clinic's number: STOP, START, HELP, and everything else. */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sql, sql } from '../../../adapters/postgres/driver/sql.ts';
import { challenge, enrol, mailTo } from '../identity/support.ts';
import { type Clinic, type Person, startClinic } from '../scheduling/clinic.ts';

const ACCOUNT = `AC${'0'.repeat(32)}`;
const TOKEN = 'a token of the account';
const NUMBER = '+4930901820';
const URL_OF_TEXTS = 'https://portal.example/api/v1/webhooks/twilio/inbound';

let clinic: Clinic;
let token: string;
beforeAll(async () => {
  clinic = await startClinic({
    environment: {
      LOG_LEVEL: 'silent',
      TWILIO_ACCOUNT_SID: ACCOUNT,
      TWILIO_AUTH_TOKEN: TOKEN,
      TWILIO_FROM: '+15005550006',
    },
  });
  const who = await enrol(clinic.portal, clinic.maria.email);
  token = who.token;
  await clinic.post('/mfa/phone', token, { phoneNumber: NUMBER });
  const [code] = (await mailTo(clinic.portal, NUMBER, 'sign-in-code')).codes;
  expect((await clinic.post('/mfa/phone/verify', token, { code })).status).toBe(204);
});
afterAll(() => clinic.portal.close());

const rows = async (statement: Sql) => (await clinic.portal.driver.run([statement], 'snapshot'))[0] ?? [];

/** A code goes to Maria's number. @returns what became of it */
async function askForCode() {
  clinic.portal.clock.advance(61);
  const mfaToken = await challenge(clinic.portal, clinic.maria.email);
  const { status } = await clinic.portal.request('POST', '/api/v1/mfa/sms/send', { body: { mfaToken } });
  expect(status).toBe(202);
  await clinic.runJobs();
  const [found] =
    await rows(sql`SELECT d.state, d.reason FROM deliveries d JOIN notifications n ON n.id = d.notification_id
    WHERE d.channel = 'sms' AND n.template = 'sign-in-code' ORDER BY d.id DESC LIMIT 1`);
  return found;
}

let texts = 0;
async function text(
  words: string,
  { token = TOKEN, ...more }: { token?: string; From?: string; MessageSid?: string; OptOutType?: string } = {},
) {
  const fields: Record<string, string> = {
    AccountSid: ACCOUNT,
    MessageSid: `SM${texts++}`,
    From: NUMBER,
    To: '+15005550006',
    Body: words,
    ...more,
  };
  const signed = Object.keys(fields)
    .sort()
    .map((name) => name + fields[name])
    .join('');
  const response = await clinic.portal.fetch(
    new Request(URL_OF_TEXTS, {
      method: 'POST',
      body: new URLSearchParams(fields).toString(),
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        'X-Twilio-Signature': createHmac('sha1', token)
          .update(URL_OF_TEXTS + signed)
          .digest('base64'),
      },
    }),
  );
  const answer = await response.text();
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    said: /<Message>(.*)<\/Message>/.exec(answer)?.[1],
  };
}
const stopped = async () => (await clinic.get('/admin/suppressions?channel=sms', clinic.admin.token)).body.data;

const consent = async () => (await clinic.get('/notifications/preferences', token)).body.smsConsentedAt;
const consents = async () => {
  const { headers } = await clinic.get('/notifications/preferences', token);
  const etag = headers.get('etag') ?? '';
  const body = { smsConsent: true, choices: { reminder: { sms: true } } };
  const { status } = await clinic.portal.request('PUT', '/api/v1/notifications/preferences', {
    token,
    body,
    headers: { 'If-Match': etag },
  });
  expect(status).toBe(200);
};

describe('a text to the clinic', () => {
  test('STOP ends text messages to the number, once, and Twilio says so', async () => {
    const sid = { MessageSid: 'SMstop' };
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => text('Stop.', sid)));
    expect(answers.map(({ status, said }) => [status, said])).toEqual(answers.map(() => [200, undefined]));
    expect(answers[0]?.type).toMatch(/^text\/xml/);
    expect(await stopped()).toMatchObject([
      { userId: clinic.maria.id, address: NUMBER, reason: 'stopped', provider: 'twilio' },
    ]);
    expect(await askForCode()).toMatchObject({ state: 'skipped', reason: 'suppressed' });
  });

  test('START allows them again; the STOP of before, replayed, does not end them', async () => {
    expect(await text('start')).toMatchObject({ status: 200, said: undefined });
    expect(await stopped()).toEqual([]);
    await text('Stop.', { MessageSid: 'SMstop' });
    expect(await stopped()).toEqual([]);
    expect(await askForCode()).toMatchObject({ state: 'sent' });
  });

  test('in words that Twilio does not know, the portal answers', async () => {
    expect(await text('Stopp')).toMatchObject({ said: expect.stringContaining('no more text messages') });
    expect(await stopped()).toHaveLength(1);
    expect(await text('Hilfe')).toMatchObject({ said: expect.stringContaining('Answer STOP') });
    await text('START');
    expect(await text('anything', { OptOutType: 'STOP' })).toMatchObject({ said: undefined });
    expect(await stopped()).toHaveLength(1);
    await text('START');
  });

  test('anything else is told that nobody reads it', async () => {
    expect(await text('Can I come <b>today</b>?')).toMatchObject({
      said: expect.stringMatching(/Nobody reads this number/),
    });
    expect(await text('', { From: '+4915112345678' })).toMatchObject({ status: 200 });
    expect(await text('stopp', { From: 'Clinic' })).toMatchObject({ status: 200 });
    expect(await stopped()).toEqual([]);
  });

  test('R50 forged: 401, and nothing changes', async () => {
    expect(await text('STOP', { token: 'another token' })).toMatchObject({ status: 401 });
    expect(await stopped()).toEqual([]);
  });

  test('STOP withdraws the consent to text messages, and START does not give it again', async () => {
    await consents();
    expect(await consent()).toEqual(expect.any(String));
    await Promise.all([1, 2, 3].map(() => text('stop', { MessageSid: 'SMwithdraw' })));
    expect(await consent()).toBeNull();
    const { body } = await clinic.get('/notifications/preferences', token);
    expect(body.choices.reminder.sms.value).toBe(false);
    await text('start');
    expect(await consent()).toBeNull();
    expect(await askForCode()).toMatchObject({ state: 'sent' });
    const history = (await clinic.get('/audit/me?limit=100', token)).body.data;
    const withdrawn = history.filter(
      ({ eventType }: { eventType: string }) => eventType === 'notification.sms_consent_withdrawn',
    );
    expect(withdrawn).toHaveLength(1);
  });

  test('STOP from a former number leaves the consent for the number of today', async () => {
    await consents();
    const other = '+4930901821';
    await clinic.post('/mfa/phone', token, { phoneNumber: other });
    const [code] = (await mailTo(clinic.portal, other, 'sign-in-code')).codes;
    expect((await clinic.post('/mfa/phone/verify', token, { code })).status).toBe(204);
    await consents();
    await text('stop');
    expect(await stopped()).toHaveLength(1);
    expect(await consent()).toEqual(expect.any(String));
    await text('start');
  });

  test('R46 the receiver sees both in their history', async () => {
    const { body } = await clinic.get('/audit/me?limit=100', token);
    const types = body.data.map(({ eventType }: { eventType: string }) => eventType);
    expect(types).toEqual(expect.arrayContaining(['suppression.added', 'suppression.lifted']));
  });
});

describe('an answer to a text message that asks to confirm', () => {
  const DATE = '2026-03-05';
  let people = 0;

  /** A patient of German who gets text messages about appointments, at a number of their own. */
  async function reader(): Promise<{ readonly person: Person; readonly number: string }> {
    const person = await clinic.person('patient', `texted${++people}`);
    const number = `+4930901${830 + people}`;
    const who = await enrol(clinic.portal, person.email);
    await clinic.post('/mfa/phone', who.token, { phoneNumber: number });
    const [code] = (await mailTo(clinic.portal, number, 'sign-in-code')).codes;
    await clinic.post('/mfa/phone/verify', who.token, { code });
    await clinic.put(
      `/users/${person.id}/profile`,
      who.token,
      { language: 'de' },
      await versionOf(person.id, who.token),
    );
    const { headers } = await clinic.get('/notifications/preferences', who.token);
    const body = { smsConsent: true, choices: { appointment: { sms: true } } };
    const changed = { token: who.token, body, headers: { 'If-Match': headers.get('etag') ?? '' } };
    expect((await clinic.portal.request('PUT', '/api/v1/notifications/preferences', changed)).status).toBe(200);
    return { person: { ...person, token: who.token }, number };
  }
  const versionOf = async (id: string, as: string) => (await clinic.get(`/users/${id}/profile`, as)).body.version;

  async function booked({ person }: { readonly person: Person }, startTime: string): Promise<string> {
    clinic.portal.clock.advance(1);
    const { body } = await clinic.book(person.token, startTime, { appointmentDate: DATE });
    await clinic.runJobs();
    return body.id;
  }
  const stepsOf = async (id: string, { person }: { readonly person: Person }) =>
    (await clinic.get(`/appointments/${id}/steps`, person.token)).body.data;
  const NOTHING = /kein Termin zu bestätigen/;

  test('confirms the appointment that was asked about last, as often as it comes', async () => {
    const who = await reader();
    const first = await booked(who, '09:00');
    const last = await booked(who, '10:00');
    expect((await mailTo(clinic.portal, who.number, 'appointment-confirmation')).text).toMatch(/C\.$/);
    const answers = await Promise.all(
      [1, 2, 3, 4, 5].map(() => text('c', { From: who.number, MessageSid: 'SMconfirm' })),
    );
    for (const { said } of answers) expect(said).toMatch(/^.*Ihr Termin ist bestätigt: Do\. 5\. März, 10:00/);
    expect((await stepsOf(last, who)).at(-1)).toMatchObject({ status: 'confirmed', by: 'patient', channel: 'sms' });
    expect((await stepsOf(last, who)).filter(({ status }: { status: string }) => status === 'confirmed')).toHaveLength(
      1,
    );
    expect((await stepsOf(first, who)).at(-1)).toMatchObject({ status: 'scheduled' });
    const own = await clinic.get('/audit/me', who.person.token);
    expect(JSON.stringify(own.body)).toContain('Your appointment was confirmed by a text message from your phone.');
  });

  test('confirms nothing that was moved or cancelled since, or that another number was asked about', async () => {
    const who = await reader();
    const other = await reader();
    const id = await booked(who, '11:00');
    expect((await text('C', { From: other.number })).said).toMatch(NOTHING);
    expect((await text('C', { From: '+4915112345678' })).said).toMatch(/no appointment to confirm/);
    await clinic.post(`/appointments/${id}/cancel`, who.person.token, {});
    expect((await text('C', { From: who.number })).said).toMatch(NOTHING);
    expect((await stepsOf(id, who)).at(-1)).toMatchObject({ status: 'cancelled' });
  });

  /** When the text message about the booking was sent. */
  const textedAt = (id: string, when: string) =>
    clinic.portal.driver.run(
      [
        sql`UPDATE deliveries d SET sent_at = ${when}::timestamptz FROM notifications n
            WHERE n.id = d.notification_id AND d.channel = 'sms' AND n.appointment_id = ${id}::uuid`,
      ],
      'write',
    );
  const statusOf = async (id: string, who: { readonly person: Person }) => (await stepsOf(id, who)).at(-1).status;

  test('of two, the one whose text was sent last is confirmed, whichever was made first', async () => {
    const who = await reader();
    const [held, next] = [await booked(who, '13:00'), await booked(who, '13:30')];
    await textedAt(held, new Date(clinic.portal.clock.now()).toISOString());
    await textedAt(next, new Date(clinic.portal.clock.now() - 1000).toISOString());
    for (let n = 0; n < 2; n++) expect((await text('C', { From: who.number })).said).toMatch(/Do\. 5\. März, 13:00/);
    expect([await statusOf(held, who), await statusOf(next, who)]).toEqual(['confirmed', 'scheduled']);
  });

  test('of two whose texts were sent at one time, the one that comes first, and the answer says which', async () => {
    const who = await reader();
    const [later, sooner] = [await booked(who, '14:30'), await booked(who, '14:00')];
    for (const id of [later, sooner]) await textedAt(id, new Date(clinic.portal.clock.now()).toISOString());
    expect((await text('C', { From: who.number })).said).toMatch(/Do\. 5\. März, 14:00/);
    expect([await statusOf(later, who), await statusOf(sooner, who)]).toEqual(['scheduled', 'confirmed']);
  });

  test('what is cancelled, or was confirmed before it was texted, is not meant: the one before it is', async () => {
    const who = await reader();
    const meant = await booked(who, '15:00');
    const cancelled = await booked(who, '15:30');
    await clinic.post(`/appointments/${cancelled}/cancel`, who.person.token, {});
    clinic.portal.clock.advance(1);
    const { id: known } = (await clinic.book(who.person.token, '16:00', { appointmentDate: DATE })).body;
    await clinic.post(`/appointments/${known}/confirm`, who.person.token, {});
    clinic.portal.clock.advance(1);
    await clinic.runJobs();
    expect((await text('C', { From: who.number })).said).toMatch(/Do\. 5\. März, 15:00/);
    expect(await statusOf(meant, who)).toBe('confirmed');
  });

  test('R50 forged: 401, and nothing is confirmed', async () => {
    const who = await reader();
    const id = await booked(who, '12:00');
    expect(await text('C', { From: who.number, token: 'another token' })).toMatchObject({ status: 401 });
    expect((await stepsOf(id, who)).at(-1)).toMatchObject({ status: 'scheduled' });
  });
});
