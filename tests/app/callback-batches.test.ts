/** A callback of the queue works on other due messages too, a bounded number, and answers for its own alone. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { ok, refuse } from '../../domain/shared/result.ts';
import { expectOnce, type Sending, startSending } from '../support/sending.ts';

const [ROUTING, MAIL] = ['notification.deliver', 'delivery.email'] as const;
let sending: Sending;
beforeEach(async () => {
  sending = await startSending();
});
afterEach(() => sending.database.close());

const idsOf = async (topic: string) =>
  (await sending.rows(sql`SELECT id FROM outbox WHERE topic = ${topic} ORDER BY id`)).map(({ id }) => id as string);
async function routed(count: number) {
  await sending.write(count);
  const jobs = sending.processOver('first');
  for (const id of await idsOf(ROUTING)) expect(await jobs.runOne(ROUTING, id)).toBe('done');
  return { jobs, ids: await idsOf(MAIL) };
}

test('twenty at a time, each message once, for less than two round trips each, with all callbacks', async () => {
  await sending.write(60);
  sending.trips = 0;
  const jobs = sending.processOver('first');
  const first = (await idsOf(ROUTING))[0] ?? '';
  await jobs.runOne(ROUTING, first);
  expect(await sending.states()).toEqual({ pending: 20 });
  for (const topic of [ROUTING, MAIL]) for (const id of await idsOf(topic)) await jobs.runOne(topic, id);
  expect(await sending.states()).toEqual({ sent: 60 });
  expectOnce(sending);
  // Routing and sending: two callbacks for each message.
  expect(sending.trips / 60).toBeLessThan(4);
});

test('a callback that comes for what is done costs one round trip, and takes nothing along', async () => {
  const { jobs, ids } = await routed(45);
  await jobs.runOne(MAIL, ids[0] ?? '');
  expect(await sending.states()).toEqual({ sent: 20, pending: 25 });
  sending.trips = 0;
  expect(await jobs.runOne(MAIL, ids[0] ?? '')).toBe('done');
  expect(sending.trips).toBe(1);
  expect(await sending.states()).toEqual({ sent: 20, pending: 25 });
});

test('all callbacks at once, twice each, from two processes: each message once', async () => {
  const { jobs, ids } = await routed(45);
  const other = sending.processOver('first');
  await Promise.all(ids.flatMap((id) => [jobs.runOne(MAIL, id), other.runOne(MAIL, id)]));
  expect(await sending.states()).toEqual({ sent: 45 });
  expectOnce(sending);
});

test('its answer is about its own job, whatever becomes of the others', async () => {
  const { jobs, ids } = await routed(3);
  const [first = ''] = ids;
  const [own] = await sending.rows(sql`SELECT payload->>'deliveryId' AS id FROM outbox WHERE id = ${first}::uuid`);
  sending.answer = ({ id }) =>
    id === own?.id ? refuse({ kind: 'transient', detail: 'busy' }) : ok({ providerId: id });
  expect(await jobs.runOne(MAIL, first)).toBe('retry');
  expect(await sending.states()).toEqual({ failed: 1, sent: 2 });
  sending.answer = ({ id }) => ok({ providerId: id });
  sending.portal.clock.advance(61);
  expect(await jobs.runOne(MAIL, first)).toBe('done');
  expect(await sending.states()).toEqual({ sent: 3 });
});

test('its answer waits for the others, also when what became of its own job cannot be recorded', async () => {
  const { jobs, ids } = await routed(3);
  const [first = ''] = ids;
  const [own] = await sending.rows(sql`SELECT payload->>'deliveryId' AS id FROM outbox WHERE id = ${first}::uuid`);
  const others = Promise.withResolvers<void>();
  sending.answer = async ({ id }) => {
    if (id === own?.id) throw new TypeError('a fault of ours');
    await others.promise;
    return ok({ providerId: id });
  };
  sending.refuses = (text) => text.includes('failures = failures');
  let isAnswered = false;
  const answer = jobs.runOne(MAIL, first).then(
    (outcome) => outcome,
    () => 'refused',
  );
  const answered = answer.finally(() => {
    isAnswered = true;
  });
  await vi.waitFor(() => expect([sending.refused, sending.sends.length]).toEqual([1, 3]));
  await sending.rows(sql`SELECT 1`);
  expect(isAnswered).toBe(false);
  others.resolve();
  expect(await answered).toBe('refused');
  expect(await sending.states()).toEqual({ pending: 1, sent: 2 });
});

test('what may kill its process is worked on by its own callback alone', async () => {
  const { jobs, ids } = await routed(4);
  const [suspect = '', other = '', , later = ''] = ids;
  await sending.database.run(
    [
      sql`UPDATE outbox SET unended = 3 WHERE id = ${suspect}::uuid`,
      sql`UPDATE outbox SET not_before = not_before + interval '1 hour' WHERE id = ${later}::uuid`,
    ],
    'write',
  );
  expect(await jobs.runOne(MAIL, other)).toBe('done');
  expect(await sending.states()).toEqual({ pending: 2, sent: 2 });
  expect(await sending.rows(sql`SELECT unended FROM outbox WHERE id = ${suspect}::uuid`)).toEqual([{ unended: 3 }]);
  sending.portal.clock.advance(3600);
  expect(await jobs.runOne(MAIL, suspect)).toBe('done');
  expect(await sending.states()).toEqual({ pending: 1, sent: 3 });
});
