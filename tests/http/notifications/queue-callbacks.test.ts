/** The way of a job through the queue: published, called back with a signature, however often, and run once (R47 to R49, R59). */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createOutbox } from '../../../adapters/postgres/commit/outbox.ts';
import { type Sql, sql } from '../../../adapters/postgres/driver/sql.ts';
import { qstashCallbackVerifier } from '../../../adapters/upstash/callback-verifier.ts';
import { callbackUrl, qstashQueue } from '../../../adapters/upstash/queue.ts';
import type { OutgoingMessage, SendResult } from '../../../domain/notifications/ports.ts';
import { ok, refuse } from '../../../domain/shared/result.ts';
import { type Provider, providersOver } from '../../../src/compose/providers.ts';
import { createJobs, type Jobs } from '../../../src/jobs/jobs.ts';
import { type QStashServer, startQStash } from '../../../tools/cloud/qstash.ts';
import { signDelivery } from '../../../tools/cloud/qstash-signature.ts';
import { type Clinic, startClinic } from '../scheduling/clinic.ts';

const QUEUE_TOKEN = 'a-token-for-tests';
const KEYS = { current: 'sig_current_key_of_the_tests', next: 'sig_next_key_of_the_tests' };
/** Published by the vendor for development servers. */
const DEV_KEY = 'sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r';

let clinic: Clinic;
let queue: QStashServer;
let jobs: Jobs;
let publicUrl: string;
let asked: string[];
let answer: (by: string, message: OutgoingMessage) => SendResult | Promise<SendResult>;
let listener: ReturnType<typeof createServer>;

const provider = (name: string): Provider => ({
  name,
  sendsTo: ['email'],
  channel: {
    async send(message) {
      asked.push(name);
      return answer(name, message);
    },
  },
});

beforeEach(async () => {
  [asked, answer] = [[], () => ok({ providerId: 'p' })];
  listener = createServer(async (request, response) => {
    const { method = 'GET', url = '/', headers } = request;
    const body = await text(request);
    const sent = new Request(`${publicUrl}${url}`, { method, headers: headers as Record<string, string>, body });
    const { status } = await clinic.portal.fetch(sent);
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  publicUrl = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  clinic = await startClinic({ environment: { PUBLIC_URL: publicUrl, LOG_LEVEL: 'silent' } });
  queue = await startQStash({ token: QUEUE_TOKEN, signingKeys: KEYS, automatic: false, requiresFlowControl: true });
  const { deps, driver, clock, platform } = clinic.portal;
  const channel = providersOver([provider('first'), provider('second')], clock);
  jobs = createJobs(
    { ...deps, channel },
    createOutbox(driver),
    qstashQueue({ url: queue.url, token: QUEUE_TOKEN, publicUrl }, clock),
  );
  Object.assign(platform, { jobs, callbacks: qstashCallbackVerifier(KEYS) });
});
afterEach(async () => {
  await queue.close();
  listener.close();
  await clinic.portal.close();
});

const rows = async (statement: Sql) => (await clinic.portal.driver.run([statement], 'snapshot'))[0] ?? [];
const mails = () => rows(sql`SELECT d.state, d.provider FROM deliveries d WHERE d.channel = 'email' ORDER BY d.id`);
const book = async (time = '10:00') => {
  const { status } = await clinic.book(clinic.maria.token, time);
  expect(status).toBe(201);
};
/** Publishes what is due, and lets the queue call for it, until nothing is left. */
async function work() {
  while ((await jobs.publish()) > 0) await queue.advance(0);
}
const jobOf = async (topic: string) => {
  const [job] = await rows(sql`SELECT id, state FROM outbox WHERE topic = ${topic} ORDER BY id LIMIT 1`);
  return job as { readonly id: string; readonly state: string };
};

describe('a callback', () => {
  test('R48 that is delivered five times at once, for each job, has one effect', async () => {
    await book();
    await jobs.publish();
    for (let published = queue.pending().length; published > 0; published = queue.pending().length) {
      const ids = queue.pending().map(({ messageId }) => messageId);
      await Promise.all(ids.map((id) => queue.redeliver(id, 5)));
      await queue.advance(0);
      await jobs.publish();
    }
    expect(await mails()).toMatchObject([{ state: 'sent' }]);
    expect(asked).toEqual(['first']);
    expect(await rows(sql`SELECT count(*)::int AS n FROM deliveries`)).toEqual([{ n: 3 }]);
  });

  test('R47 is refused with 401 unless this job, this URL and this moment are signed with one of our keys', async () => {
    await book();
    const { id } = await jobOf('notification.deliver');
    const url = callbackUrl(publicUrl, 'notification.deliver');
    const body = JSON.stringify({ id });
    const now = Date.now();
    const call = async (signature: string | undefined, to = url, sent = body) => {
      const headers = {
        'Content-Type': 'application/json',
        ...(signature === undefined ? {} : { 'Upstash-Signature': signature }),
      };
      return (await clinic.portal.fetch(new Request(to, { method: 'POST', body: sent, headers }))).status;
    };
    const genuine = signDelivery(KEYS.current, url, body, now);
    const refused: readonly (readonly [string, number])[] = [
      ['none', await call(undefined)],
      ['forged', await call(signDelivery('sig_of_a_stranger', url, body, now))],
      ['of the vendor’s development key', await call(signDelivery(DEV_KEY, url, body, now))],
      ['stale', await call(signDelivery(KEYS.current, url, body, now - 310_000))],
      ['of the future', await call(signDelivery(KEYS.current, url, body, now + 60_000))],
      ['for another URL', await call(signDelivery(KEYS.current, callbackUrl(publicUrl, 'delivery.email'), body, now))],
      ['for another host', await call(signDelivery(KEYS.current, url.replace('127.0.0.1', 'evil.example'), body, now))],
      ['replayed for another topic', await call(genuine, callbackUrl(publicUrl, 'delivery.email'))],
      [
        'replayed for another job',
        await call(genuine, url, JSON.stringify({ id: id.replace(/.$/, (last) => (last === '0' ? '1' : '0')) })),
      ],
    ];
    expect(refused.filter(([, status]) => status !== 401)).toEqual([]);
    expect(await jobOf('notification.deliver')).toMatchObject({ state: 'pending' });
    expect(await mails()).toEqual([]);
    // The queue itself repeats a callback whose answer was lost.
    expect([await call(genuine), await call(genuine)]).toEqual([204, 204]);
    expect(await rows(sql`SELECT count(*)::int AS n FROM deliveries`)).toEqual([{ n: 3 }]);
  });

  test('R47 is accepted with the next key after the queue has rotated its keys, and later with the new ones alone', async () => {
    await book();
    const rotated = await fetch(`${queue.url}/v2/keys/rotate`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${QUEUE_TOKEN}` },
    });
    expect(rotated.status).toBe(200);
    expect(queue.signingKeys().current).toBe(KEYS.next);
    await work();
    expect(await mails()).toMatchObject([{ state: 'sent' }]);

    Object.assign(clinic.portal.platform, { callbacks: qstashCallbackVerifier(queue.signingKeys()) });
    await book('11:00');
    await work();
    expect(await mails()).toHaveLength(2);
    const url = callbackUrl(publicUrl, 'delivery.email');
    const former = new Request(url, {
      method: 'POST',
      body: '{"id":"x"}',
      headers: {
        'Content-Type': 'application/json',
        'Upstash-Signature': signDelivery(KEYS.current, url, '{"id":"x"}', Date.now()),
      },
    });
    expect((await clinic.portal.fetch(former)).status).toBe(401);
  });
});

describe('a message', () => {
  test('R49 goes out although its process is killed between the commit and the publishing', async () => {
    await book();
    // The process has claimed what it was to publish, and is no more.
    await createOutbox(clinic.portal.driver).claimPublishable(
      clinic.portal.clock.now(),
      clinic.portal.clock.now(),
      60,
      50,
    );
    await work();
    expect(await mails()).toEqual([]);
    clinic.portal.clock.advance(61);
    await work();
    expect(await mails()).toMatchObject([{ state: 'sent' }]);
    expect(asked).toEqual(['first']);
  });

  const AWAY: Readonly<Record<string, SendResult>> = {
    down: refuse({ kind: 'unreachable', detail: 'no connection' }),
    'answering nonsense': refuse({ kind: 'unreachable', detail: 'SendGrid answered 500' }),
  };
  test.each(Object.entries(AWAY))(
    'R59 goes by the second provider, once, while the first is %s',
    async (_, refusal) => {
      answer = (by) => (by === 'first' ? refusal : ok({ providerId: 'p' }));
      await book();
      await work();
      expect(await mails()).toMatchObject([{ state: 'sent', provider: 'second' }]);
      expect(asked).toEqual(['first', 'second']);
      await work();
      expect(asked).toHaveLength(2);
    },
  );

  test('R59 waits while all providers are down: bookings go on, and each mail is caught up once', async () => {
    answer = () => refuse({ kind: 'unreachable', detail: 'no connection' });
    for (const time of ['10:00', '11:00', '12:00']) {
      await book(time);
      await work();
    }
    expect((await mails()).map(({ state }) => state)).toEqual(['failed', 'failed', 'failed']);
    answer = () => ok({ providerId: 'p' });
    asked = [];
    clinic.portal.clock.advance(120);
    await jobs.runDue();
    expect((await mails()).map(({ state }) => state)).toEqual(['sent', 'sent', 'sent']);
    expect(asked).toHaveLength(3);
  });

  test('R59 of a provider that is slow does not keep a booking from being committed', async () => {
    let release = () => {};
    const slow = new Promise<SendResult>((resolve) => {
      release = () => resolve(ok({ providerId: 'late' }));
    });
    answer = () => slow;
    await book('10:00');
    const working = jobs.runDue();
    await expect.poll(() => asked.length).toBe(1);
    await book('11:00');
    expect(await rows(sql`SELECT count(*)::int AS n FROM appointments WHERE status = 'scheduled'`)).toEqual([{ n: 2 }]);
    release();
    await working;
    await jobs.runDue();
    expect((await mails()).map(({ state }) => state)).toEqual(['sent', 'sent']);
  });
});
