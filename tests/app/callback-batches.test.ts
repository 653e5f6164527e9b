/** A callback of the queue works on other due messages too, a bounded number, and answers for its own alone. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { ok, refuse } from '../../domain/shared/result.ts';
import { expectOnce, type Sending, startSending } from '../support/sending.ts';

const [ROUTING, MAIL] = ['notification.deliver', 'delivery.email'];
let sending: Sending;
beforeEach(async () => {
  sending = await startSending();
});
afterEach(() => sending.database.close());

const idsOf = async (topic: string | undefined) =>
  (await sending.rows(sql`SELECT id FROM outbox WHERE topic = ${topic ?? ''} ORDER BY id`)).map(
    ({ id }) => id as string,
  );
async function routed(count: number) {
  await sending.write(count);
  const jobs = sending.processOver('first');
  for (const id of await idsOf(ROUTING)) expect(await jobs.runOne(ROUTING ?? '', id)).toBe('done');
  return { jobs, ids: await idsOf(MAIL) };
}

test('twenty at a time, each message once, for less than two round trips each, with all callbacks', async () => {
  await sending.write(60);
  sending.trips = 0;
  const jobs = sending.processOver('first');
  const first = (await idsOf(ROUTING))[0] ?? '';
  await jobs.runOne(ROUTING ?? '', first);
  expect(await sending.states()).toEqual({ pending: 20 });
  for (const topic of [ROUTING, MAIL]) for (const id of await idsOf(topic)) await jobs.runOne(topic ?? '', id);
  expect(await sending.states()).toEqual({ sent: 60 });
  expectOnce(sending);
  // Routing and sending: two callbacks for each message.
  expect(sending.trips / 60).toBeLessThan(4);
});

test('a callback that comes for what is done costs one round trip, and takes nothing along', async () => {
  const { jobs, ids } = await routed(45);
  await jobs.runOne(MAIL ?? '', ids[0] ?? '');
  expect(await sending.states()).toEqual({ sent: 20, pending: 25 });
  sending.trips = 0;
  expect(await jobs.runOne(MAIL ?? '', ids[0] ?? '')).toBe('done');
  expect(sending.trips).toBe(1);
  expect(await sending.states()).toEqual({ sent: 20, pending: 25 });
});

test('all callbacks at once, twice each, from two processes: each message once', async () => {
  const { jobs, ids } = await routed(45);
  const other = sending.processOver('first');
  await Promise.all(ids.flatMap((id) => [jobs.runOne(MAIL ?? '', id), other.runOne(MAIL ?? '', id)]));
  expect(await sending.states()).toEqual({ sent: 45 });
  expectOnce(sending);
});

test('its answer is about its own job, whatever becomes of the others', async () => {
  const { jobs, ids } = await routed(3);
  const [first = ''] = ids;
  const [own] = await sending.rows(sql`SELECT payload->>'deliveryId' AS id FROM outbox WHERE id = ${first}::uuid`);
  sending.answer = ({ id }) =>
    id === own?.id ? refuse({ kind: 'transient', detail: 'busy' }) : ok({ providerId: id });
  expect(await jobs.runOne(MAIL ?? '', first)).toBe('retry');
  expect(await sending.states()).toEqual({ failed: 1, sent: 2 });
  sending.answer = ({ id }) => ok({ providerId: id });
  sending.portal.clock.advance(61);
  expect(await jobs.runOne(MAIL ?? '', first)).toBe('done');
  expect(await sending.states()).toEqual({ sent: 3 });
});
