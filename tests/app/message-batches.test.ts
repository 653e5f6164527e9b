/** Messages that are routed, sent and noted many at a time, with the guarantees of one at a time. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createOutbox } from '../../adapters/postgres/commit/outbox.ts';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { toFault } from '../../adapters/postgres/driver/fault.ts';
import { type Sql, sql } from '../../adapters/postgres/driver/sql.ts';
import type { User } from '../../domain/identity/user.ts';
import type { MessageDraft } from '../../domain/messages.ts';
import type { OutgoingMessage, SendResult } from '../../domain/notifications/ports.ts';
import { decided } from '../../domain/shared/changes.ts';
import { ok, refuse } from '../../domain/shared/result.ts';
import { commit } from '../../src/app/command.ts';
import { systemContext } from '../../src/app/identity/first-admin.ts';
import { type Provider, providersOver } from '../../src/compose/providers.ts';
import { createJobs, type Jobs } from '../../src/jobs/jobs.ts';
import { type Portal, startPortal } from '../support/portal.ts';
import { testDatabase } from '../support/test-database.ts';

let portal: Portal;
let inner: SqlDriver;
let trips: number;
/** Selects the statements that the database refuses. */
let refuses: (text: string) => boolean;
/** By whom each delivery was sent. */
let sends: { readonly id: string; readonly by: string }[];
let answer: (message: OutgoingMessage, by: string) => SendResult | Promise<SendResult>;

beforeEach(async () => {
  ({ driver: inner } = await testDatabase());
  [trips, sends, refuses] = [0, [], () => false];
  answer = ({ id }) => ok({ providerId: id });
  const run: SqlDriver['run'] = (statements, mode, bounds) => {
    trips += 1;
    if (!statements.some(({ text }) => refuses(text))) return inner.run(statements, mode, bounds);
    return Promise.reject(toFault(Object.assign(new Error('no space left'), { code: '53100' }), mode));
  };
  portal = await startPortal({ driver: { ...inner, run }, environment: { LOG_LEVEL: 'silent' } });
});
afterEach(() => inner.close());

const rows = async (statement: Sql) => (await inner.run([statement], 'snapshot'))[0] ?? [];
const states = async () => {
  const found = await rows(
    sql`SELECT d.state, count(*)::int AS n FROM deliveries d WHERE d.channel = 'email' GROUP BY d.state`,
  );
  return Object.fromEntries(found.map(({ state, n }) => [state, n]));
};

const provider = (name: string): Provider => ({
  name,
  sendsTo: ['email'],
  channel: {
    async send(message) {
      sends.push({ id: message.id, by: name });
      return answer(message, name);
    },
  },
});
const processOver = (...names: readonly string[]): Jobs =>
  createJobs(
    { ...portal.deps, channel: providersOver(names.map(provider), portal.clock) },
    createOutbox(portal.driver),
    null,
  );

/** Messages to one person each, up to ten people. */
async function write(count: number): Promise<void> {
  const { deps } = portal;
  const people: User[] = [];
  for (let n = 0; n < Math.min(10, count); n++) {
    const { email } = await portal.person('patient', `person-${n}`);
    const [user] = await portal.database.load(deps.loads.identity.userByEmail(email));
    if (user === undefined) throw new Error('nobody');
    people.push(user);
  }
  const messages = Array.from({ length: count }, (_, n): MessageDraft => {
    const { id: userId, dataKey } = people[n % people.length] ?? people[0] ?? never();
    return { template: 'password-changed', variables: { how: 'changed' }, userId, dataKey };
  });
  expect(
    (await commit(deps, systemContext(deps), decided({ value: undefined, changes: [], audit: [], messages }))).ok,
  ).toBe(true);
}
function never(): never {
  throw new Error('nobody');
}
const once = () => {
  expect(new Set(sends.map(({ id }) => id)).size).toBe(sends.length);
};

const DOWN = refuse({ kind: 'unreachable', detail: 'no connection' } as const);

describe('many messages', () => {
  test('cost the database one round trip for ten of them, and are sent once by two processes', async () => {
    await write(400);
    trips = 0;
    await Promise.all([processOver('first').runDue(), processOver('first').runDue()]);
    expect(await states()).toEqual({ sent: 400 });
    once();
    expect(trips / 400).toBeLessThanOrEqual(0.1);
    expect(await rows(sql`SELECT state, count(*)::int AS n FROM outbox GROUP BY state`)).toEqual([
      { state: 'done', n: 800 },
    ]);
    expect(await rows(sql`SELECT count(*)::int AS n FROM audit_events WHERE event_type = 'notification.sent'`)).toEqual(
      [{ n: 400 }],
    );
  });

  test('leave the same rows as one at a time', async () => {
    const left = async (): Promise<unknown[]> => {
      const all = sql`SELECT n.status, n.attempts AS tried, n.sent_at, n.is_listed, n.last_error, n.next_attempt_at, d.channel, d.state,
        d.reason, d.provider, d.attempts, d.sent_at AS left_at, d.outcome_unknown, d.next_attempt_at AS again_at, o.state AS job,
        o.last_error AS job_error, o.attempts AS job_attempts, o.not_before
        FROM notifications n JOIN deliveries d ON d.notification_id = n.id LEFT JOIN outbox o ON o.payload->>'deliveryId' = d.id::text
        ORDER BY d.channel, d.state, d.reason, n.last_error`;
      const found = await rows(all);
      await inner.run([sql`DELETE FROM outbox`, sql`DELETE FROM notifications`], 'write');
      return [...found];
    };
    const fates: SendResult[] = [
      ok({ providerId: 'p' }),
      DOWN,
      refuse({ kind: 'transient', detail: 'try later' }),
      refuse({ kind: 'permanent', detail: 'no such box' }),
      refuse({ kind: 'unreachable', detail: 'TimeoutError', outcome: 'unknown' }),
    ];
    answer = () => fates[sends.length % fates.length] ?? DOWN;
    const ofTopic = (topic: string) =>
      rows(sql`SELECT id FROM outbox WHERE topic = ${topic} AND state = 'pending' ORDER BY id`);

    await write(10);
    const single = processOver('first');
    for (const topic of ['notification.deliver', 'delivery.email'])
      for (const { id } of await ofTopic(topic)) await single.runOne(topic, id as string);
    const one = await left();
    sends = [];
    const { deps } = portal;
    const [user] = await portal.database.load(deps.loads.identity.userByEmail('person-0@example.org'));
    const { id: userId, dataKey } = user ?? never();
    const messages = [...fates, ...fates].map(
      (): MessageDraft => ({ template: 'password-changed', variables: { how: 'changed' }, userId, dataKey }),
    );
    await commit(deps, systemContext(deps), decided({ value: undefined, changes: [], audit: [], messages }));
    await processOver('first').runDue();
    expect(await left()).toEqual(one);
  });

  test('go to another provider once, each decided in the database, when the first takes nothing', async () => {
    await write(120);
    answer = ({ id }, by) => (by === 'first' ? DOWN : ok({ providerId: id }));
    await Promise.all([processOver('first', 'second').runDue(), processOver('first', 'second').runDue()]);
    expect(await states()).toEqual({ sent: 120 });
    const second = sends.filter(({ by }) => by === 'second').map(({ id }) => id);
    expect([second.length, new Set(second).size]).toEqual([120, 120]);
    expect(await rows(sql`SELECT DISTINCT provider FROM deliveries WHERE channel = 'email'`)).toEqual([
      { provider: 'second' },
    ]);
  });

  test('go on while one of them hangs', async () => {
    await write(60);
    let others = 0;
    let release = () => {};
    const hanging = new Promise<SendResult>((resolve) => {
      release = () => resolve(ok({ providerId: 'late' }));
    });
    answer = ({ id }) => {
      if (sends.length === 1) return hanging;
      others += 1;
      // If they waited for the first, nothing would ever end.
      if (others === 59) release();
      return ok({ providerId: id });
    };
    await processOver('first').runDue();
    expect(await states()).toEqual({ sent: 60 });
  });

  test('are judged again while they wait behind a slow provider', async () => {
    await write(40);
    let changed: Promise<unknown> | undefined;
    const change = async () => {
      const past = sql`${new Date(portal.clock.now()).toISOString()}::timestamptz`;
      await inner.run([sql`UPDATE notifications SET useful_until = ${past}`], 'write');
      portal.clock.advance(3);
    };
    answer = async ({ id }) => {
      changed ??= change();
      await changed;
      return ok({ providerId: id });
    };
    await processOver('first').runDue();
    // Sixteen are asked of a provider at once; none is begun after what was known is two seconds old.
    expect(await states()).toEqual({ sent: 16, skipped: 24 });
    expect(sends).toHaveLength(16);
  });

  test('are noted one by one if they cannot be noted together, and none is sent twice', async () => {
    await write(30);
    let batches = 0;
    refuses = (text) => {
      if (!text.includes('FOR NO KEY UPDATE') || !text.includes('notifications')) return false;
      batches += 1;
      return true;
    };
    await processOver('first').runDue();
    expect(batches).toBe(1);
    expect(await states()).toEqual({ sent: 30 });
    once();
  });

  test('are left alone by the fault of one', async () => {
    await write(30);
    let broken = '';
    answer = ({ id }) => {
      broken ||= id;
      if (id === broken) throw new TypeError('a fault of ours');
      return ok({ providerId: id });
    };
    await processOver('first').runDue();
    expect(await states()).toEqual({ sent: 29, pending: 1 });
    portal.clock.advance(3);
    broken = 'none';
    await processOver('first').runDue();
    expect(await states()).toEqual({ sent: 30 });
  });

  test('that were claimed and not begun when the process is told to stop are sent by another one', async () => {
    await write(150);
    const ending = new AbortController();
    answer = ({ id }) => {
      ending.abort();
      return ok({ providerId: id });
    };
    await processOver('first').runDue(ending.signal);
    await processOver('first').runDue(ending.signal);
    expect(sends.length).toBeLessThan(150);
    portal.clock.advance(61);
    await processOver('first').runDue();
    expect(await states()).toEqual({ sent: 150 });
    once();
  });

  test('whose process ends after the provider has taken them are sent again under the same id, and those before are not', async () => {
    await write(20);
    const process = processOver('first');
    refuses = (text) => text.includes("THEN 'sent' ELSE state END");
    await process.runDue();
    expect(sends).toHaveLength(20);
    refuses = () => false;
    // Another process, which does not know what was accepted, waits for the lease of each delivery.
    portal.clock.advance(600);
    await processOver('first').runDue();
    expect(sends).toHaveLength(20);
    portal.clock.advance(301);
    await processOver('first').runDue();
    expect(sends).toHaveLength(40);
    expect(new Set(sends.map(({ id }) => id)).size).toBe(20);
    expect(await states()).toEqual({ sent: 20 });
  });
});
