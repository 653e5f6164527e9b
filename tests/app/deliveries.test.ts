/** One message, several deliveries: what is sent, what is not and why, and which provider sends it (ADR 0220, ADR 0223). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createOutbox } from '../../adapters/postgres/commit/outbox.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import type { OutgoingMessage, SendRefusal } from '../../domain/notifications/ports.ts';
import { ok, refuse } from '../../domain/shared/result.ts';
import { type Provider, providersOver } from '../../src/compose/providers.ts';
import { createJobs } from '../../src/jobs/jobs.ts';
import { type Portal, startPortal } from '../support/portal.ts';

type Answer = SendRefusal | 'accept' | 'crash';

let portal: Portal;
let email: string;
let answers: Record<'first' | 'second', Answer>;
let asked: string[];
let people = 0;

beforeAll(async () => {
  portal = await startPortal({ environment: { LOG_LEVEL: 'silent' } });
});
afterAll(() => portal.close());
beforeEach(async () => {
  await portal.driver.run([sql`DELETE FROM outbox`, sql`DELETE FROM notifications`], 'write');
  answers = { first: 'accept', second: 'accept' };
  asked = [];
  people += 1;
  ({ email } = await portal.person('patient', `person-${people}`));
});

const provider = (name: 'first' | 'second'): Provider => ({
  name,
  sendsTo: ['email', 'sms'],
  channel: {
    async send(message: OutgoingMessage) {
      asked.push(name);
      const answer = answers[name];
      // As a process that ends after the provider has taken the message, and before that is noted.
      if (answer === 'crash') return new Promise(() => {});
      return answer === 'accept' ? ok({ providerId: `${name}-${message.channel}` }) : refuse(answer);
    },
  },
});
/** The jobs of one process, whose breakers know nothing yet. */
const processOver = (...names: readonly ('first' | 'second')[]) =>
  createJobs(
    { ...portal.deps, channel: providersOver(names.map(provider), portal.clock) },
    createOutbox(portal.driver),
    null,
  );
const both = () => processOver('first', 'second');
const order = () => portal.request('POST', '/api/v1/auth/forgot-password', { body: { email } });
const rows = async (statement: ReturnType<typeof sql>) => (await portal.driver.run([statement], 'snapshot'))[0] ?? [];
const deliveries = () =>
  rows(
    sql`SELECT channel, state, reason, provider, provider_id, attempts, outcome_unknown FROM deliveries ORDER BY channel`,
  );
const mailed = async () => (await deliveries()).find(({ channel }) => channel === 'email');
const messages = () => rows(sql`SELECT status, attempts, is_listed FROM notifications`);

const DOWN = { kind: 'unreachable', detail: 'no connection' } as const;
const LOST = { kind: 'unreachable', detail: 'TimeoutError', outcome: 'unknown' } as const;

describe('the deliveries of a message', () => {
  test('each channel has a row: sent, or skipped for a reason', async () => {
    await order();
    await both().runDue();
    expect(await deliveries()).toMatchObject([
      { channel: 'email', state: 'sent', reason: null, provider: 'first', provider_id: 'first-email', attempts: 1 },
      { channel: 'push', state: 'skipped', reason: 'other_channel', provider: null, attempts: 0 },
      { channel: 'sms', state: 'skipped', reason: 'other_channel', provider: null, attempts: 0 },
    ]);
    expect(await messages()).toEqual([{ status: 'sent', attempts: 1, is_listed: false }]);
  });

  test('R48: routed by two workers at once, a message has one row for each channel', async () => {
    await order();
    const [job] = await rows(sql`SELECT id FROM outbox WHERE topic = 'notification.deliver'`);
    await portal.driver.run(
      [
        sql`INSERT INTO outbox (id, topic, payload, not_before, created_at)
           SELECT '019a0000-0000-7000-8000-00000000000c', topic, payload, not_before, created_at FROM outbox`,
      ],
      'write',
    );
    await Promise.all([
      both().runOne('notification.deliver', job?.id as string),
      both().runOne('notification.deliver', '019a0000-0000-7000-8000-00000000000c'),
    ]);
    await both().runDue();
    expect(await deliveries()).toHaveLength(3);
    expect(asked).toEqual(['first']);
  });

  test('one channel that is given up leaves what another has sent', async () => {
    await order();
    await processOver('first').runDue();
    await portal.driver.run(
      [
        sql`UPDATE deliveries SET state = 'pending', reason = NULL, outcome_unknown = false WHERE channel = 'sms'`,
        sql`INSERT INTO outbox (id, topic, payload, not_before, created_at)
           SELECT '019a0000-0000-7000-8000-00000000000d', 'delivery.sms', jsonb_build_object('deliveryId', id), created_at, created_at
           FROM deliveries WHERE channel = 'sms'`,
      ],
      'write',
    );
    // The rules have changed since it was routed: it is judged again.
    await processOver('first').runDue();
    expect((await deliveries()).find(({ channel }) => channel === 'sms')).toMatchObject({
      state: 'skipped',
      reason: 'other_channel',
    });
    expect(await messages()).toMatchObject([{ status: 'sent' }]);
  });
});

describe('the choice of a provider', () => {
  test('the second one sends, once, when the first has certainly not taken the message', async () => {
    answers.first = DOWN;
    await order();
    await both().runDue();
    expect(asked).toEqual(['first', 'second']);
    expect(await mailed()).toMatchObject({ state: 'sent', provider: 'second', attempts: 1, outcome_unknown: false });
    await both().runDue();
    expect(asked).toHaveLength(2);
  });

  test('when both are away it waits, and neither counts as an attempt', async () => {
    answers = { first: DOWN, second: DOWN };
    await order();
    await both().runDue();
    expect(asked).toEqual(['first', 'second']);
    expect(await mailed()).toMatchObject({ state: 'failed', attempts: 0, outcome_unknown: false });
    answers.second = 'accept';
    portal.clock.advance(61);
    await both().runDue();
    expect(asked).toEqual(['first', 'second', 'first', 'second']);
    expect(await mailed()).toMatchObject({ state: 'sent', provider: 'second' });
  });

  test('a message that the first may have taken stays with it, also for a process that knows nothing of that', async () => {
    answers.first = LOST;
    await order();
    await both().runDue();
    expect(asked).toEqual(['first']);
    expect(await mailed()).toMatchObject({ state: 'failed', provider: 'first', outcome_unknown: true });
    answers.first = DOWN;
    portal.clock.advance(61);
    await both().runDue();
    expect(asked).toEqual(['first', 'first']);
    expect(await mailed()).toMatchObject({ state: 'failed', provider: 'first', outcome_unknown: true });
    answers.first = 'accept';
    portal.clock.advance(121);
    await both().runDue();
    expect(asked).toEqual(['first', 'first', 'first']);
    expect(await mailed()).toMatchObject({ state: 'sent', provider: 'first', outcome_unknown: false });
  });

  test('R83: a process that ends during an attempt leaves a note, so that no other provider sends the message', async () => {
    answers.first = 'crash';
    await order();
    const ending = new AbortController();
    void both().runDue(ending.signal);
    await expect.poll(() => asked.length).toBe(1);
    ending.abort();
    expect(await mailed()).toMatchObject({ state: 'pending', provider: 'first', outcome_unknown: true });
    answers = { first: DOWN, second: 'accept' };
    // The lease of the process that has ended.
    portal.clock.advance(15 * 60 + 1);
    await both().runDue();
    expect(asked).toEqual(['first', 'first']);
    expect(await mailed()).toMatchObject({ provider: 'first', outcome_unknown: true });
  });

  test('a refusal of the message itself is no reason to ask another provider', async () => {
    answers.first = { kind: 'permanent', detail: 'no such box' };
    await order();
    await both().runDue();
    expect(asked).toEqual(['first']);
    expect(await mailed()).toMatchObject({ state: 'dead', reason: 'no such box', provider: 'first' });
    expect(await messages()).toMatchObject([{ status: 'dead' }]);
  });

  test('a provider that is no longer configured keeps the message that it may have, until that is given up', async () => {
    answers.first = LOST;
    await order();
    await both().runDue();
    portal.clock.advance(61);
    await processOver('second').runDue();
    expect(asked).toEqual(['first']);
    expect(await mailed()).toMatchObject({ state: 'failed', reason: 'first is not configured any more' });
  });
});
