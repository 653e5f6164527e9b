/** Messages that are routed, sent and noted many at a time, with the guarantees of one at a time. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import type { MessageDraft } from '../../domain/messages.ts';
import type { SendResult } from '../../domain/notifications/ports.ts';
import { SCHEDULING_SAMPLES } from '../../domain/scheduling/message-samples.ts';
import { ok, refuse } from '../../domain/shared/result.ts';
import { expectOnce, type Sending, startSending } from '../support/sending.ts';

let sending: Sending;
beforeEach(async () => {
  sending = await startSending();
});
afterEach(() => sending.database.close());

const DOWN = refuse({ kind: 'unreachable', detail: 'no connection' } as const);

describe('many messages', () => {
  test('cost the database one round trip for ten of them, and are sent once by two processes', async () => {
    await sending.write(400);
    sending.trips = 0;
    await Promise.all([sending.processOver('first').runDue(), sending.processOver('first').runDue()]);
    expect(await sending.states()).toEqual({ sent: 400 });
    expectOnce(sending);
    expect(sending.trips / 400).toBeLessThanOrEqual(0.1);
    expect(await sending.rows(sql`SELECT state, count(*)::int AS n FROM outbox GROUP BY state`)).toEqual([
      { state: 'done', n: 800 },
    ]);
    expect(
      await sending.rows(sql`SELECT count(*)::int AS n FROM audit_events WHERE event_type = 'notification.sent'`),
    ).toEqual([{ n: 400 }]);
  });

  test('that name other persons get the names of all of them in one round trip', async () => {
    await sending.write(10);
    await sending.processOver('first').runDue();
    const people = await Promise.all([0, 1, 2, 3].map((n) => sending.userOf(`person-${n}@example.org`)));
    const [reader, ...others] = people;
    const [cancelled] = SCHEDULING_SAMPLES['appointment-cancelled'];
    if (reader === undefined) throw new Error('nobody');
    await sending.queue(
      Array.from({ length: 30 }, (_, n): MessageDraft => {
        const proxyId = others[n % others.length]?.id ?? reader.id;
        const { id: userId, dataKey } = reader;
        return { template: 'appointment-cancelled', variables: { ...cancelled, proxyId }, userId, dataKey };
      }),
    );
    const texts: string[] = [];
    sending.answer = ({ id, text }) => {
      texts.push(text);
      return ok({ providerId: id });
    };
    sending.trips = 0;
    await sending.processOver('first').runDue();
    expect(texts).toHaveLength(30);
    expect(texts.filter((text) => / did this for you\./.test(text) && !text.includes('Somebody'))).toHaveLength(30);
    expect(sending.trips).toBeLessThanOrEqual(14);
  });

  test('leave the same rows as one at a time', async () => {
    const left = async (): Promise<unknown[]> => {
      const all = sql`SELECT n.status, n.attempts AS tried, n.sent_at, n.is_listed, n.last_error, n.next_attempt_at, d.channel, d.state,
        d.reason, d.provider, d.attempts, d.sent_at AS left_at, d.outcome_unknown, d.next_attempt_at AS again_at, o.state AS job,
        o.last_error AS job_error, o.attempts AS job_attempts, o.not_before
        FROM notifications n JOIN deliveries d ON d.notification_id = n.id LEFT JOIN outbox o ON o.payload->>'deliveryId' = d.id::text
        ORDER BY d.channel, d.state, d.reason, n.last_error`;
      const found = await sending.rows(all);
      await sending.database.run([sql`DELETE FROM outbox`, sql`DELETE FROM notifications`], 'write');
      return [...found];
    };
    const fates: SendResult[] = [
      ok({ providerId: 'p' }),
      DOWN,
      refuse({ kind: 'transient', detail: 'try later' }),
      refuse({ kind: 'permanent', detail: 'no such box' }),
      refuse({ kind: 'unreachable', detail: 'TimeoutError', outcome: 'unknown' }),
    ];
    sending.answer = () => fates[sending.sends.length % fates.length] ?? DOWN;
    const ofTopic = (topic: string) =>
      sending.rows(sql`SELECT id FROM outbox WHERE topic = ${topic} AND state = 'pending' ORDER BY id`);

    await sending.write(10);
    const single = sending.processOver('first');
    for (const topic of ['notification.deliver', 'delivery.email'])
      for (const { id } of await ofTopic(topic)) await single.runOne(topic, id as string);
    const one = await left();
    sending.sends = [];
    const { id: userId, dataKey } = await sending.userOf('person-0@example.org');
    const messages = [...fates, ...fates].map(
      (): MessageDraft => ({ template: 'password-changed', variables: { how: 'changed' }, userId, dataKey }),
    );
    await sending.queue(messages);
    await sending.processOver('first').runDue();
    expect(await left()).toEqual(one);
  });

  test('go to another provider once, each decided in the database, when the first takes nothing', async () => {
    await sending.write(120);
    sending.answer = ({ id }, by) => (by === 'first' ? DOWN : ok({ providerId: id }));
    await Promise.all([
      sending.processOver('first', 'second').runDue(),
      sending.processOver('first', 'second').runDue(),
    ]);
    expect(await sending.states()).toEqual({ sent: 120 });
    const second = sending.sends.filter(({ by }) => by === 'second').map(({ id }) => id);
    expect([second.length, new Set(second).size]).toEqual([120, 120]);
    expect(await sending.rows(sql`SELECT DISTINCT provider FROM deliveries WHERE channel = 'email'`)).toEqual([
      { provider: 'second' },
    ]);
  });

  test('are locked in one order before their deliveries, whatever becomes of each', async () => {
    await sending.write(60);
    const fates: SendResult[] = [ok({ providerId: 'p' }), DOWN, refuse({ kind: 'permanent', detail: 'no such box' })];
    sending.answer = () => fates[sending.sends.length % fates.length] ?? DOWN;
    sending.batches = [];
    await sending.processOver('first').runDue();
    expect(await sending.states()).toEqual({ sent: 20, failed: 20, dead: 20 });
    const orders = sending.batches.map((texts) => ({
      lock: texts.findIndex((text) => /notifications n .* ORDER BY n\.id FOR NO KEY UPDATE/s.test(text)),
      first: texts.findIndex((text) => /UPDATE (deliveries|notifications)\b.*(sent_at|last_error)/s.test(text)),
    }));
    const notes = orders.filter(
      ({ first }, batch) => first >= 0 && !/routed_at/.test(sending.batches[batch]?.join() ?? ''),
    );
    expect(notes.length).toBeGreaterThan(0);
    for (const { lock, first } of notes) expect([lock >= 0, lock < first]).toEqual([true, true]);
    // One lock for all of a batch, so that none is taken later in another order.
    const locks = sending.batches.map(
      (texts) => texts.filter((text) => text.includes('ORDER BY n.id FOR NO KEY')).length,
    );
    expect(Math.max(...locks)).toBe(1);
  });

  test('go on while one of them hangs', async () => {
    await sending.write(60);
    let others = 0;
    let release = () => {};
    const hanging = new Promise<SendResult>((resolve) => {
      release = () => resolve(ok({ providerId: 'late' }));
    });
    sending.answer = ({ id }) => {
      if (sending.sends.length === 1) return hanging;
      others += 1;
      // If they waited for the first, nothing would ever end.
      if (others === 59) release();
      return ok({ providerId: id });
    };
    await sending.processOver('first').runDue();
    expect(await sending.states()).toEqual({ sent: 60 });
  });

  test('are judged again while they wait behind a slow provider', async () => {
    await sending.write(40);
    let changed: Promise<unknown> | undefined;
    const change = async () => {
      const past = sql`${new Date(sending.portal.clock.now()).toISOString()}::timestamptz`;
      await sending.database.run([sql`UPDATE notifications SET useful_until = ${past}`], 'write');
      sending.portal.clock.advance(3);
    };
    sending.answer = async ({ id }) => {
      changed ??= change();
      await changed;
      return ok({ providerId: id });
    };
    await sending.processOver('first').runDue();
    // Sixteen are asked of a provider at once; none is begun after what was known is two seconds old.
    expect(await sending.states()).toEqual({ sent: 16, skipped: 24 });
    expect(sending.sends).toHaveLength(16);
  });
});
