/** How fast messages leave: what the rate of a channel does not allow yet waits in its place, and what is urgent does not wait. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createOutbox } from '../../adapters/postgres/commit/outbox.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import type { MessageDraft } from '../../domain/messages.ts';
import type { JobQueue, QueuedJob } from '../../domain/shared/ports.ts';
import { createJobs } from '../../src/jobs/jobs.ts';
import { expectOnce, type Sending, startSending } from '../support/sending.ts';

const TOPIC = 'delivery.email';
let sending: Sending;
beforeEach(async () => {
  sending = await startSending({ EMAILS_PER_MINUTE: '60' });
});
afterEach(() => sending.database.close());

interface Shown {
  readonly channel: string;
  readonly state: string;
  readonly reason: string | null;
}

/** Messages to one person: of priority 2, 4 and 7. */
async function queue(counts: { readonly security?: number; readonly account?: number; readonly message?: number }) {
  const name = `maria-${sending.portal.clock.now()}-${Object.keys(counts).join('-')}`;
  const { email } = await sending.portal.person('patient', name);
  const { id: userId, dataKey } = await sending.userOf(email);
  const to = { userId, dataKey };
  const some = (count: number | undefined, draft: MessageDraft) => Array.from({ length: count ?? 0 }, () => draft);
  await sending.queue([
    ...some(counts.message, { template: 'clinic-notice', variables: { notice: 'call_us' }, ...to }),
    ...some(counts.account, { template: 'welcome', variables: {}, ...to }),
    ...some(counts.security, { template: 'password-changed', variables: { how: 'changed' }, ...to }),
  ]);
}
const sentOf = async (category: string) => {
  const [found] =
    await sending.rows(sql`SELECT count(*)::int AS n FROM deliveries d JOIN notifications n ON n.id = d.notification_id
    WHERE d.channel = 'email' AND d.state = 'sent' AND n.category = ${category}`);
  return found?.n;
};
const mailJobs = () =>
  sending.rows(sql`SELECT id, attempts, failures, unended, last_error, state, not_before FROM outbox
    WHERE topic = ${TOPIC} AND state <> 'done' ORDER BY not_before, id`);

test('messages leave in portions of ten seconds, and what waits is neither an attempt nor a failure', async () => {
  await queue({ account: 35 });
  const jobs = sending.processOver('first');
  await jobs.runDue();
  expect(sending.sends).toHaveLength(10);
  const waiting = await mailJobs();
  expect(waiting).toHaveLength(25);
  for (const job of waiting) expect(job).toMatchObject({ attempts: 0, failures: 0, unended: 0, last_error: null });
  // The runner sleeps until then, instead of asking again at once.
  expect(await jobs.nextDue()).toBe(sending.portal.clock.now() + 10_000);
  sending.trips = 0;
  await jobs.runDue();
  expect(sending.trips).toBe(1);
  for (const total of [20, 30, 35]) {
    sending.portal.clock.advance(10);
    await jobs.runDue();
    expect(sending.sends).toHaveLength(total);
  }
  expect(await jobs.nextDue()).toBeUndefined();
  expectOnce(sending);
});

test('a rate below one in ten seconds is kept too, and idle time is not saved up', async () => {
  await sending.database.close();
  sending = await startSending({ EMAILS_PER_MINUTE: '2' });
  await queue({ account: 4 });
  const jobs = sending.processOver('first');
  sending.portal.clock.advance(3600);
  const left: number[] = [];
  for (let second = 0; second <= 90; second += 10) {
    await jobs.runDue();
    left.push(sending.sends.length);
    sending.portal.clock.advance(10);
  }
  expect(left).toEqual([1, 1, 1, 2, 2, 2, 3, 3, 3, 4]);
});

test('the most urgent go first, and codes and security notices do not wait, but count', async () => {
  await queue({ message: 8, account: 8 });
  const jobs = sending.processOver('first');
  await jobs.runDue();
  expect([await sentOf('account'), await sentOf('message')]).toEqual([8, 2]);
  await queue({ security: 15 });
  await jobs.runDue();
  expect(await sentOf('security')).toBe(15);
  // Fifteen were lent: the first portion pays them back in part.
  sending.portal.clock.advance(10);
  await jobs.runDue();
  expect(await sentOf('message')).toBe(2);
  expect(await jobs.nextDue()).toBe(sending.portal.clock.now() + 10_000);
  sending.portal.clock.advance(10);
  await jobs.runDue();
  expect(await sentOf('message')).toBe(7);
});

test('a channel that waits keeps no other topic from being claimed, and the rate costs no round trip', async () => {
  await queue({ account: 300 });
  const jobs = sending.processOver('first');
  await jobs.runDue();
  expect(sending.sends).toHaveLength(10);
  const outbox = createOutbox(sending.database, sending.portal.deps.settings.rates);
  await sending.database.run(
    [
      sql`INSERT INTO outbox (id, topic, payload, not_before, priority, created_at)
          VALUES (gen_random_uuid(), 'delivery.sms', '{}', ${new Date(0).toISOString()}, 9, now())`,
    ],
    'write',
  );
  const [many = []] = await outbox.claimDue(sending.portal.clock.now(), 60, {
    limit: 200,
    only: [TOPIC, 'delivery.sms'],
  });
  expect(many.map(({ topic }) => topic)).toEqual(['delivery.sms']);
});

test('administrators see the rate, what is used and what waits, and why a delivery waits', async () => {
  await queue({ account: 12 });
  await sending.processOver('first').runDue();
  const { portal } = sending;
  const token = await portal.signIn((await portal.person('admin', 'admin')).email);
  const { body } = await portal.request('GET', '/api/v1/admin/queues', { token });
  expect(body.rates).toEqual([
    { topic: TOPIC, perMinute: 60, usedThisMinute: 10, held: 2 },
    { topic: 'delivery.sms', perMinute: 60, usedThisMinute: 0, held: 0 },
  ]);
  const states = async () => {
    const page = await portal.request('GET', '/api/v1/admin/notifications?limit=100', { token });
    const messages: readonly { readonly deliveries: readonly Shown[] }[] = page.body.data;
    const counts: Record<string, number> = {};
    for (const { channel, state, reason } of messages.flatMap(({ deliveries }) => deliveries)) {
      if (channel === 'email') counts[`${state} ${reason}`] = (counts[`${state} ${reason}`] ?? 0) + 1;
    }
    return counts;
  };
  expect(await states()).toMatchObject({ 'sent null': 10, 'scheduled rate_limit': 2 });
  portal.clock.advance(10);
  expect(await states()).toMatchObject({ 'sent null': 10, 'pending null': 2 });
});

test('a callback that comes too early gives its job a later time, apart from those of the others, and has it published again', async () => {
  await queue({ account: 14 });
  const { portal } = sending;
  const published: QueuedJob[] = [];
  const queueOf: JobQueue = { horizonSeconds: 3600, publish: async (jobs) => void published.push(...jobs) };
  const told: string[] = [];
  const deps = { ...portal.deps, dispatch: () => void told.push('told') };
  const jobs = createJobs(deps, createOutbox(sending.portal.driver, deps.settings.rates), queueOf);
  const callAll = async () => {
    published.length = 0;
    await jobs.publish();
    for (const { topic, id } of published.filter(({ notBefore }) => notBefore <= portal.clock.now()))
      expect(await jobs.runOne(topic, id)).toBe('done');
  };
  await callAll();
  sending.trips = 0;
  published.length = 0;
  await jobs.publish();
  for (const { topic, id } of published.filter((job) => job.topic === TOPIC)) await jobs.runOne(topic, id);
  expect(await sentOf('account')).toBe(10);
  const waiting = await mailJobs();
  const now = portal.clock.now();
  expect(waiting.map(({ not_before }) => (not_before as number) - now)).toEqual([10_000, 11_000, 12_000, 13_000]);
  for (const job of waiting)
    expect(job).toMatchObject({ state: 'pending', attempts: 0, failures: 0, last_error: null });
  // What is urgent does not wait.
  await queue({ security: 1 });
  await callAll();
  await callAll();
  expect(await sentOf('security')).toBe(1);
  // Told that something is to be published.
  told.length = 0;
  expect(await jobs.runOne(TOPIC, waiting[0]?.id as string)).toBe('done');
  expect(told).toHaveLength(1);
  // The urgent one has used one of the next portion too.
  portal.clock.advance(20);
  await callAll();
  expect(await sentOf('account')).toBe(14);
});

test('a callback that comes too early, and before its publishing is noted, has its job published again', async () => {
  await queue({ account: 14 });
  const published: QueuedJob[] = [];
  // The queue calls as soon as it is told.
  const eager: JobQueue = {
    horizonSeconds: 3600,
    async publish(told) {
      published.push(...told);
      const now = sending.portal.clock.now();
      for (const { topic, id, notBefore } of told) if (notBefore <= now) await jobs.runOne(topic, id);
    },
  };
  const { deps } = sending.portal;
  const jobs = createJobs(deps, createOutbox(sending.portal.driver, deps.settings.rates), eager);
  await jobs.publish();
  await jobs.publish();
  expect(await sentOf('account')).toBe(10);
  published.length = 0;
  await jobs.publish();
  const waiting = await mailJobs();
  expect(waiting).toHaveLength(4);
  expect(published.map(({ id, notBefore }) => [id, notBefore])).toEqual(
    waiting.map(({ id, not_before }) => [id, not_before]),
  );
});

test('a clock that was ahead holds nothing back once it is set right', async () => {
  await queue({ account: 35 });
  const jobs = sending.processOver('first');
  await jobs.runDue();
  const now = sending.portal.clock.now();
  const outbox = createOutbox(sending.database, { [TOPIC]: 60 });
  const claimedAt = async (seconds: number) =>
    (await outbox.claimDue(now + seconds * 1000, 1, { limit: 200, only: [TOPIC] })).flat().length;
  expect(await claimedAt(86_400)).toBe(10);
  const [one] = await mailJobs();
  expect(await outbox.claim(one?.id as never, TOPIC, now + 86_402_000, 1)).toBe('postponed');
  // Right again, without credit.
  expect(await claimedAt(0)).toBe(0);
  expect(await outbox.nextDue()).toBe(now + 10_000);
  const [other] = await sending.rows(
    sql`SELECT id FROM outbox WHERE topic = ${TOPIC} AND state <> 'done' AND attempts = 0 LIMIT 1`,
  );
  expect(await outbox.claim(other?.id as never, TOPIC, now, 1)).toBe('postponed');
  expect(await sending.rows(sql`SELECT not_before FROM outbox WHERE id = ${other?.id as string}::uuid`)).toEqual([
    { not_before: now + 10_000 },
  ]);
  expect(await claimedAt(10)).toBe(10);
  // Clocks of two processes differ a little: none of them makes the other start anew.
  expect(await claimedAt(-20)).toBe(0);
  expect(await claimedAt(10)).toBe(0);
});
