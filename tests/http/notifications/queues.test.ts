/** What administrators see of the queues, and of the providers. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createOutbox } from '../../../adapters/postgres/commit/outbox.ts';
import { type Sql, sql } from '../../../adapters/postgres/driver/sql.ts';
import { refuse } from '../../../domain/shared/result.ts';
import { providerChecks, providersOver } from '../../../src/compose/providers.ts';
import { createJobs } from '../../../src/jobs/jobs.ts';
import { type Portal, startPortal } from '../../support/portal.ts';

let portal: Portal;
let admin: string;
const opened: Portal[] = [];
beforeEach(async () => {
  portal = await startPortal({ environment: { LOG_LEVEL: 'silent' } });
  opened.push(portal);
  admin = await portal.signIn((await portal.person('admin', 'admin')).email);
});
afterAll(async () => {
  for (const each of opened) await each.close();
});

const run = (statement: Sql) => portal.driver.run([statement], 'write');
const queues = async () => (await portal.request('GET', '/api/v1/admin/queues', { token: admin })).body;
const topics = async () => (await queues()).topics;
const iso = (secondsFromNow: number) => new Date(portal.clock.now() + secondsFromNow * 1000).toISOString();

/** Jobs as the commits and workers of the last minutes have left them. */
async function fill() {
  const job = (topic: string, secondsFromNow: number, priority = 5) =>
    sql`(gen_random_uuid(), ${topic}, '{}'::jsonb, ${iso(secondsFromNow)}::timestamptz, ${priority}::smallint, now())`;
  await run(sql`DELETE FROM outbox`);
  await run(sql`INSERT INTO outbox (id, topic, payload, not_before, priority, created_at)
    VALUES ${[job('delivery.email', -90, 6), job('delivery.email', -30, 2), job('delivery.email', 60), job('delivery.email', 30, 6), job('webhook.deliver', 20)].reduce((a, b) => sql`${a}, ${b}`)}`);
  await run(sql`UPDATE outbox SET last_error = 'answered 503' WHERE not_before = ${iso(30)}::timestamptz`);
  await run(sql`INSERT INTO outbox (id, topic, payload, not_before, state, created_at, finished_at)
    SELECT gen_random_uuid(), CASE n % 2 WHEN 0 THEN 'delivery.sms' ELSE 'delivery.email' END, '{}'::jsonb, now(),
      CASE n WHEN 1 THEN 'dead' ELSE 'done' END, now(), ${iso(-1)}::timestamptz - n * interval '20 seconds'
    FROM generate_series(1, 40) n`);
}

describe('GET /admin/queues', () => {
  test('tells of each topic what waits, for how long, what was done and what failed', async () => {
    await fill();
    expect(await topics()).toEqual([
      {
        topic: 'delivery.email',
        depth: 2,
        oldestAgeSeconds: 90,
        scheduled: 2,
        nextDueAt: iso(30),
        // 1, 3, 5 … 13 times 20 seconds ago: seven, of which the last was given up.
        donePerMinute: 1.2,
        failures: { retrying: 1, givenUp: 1 },
      },
      {
        topic: 'delivery.sms',
        depth: 0,
        oldestAgeSeconds: null,
        scheduled: 0,
        nextDueAt: null,
        donePerMinute: 1.4,
        failures: { retrying: 0, givenUp: 0 },
      },
      expect.objectContaining({ topic: 'webhook.deliver', depth: 0, scheduled: 1, oldestAgeSeconds: null }),
    ]);
    expect((await queues()).windowSeconds).toBe(300);
  });

  test('counts what is tried again of each topic, whatever waits of another one', async () => {
    await run(sql`DELETE FROM outbox`);
    await run(sql`INSERT INTO outbox (id, topic, payload, not_before, created_at, last_error)
      SELECT gen_random_uuid(), CASE n WHEN 1 THEN 'webhook.deliver' ELSE 'delivery.email' END, '{}'::jsonb, now(), now(), 'answered 503'
      FROM generate_series(1, 10003) n`);
    expect(await topics()).toMatchObject([
      { topic: 'delivery.email', failures: { retrying: 10_000 } },
      { topic: 'webhook.deliver', failures: { retrying: 1 } },
    ]);
    await run(sql`DELETE FROM outbox`);
  });

  test('follows the messages of a booking until they are sent', async () => {
    await portal.request('POST', '/api/v1/auth/forgot-password', { body: { email: 'admin@example.org' } });
    expect(await topics()).toMatchObject([{ topic: 'notification.deliver', depth: 1, failures: { retrying: 0 } }]);
    await portal.platform.jobs.runDue();
    expect(await topics()).toMatchObject([
      { topic: 'delivery.email', depth: 0, donePerMinute: 0.2 },
      { topic: 'notification.deliver', depth: 0, donePerMinute: 0.2 },
    ]);
  });

  test('is for administrators, with manage:clinic if by a key, and is recorded', async () => {
    for (const role of ['patient', 'doctor', 'staff'] as const) {
      const token = await portal.signIn((await portal.person(role, role)).email);
      expect((await portal.request('GET', '/api/v1/admin/queues', { token })).status).toBe(403);
    }
    expect((await portal.request('GET', '/api/v1/admin/queues')).status).toBe(401);
    await queues();
    const events = await portal.driver.run(
      [sql`SELECT actor_kind, outcome FROM audit_events WHERE event_type = 'queues.read'`],
      'snapshot',
    );
    expect(events[0]).toEqual([{ actor_kind: 'user', outcome: 'success' }]);
  });

  test('shows the breaker of a provider, which /ready calls down without being unready', async () => {
    const away = {
      send: async () => refuse({ kind: 'unreachable', detail: 'SendGrid answered 401', reason: 'rejected' } as const),
    };
    const channel = providersOver([{ name: 'sendgrid', sendsTo: ['email'], channel: away }], portal.clock);
    Object.assign(portal.platform, { providers: () => channel.statuses(), checks: providerChecks(channel) });
    const provider = async () => (await queues()).providers[0];
    expect(await provider()).toMatchObject({ state: 'untried', pausedSince: null, failOvers: 0, lastFailure: null });
    await portal.request('POST', '/api/v1/auth/forgot-password', { body: { email: 'admin@example.org' } });
    await createJobs({ ...portal.deps, channel }, createOutbox(portal.driver), null).runDue();
    expect(await provider()).toEqual({
      provider: 'sendgrid',
      channels: ['email'],
      state: 'paused',
      pausedSince: iso(0),
      pausedUntil: iso(5),
      failuresInARow: 1,
      lastFailure: { at: iso(0), kind: 'rejected', detail: 'SendGrid answered 401' },
      failOvers: 0,
      lastAnsweredAt: null,
    });
    const { status, body } = await portal.request('GET', '/ready');
    expect([status, body.status, body.dependencies]).toEqual([
      200,
      'ready',
      [{ name: 'sendgrid', required: false, status: 'down', reason: 'rejected' }],
    ]);
  });
});
