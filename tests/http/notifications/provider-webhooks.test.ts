/** R50: what SendGrid and Twilio tell of messages, signed, once, in any order. */
import { createHmac, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOutbox } from '../../../adapters/postgres/commit/outbox.ts';
import { type Sql, sql } from '../../../adapters/postgres/driver/sql.ts';
import { ok } from '../../../domain/shared/result.ts';
import { createJobs } from '../../../src/jobs/jobs.ts';
import { soleProvider } from '../../support/sole-provider.ts';
import { type Clinic, startClinic } from '../scheduling/clinic.ts';

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const spki = (key: KeyObject) => key.export({ type: 'spki', format: 'der' }).toString('base64');
const [current, next, foreign] = [pair(), pair(), pair()];
const ACCOUNT = `AC${'0'.repeat(32)}`;
const [TOKEN, NEXT_TOKEN] = ['a token of the account', 'the token that follows'];

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic({
    environment: {
      LOG_LEVEL: 'silent',
      SENDGRID_WEBHOOK_KEY: spki(current.publicKey),
      SENDGRID_NEXT_WEBHOOK_KEY: spki(next.publicKey),
      TWILIO_ACCOUNT_SID: ACCOUNT,
      TWILIO_AUTH_TOKEN: TOKEN,
      TWILIO_NEXT_AUTH_TOKEN: NEXT_TOKEN,
      TWILIO_FROM: '+15005550006',
    },
  });
});
afterAll(() => clinic.portal.close());

const post = (path: string, body: string, headers: Record<string, string>) =>
  clinic.portal.fetch(new Request(`https://portal.example/api/v1/webhooks/${path}`, { method: 'POST', body, headers }));
const rows = async (statement: Sql) => (await clinic.portal.driver.run([statement], 'snapshot'))[0] ?? [];

const seconds = (late = 0) => String(Math.floor(clinic.portal.clock.now() / 1000) - late);
function sendgrid(events: unknown, { key = current.privateKey, timestamp = seconds(), path = 'sendgrid' } = {}) {
  const body = typeof events === 'string' ? events : JSON.stringify(events);
  const signature = createSign('sha256')
    .update(timestamp + body)
    .sign(key, 'base64');
  return post(path, body, {
    'Content-Type': 'application/json',
    'X-Twilio-Email-Event-Webhook-Signature': signature,
    'X-Twilio-Email-Event-Webhook-Timestamp': timestamp,
  });
}

interface Signing {
  readonly token?: string;
  readonly query?: string;
  readonly signedQuery?: string;
}

function twilio(form: Record<string, string>, { token = TOKEN, query = '', signedQuery = query }: Signing = {}) {
  const fields = { AccountSid: ACCOUNT, ...form } as Record<string, string>;
  const names = Object.keys(fields).sort();
  const signature = createHmac('sha1', token)
    .update(
      `https://portal.example/api/v1/webhooks/twilio/status${signedQuery}${names.map((name) => name + fields[name]).join('')}`,
    )
    .digest('base64');
  return post(`twilio/status${query}`, new URLSearchParams(fields).toString(), {
    'Content-Type': 'application/x-www-form-urlencoded',
    'X-Twilio-Signature': signature,
  });
}

let visits = 0;
function book() {
  const minutes = 9 * 60 + 30 * visits++;
  return clinic.book(
    clinic.maria.token,
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${minutes % 60 === 0 ? '00' : '30'}`,
  );
}

/** As when an administrator has lifted what the tests before have suppressed. */
const lifted = () => clinic.portal.driver.run([sql`DELETE FROM suppressions`], 'write');

/** A mail that was sent: its delivery. */
async function sent(): Promise<string> {
  await lifted();
  const { body } = await book();
  await clinic.runJobs();
  const [found] = await rows(sql`SELECT d.id FROM deliveries d JOIN notifications n ON n.id = d.notification_id
    WHERE n.appointment_id = ${body.id}::uuid AND d.state = 'sent'`);
  return found?.id as string;
}
const of = async (id: string) => {
  const [found] = await rows(sql`SELECT d.state, d.reason, d.delivered_at, n.status FROM deliveries d
    JOIN notifications n ON n.id = d.notification_id WHERE d.id = ${id}::uuid`);
  return found;
};
let events = 0;
const event = (id: string, fields: object) => ({
  email: 'maria@example.org',
  timestamp: Number(seconds()),
  sg_event_id: `event-${events++}`,
  notification_id: id,
  ...fields,
});
const handled = async () => (await rows(sql`SELECT count(*)::int AS n FROM provider_notices`))[0]?.n as number;

describe('SendGrid', () => {
  test('R50 a mail that was delivered is, and its message with it', async () => {
    const id = await sent();
    expect((await sendgrid([event(id, { event: 'delivered' })])).status).toBe(204);
    expect(await of(id)).toMatchObject({ state: 'delivered', status: 'delivered' });
    const { body } = await clinic.get(`/admin/notifications?userId=${clinic.maria.id}`, clinic.admin.token);
    const record = body.data.find(({ deliveries }: { deliveries: { id: string }[] }) =>
      deliveries.some((each) => each.id === id),
    );
    expect(record.deliveries[0]).toMatchObject({ state: 'delivered', deliveredAt: '2026-03-02T12:00:00.000Z' });
  });

  test('R50 one that comes back is a dead letter, whatever is told later, and can be sent again', async () => {
    const id = await sent();
    const bounce = event(id, { event: 'bounce', type: 'bounce', status: '5.1.1' });
    await sendgrid([event(id, { event: 'delivered' }), bounce]);
    await sendgrid([event(id, { event: 'delivered' })]);
    expect(await of(id)).toMatchObject({ state: 'dead', status: 'dead', reason: 'bounced: 5.1.1', delivered_at: null });
    const letters = await clinic.get('/admin/notifications/dead-letters', clinic.admin.token);
    expect(letters.body.data[0]).toMatchObject({ id, reason: 'bounced: 5.1.1', mayHaveArrived: false });
    await lifted();
    const again = await clinic.post(`/admin/notifications/dead-letters/${id}/redrive`, clinic.admin.token, {});
    expect(again.status).toBe(202);
    await sendgrid([bounce]);
    expect(await of(id)).toMatchObject({ state: 'pending' });
    await clinic.runJobs();
    expect(await of(id)).toMatchObject({ state: 'sent', status: 'sent', reason: null });
  });

  test('R46 that it did not arrive is told to its receiver', async () => {
    const { body } = await clinic.get('/audit/me?limit=100', clinic.maria.token);
    const types = body.data.map(({ eventType }: { eventType: string }) => eventType);
    expect(types.filter((type: string) => type === 'notification.bounced')).toHaveLength(1);
  });

  test('R48 five deliveries of one batch at once have one effect', async () => {
    const [first, second] = [await sent(), await sent()];
    const batch = [
      event(first, { event: 'delivered' }),
      event(second, { event: 'bounce', type: 'bounce', status: '5.1.1' }),
      event(first, { event: 'open' }),
    ];
    const before = await handled();
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => sendgrid(batch)));
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204, 204]);
    expect(await handled()).toBe(before + 2);
    expect(await of(first)).toMatchObject({ state: 'delivered' });
    expect(await of(second)).toMatchObject({ state: 'dead' });
    const { body } = await clinic.get('/audit/me?limit=100', clinic.maria.token);
    const bounced = body.data.filter(({ eventType }: { eventType: string }) => eventType === 'notification.bounced');
    expect(bounced).toHaveLength(2);
  });

  test('what it tells before we have noted the sending stays', async () => {
    const told: string[] = [];
    const hasty = soleProvider({
      async send({ id }) {
        told.push(id);
        expect((await sendgrid([event(id, { event: 'delivered' })])).status).toBe(204);
        return ok({ providerId: `of ${id}` });
      },
    });
    await lifted();
    await book();
    const { deps, driver } = clinic.portal;
    const jobs = createJobs({ ...deps, channel: hasty }, createOutbox(driver), null);
    while ((await jobs.runDue()) > 0);
    const [id = ''] = told;
    expect(await of(id)).toMatchObject({ state: 'delivered', status: 'delivered' });
  });

  test('opens, clicks, unknown messages and other events are ignored', async () => {
    const id = await sent();
    const before = await handled();
    const ignored = [
      event(id, { event: 'open' }),
      event(id, { event: 'click' }),
      event(id, { event: 'of another year' }),
      event('0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f', { event: 'delivered' }),
      event('no id', { event: 'delivered' }),
      { event: 'delivered' },
    ];
    expect((await sendgrid(ignored)).status).toBe(204);
    expect((await sendgrid([])).status).toBe(204);
    expect(await handled()).toBe(before);
    expect(await of(id)).toMatchObject({ state: 'sent' });
  });

  test('R50 forged and stale calls are 401 and change nothing; either key is good', async () => {
    const id = await sent();
    const delivered = [event(id, { event: 'delivered' })];
    expect((await sendgrid(delivered, { key: foreign.privateKey })).status).toBe(401);
    expect((await sendgrid(delivered, { timestamp: seconds(301) })).status).toBe(401);
    expect((await post('sendgrid', JSON.stringify(delivered), { 'Content-Type': 'application/json' })).status).toBe(
      401,
    );
    expect((await sendgrid('no JSON')).status).toBe(422);
    expect((await sendgrid({})).status).toBe(422);
    expect(await of(id)).toMatchObject({ state: 'sent' });
    expect((await sendgrid(delivered, { key: next.privateKey })).status).toBe(204);
    expect(await of(id)).toMatchObject({ state: 'delivered' });
  });

  test('a thousand events are taken at once, and more than a megabyte is refused', async () => {
    const id = await sent();
    const many = Array.from({ length: 1000 }, () => event(id, { event: 'delivered', reason: 'x'.repeat(300) }));
    expect((await sendgrid(many)).status).toBe(204);
    expect(await of(id)).toMatchObject({ state: 'delivered' });
    expect((await sendgrid(' '.repeat(1024 * 1024 + 1))).status).toBe(413);
  });
});

describe('Twilio', () => {
  const status = (id: string, fields: Record<string, string>, more: Signing = {}) =>
    twilio({ MessageSid: `SM${id}`, ...fields }, { query: `?notification=${id}`, ...more });

  test('R50 what became of a text message, in any order, and with either token', async () => {
    const id = await sent();
    expect((await status(id, { MessageStatus: 'sent' })).status).toBe(204);
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => status(id, { MessageStatus: 'delivered' })));
    expect(answers.map((answer) => answer.status)).toEqual([204, 204, 204, 204, 204]);
    expect(await of(id)).toMatchObject({ state: 'delivered' });
    const other = await sent();
    await clinic.portal.driver.run([sql`UPDATE deliveries SET provider_id = NULL WHERE id = ${other}::uuid`], 'write');
    const failed = { MessageStatus: 'undelivered', ErrorCode: '30005' };
    expect((await status(other, failed, { token: NEXT_TOKEN })).status).toBe(204);
    expect(await of(other)).toMatchObject({ state: 'dead', reason: 'bounced: 30005' });
  });

  test('R50 forged, and for another address: 401', async () => {
    const id = await sent();
    expect((await status(id, { MessageStatus: 'delivered' }, { token: 'another' })).status).toBe(401);
    expect((await status(id, { MessageStatus: 'delivered' }, { signedQuery: '?notification=x' })).status).toBe(401);
    expect((await twilio({ MessageStatus: 'delivered' })).status).toBe(422);
    expect(await of(id)).toMatchObject({ state: 'sent' });
  });
});

test('a call of a provider that is not set up is 401', async () => {
  const { platform } = clinic.portal;
  const bare = { ...platform, providerWebhooks: { sendgrid: null, twilio: null } };
  const { createApp } = await import('../../../src/http/app.ts');
  const request = new Request('https://portal.example/api/v1/webhooks/sendgrid', { method: 'POST', body: '[]' });
  const answer = await createApp().fetch(request, { platform: bare, clientAddress: '203.0.113.7' });
  expect(answer.status).toBe(401);
  // Whoever sets a provider up reads this, and no queue is concerned.
  const { code, detail } = (await answer.json()) as { code: string; detail: string };
  expect(code).toBe('signature_invalid');
  expect(detail).toMatch(/signature is missing, wrong or too old/);
  expect(detail).not.toMatch(/queue/);
});
