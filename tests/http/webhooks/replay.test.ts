import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Hooks, startHooks } from './hooks.ts';

let hooks: Hooks;
beforeAll(async () => {
  hooks = await startHooks();
});
afterAll(() => hooks.close());
beforeEach(() => hooks.clear());

const NOON = '2026-03-02T12:00:00Z';
const post: Hooks['post'] = (path, body, headers) => hooks.post(path, body, headers);
const run = () => hooks.clinic.runJobs();

/** Deliveries that have failed for good, one after another. */
async function failed(id: string, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    hooks.clinic.portal.clock.advance(1);
    expect((await post(`/admin/webhooks/${id}/test`)).status).toBe(202);
  }
  await hooks.clinic.portal.driver.run(
    [
      sql`UPDATE webhook_deliveries SET status = 'failed', next_attempt_at = NULL, attempts_of_round = 10`,
      sql`DELETE FROM outbox WHERE topic = 'webhook.deliver'`,
    ],
    'write',
  );
}

test('one event is sent again, also one that has arrived, under the same id', async () => {
  const { id } = await hooks.add();
  const { body } = await post(`/admin/webhooks/${id}/test`);
  const path = `/admin/webhooks/${id}/deliveries/${body.deliveryId}/replay`;
  expect((await post(path)).body.code).toBe('webhook_delivery_pending');
  await run();
  const key = { 'Idempotency-Key': 'replay-0001' };
  expect((await post(path, undefined, key)).body).toEqual({ replayed: 1 });
  expect((await post(path, undefined, key)).body).toEqual({ replayed: 1 });
  await run();
  const ids = hooks.receiver.received.map((each) => each.id);
  expect(ids).toHaveLength(2);
  expect(ids[0]).toBe(ids[1]);
  expect(await hooks.deliveries(id)).toMatchObject([{ status: 'delivered', attempts: 2 }]);
});

test('a replayed event has the whole schedule again', async () => {
  const { id } = await hooks.add();
  await failed(id, 1);
  const [{ id: deliveryId }] = await hooks.deliveries(id);
  hooks.receiver.answer(500);
  expect((await post(`/admin/webhooks/${id}/deliveries/${deliveryId}/replay`)).status).toBe(202);
  await run();
  expect(await hooks.deliveries(id)).toMatchObject([{ status: 'pending', attempts: 1 }]);
});

test('an event whose worker was given up can be sent again after an hour', async () => {
  const { id } = await hooks.add();
  const { body } = await post(`/admin/webhooks/${id}/test`);
  const { driver } = hooks.clinic.portal;
  await driver.run([sql`UPDATE outbox SET state = 'dead' WHERE topic = 'webhook.deliver'`], 'write');
  const path = `/admin/webhooks/${id}/deliveries/${body.deliveryId}/replay`;
  hooks.clinic.portal.clock.advance(3599);
  expect((await post(path)).body.code).toBe('webhook_delivery_pending');
  hooks.clinic.portal.clock.advance(1);
  expect((await post(path)).status).toBe(202);
  await run();
  expect(hooks.receiver.received).toHaveLength(1);
});

test('all failed events since an instant are sent again, those of other webhooks are not', async () => {
  const { id } = await hooks.add();
  const other = await hooks.add();
  await failed(id, 3);
  await failed(other.id, 1);
  const [, second] = await hooks.deliveries(id);
  expect((await post(`/admin/webhooks/${id}/replay`, { since: second.event.occurredAt })).body).toEqual({
    replayed: 2,
  });
  expect((await post(`/admin/webhooks/${id}/replay`, { since: second.event.occurredAt })).body).toEqual({
    replayed: 0,
  });
  await run();
  expect(hooks.receiver.received).toHaveLength(2);
  expect(await hooks.deliveries(id, '?status=failed')).toHaveLength(1);
  expect(await hooks.deliveries(other.id, '?status=failed')).toHaveLength(1);
});

test('500 at most are sent again by one request, the oldest first', async () => {
  const { id } = await hooks.add();
  await failed(id, 1);
  const { driver } = hooks.clinic.portal;
  await driver.run(
    [
      sql`INSERT INTO webhook_deliveries (id, endpoint_id, event_id, status, created_at)
          SELECT gen_random_uuid(), d.endpoint_id, d.event_id, 'failed', d.created_at + n * interval '1 second'
          FROM webhook_deliveries d, generate_series(1, 500) n`,
    ],
    'write',
  );
  const replay = async () => (await post(`/admin/webhooks/${id}/replay`, { since: NOON })).body.replayed;
  expect(await replay()).toBe(500);
  expect(await replay()).toBe(1);
  expect(await replay()).toBe(0);
});

test('nothing is sent again for a webhook or a delivery that is not there', async () => {
  const { id } = await hooks.add();
  const other = await hooks.add();
  const { body } = await post(`/admin/webhooks/${other.id}/test`);
  const absent = '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f';
  expect((await post(`/admin/webhooks/${absent}/replay`, { since: NOON })).body.code).toBe('webhook_not_found');
  expect((await post(`/admin/webhooks/${absent}/test`)).body.code).toBe('webhook_not_found');
  const elsewhere = `/admin/webhooks/${id}/deliveries/${body.deliveryId}`;
  expect((await post(`${elsewhere}/replay`)).body.code).toBe('webhook_delivery_not_found');
  expect((await hooks.get(elsewhere)).body.code).toBe('webhook_delivery_not_found');
  expect((await hooks.get(`/admin/webhooks/${absent}/deliveries`)).body.code).toBe('webhook_not_found');
});

test('events end with their retention, with their deliveries and attempts', async () => {
  const { id } = await hooks.add();
  await post(`/admin/webhooks/${id}/test`);
  await run();
  const { portal } = hooks.clinic;
  await portal.driver.run([sql`UPDATE webhook_events SET occurred_at = occurred_at - interval '31 days'`], 'write');
  await portal.deps.cache.delete(['retention:last-run']);
  await portal.platform.jobs.everyMinute();
  const counts = ['webhook_events', 'webhook_deliveries', 'webhook_attempts'];
  const [rows] = await portal.driver.run(
    [
      sql`SELECT (SELECT count(*) FROM webhook_events) AS e, (SELECT count(*) FROM webhook_deliveries) AS d,
           (SELECT count(*) FROM webhook_attempts) AS a`,
    ],
    'read',
  );
  expect([counts, rows]).toEqual([counts, [{ e: 0, d: 0, a: 0 }]]);
});
