/** An outage uses up none of a job's attempts; a job that kills its process is given up, and takes no other one with it. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { ok } from '../../domain/shared/result.ts';
import { type Sending, startSending } from '../support/sending.ts';

let sending: Sending;
beforeEach(async () => {
  sending = await startSending();
});
afterEach(() => {
  vi.useRealTimers();
  return sending.database.close();
});

const counts = () =>
  sending.rows(
    sql`SELECT DISTINCT failures, unended FROM outbox WHERE topic = 'delivery.email' AND state <> 'done' ORDER BY 1, 2`,
  );
/** Routes what was written, and changes the jobs of its deliveries. */
async function deliveries(count: number) {
  await sending.write(count);
  const real = sending.answer;
  sending.answer = () => {
    throw new TypeError('a fault of ours');
  };
  await sending.processOver('first').runDue();
  sending.answer = real;
  sending.sends = [];
  await sending.database.run(
    [sql`UPDATE outbox SET rests_until = NULL, not_before = created_at, failures = 0`],
    'write',
  );
}

test('attempts that waited for a provider do not count when a fault of ours follows', async () => {
  await deliveries(1);
  await sending.database.run([sql`UPDATE outbox SET attempts = 95`], 'write');
  sending.answer = () => {
    throw new TypeError('a fault of ours');
  };
  await sending.processOver('first').runDue();
  expect(await sending.states()).toEqual({ pending: 1 });
  expect(await counts()).toEqual([{ failures: 1, unended: 0 }]);
});

test('a database that is away for hours uses up no attempt, of many and of one by itself', async () => {
  await deliveries(3);
  for (const isAlone of [false, true]) {
    for (let outage = 0; outage < 25; outage++) {
      // What is suspected is worked on by itself.
      if (isAlone)
        await sending.database.run([sql`UPDATE outbox SET unended = 4 WHERE topic = 'delivery.email'`], 'write');
      sending.refuses = (text) => text.includes('delivery_state');
      await sending.processOver('first').runDue();
      sending.refuses = () => false;
      sending.portal.clock.advance(901);
    }
  }
  expect(sending.refused).toBeGreaterThanOrEqual(50);
  expect(await counts()).toMatchObject([{ failures: 0 }]);
  await sending.processOver('first').runDue();
  expect(await sending.states()).toEqual({ sent: 3 });
});

test('a job that has killed twenty processes is given up without another attempt', async () => {
  await deliveries(2);
  await sending.database.run(
    [
      sql`UPDATE outbox SET unended = 20 WHERE id = (SELECT max(id::text)::uuid FROM outbox WHERE topic = 'delivery.email')`,
    ],
    'write',
  );
  await sending.processOver('first').runDue();
  expect(await sending.states()).toEqual({ sent: 1, dead: 1 });
  expect(sending.sends).toHaveLength(1);
  expect(await sending.rows(sql`SELECT reason FROM deliveries WHERE state = 'dead'`)).toEqual([
    { reason: 'process_killed' },
  ]);
});

test('of jobs that may kill their process one is worked on at a time, and only its claim counts', async () => {
  await deliveries(6);
  await sending.database.run([sql`UPDATE outbox SET unended = 3 WHERE topic = 'delivery.email'`], 'write');
  const during: unknown[] = [];
  sending.answer = async ({ id }) => {
    if (during.length === 0)
      during.push(
        ...(await sending.rows(sql`SELECT unended, count(*)::int AS n FROM outbox
      WHERE topic = 'delivery.email' AND state <> 'done' GROUP BY unended ORDER BY unended`)),
      );
    return ok({ providerId: id });
  };
  await sending.processOver('first').runDue();
  expect(during).toEqual([
    { unended: 3, n: 5 },
    { unended: 4, n: 1 },
  ]);
  expect(await sending.states()).toEqual({ sent: 6 });
});

test('while one of them is at work, none of another lane is', async () => {
  await sending.write(2);
  await sending.database.run(
    [
      sql`UPDATE outbox SET not_before = not_before + interval '1 hour' WHERE id = (SELECT max(id::text)::uuid FROM outbox)`,
    ],
    'write',
  );
  const [first] = await sending.rows(sql`SELECT id FROM outbox ORDER BY id LIMIT 1`);
  await sending.processOver('first').runOne('notification.deliver', first?.id as string);
  await sending.database.run([sql`UPDATE outbox SET unended = 3 WHERE state <> 'done'`], 'write');
  sending.portal.clock.advance(3600);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const during: unknown[] = [];
  sending.answer = async ({ id }) => {
    // The sweep looks for jobs of other lanes each second.
    for (let second = 0; second < 3 && during.length === 0; second++) {
      await vi.advanceTimersByTimeAsync(1000);
      for (let trip = 0; trip < 10; trip++) await sending.rows(sql`SELECT 1`);
    }
    if (during.length === 0)
      during.push(...(await sending.rows(sql`SELECT topic, unended FROM outbox WHERE state <> 'done' ORDER BY topic`)));
    return ok({ providerId: id });
  };
  await sending.processOver('first').runDue();
  expect(during).toEqual([
    { topic: 'delivery.email', unended: 4 },
    { topic: 'notification.deliver', unended: 3 },
  ]);
  expect(await sending.states()).toEqual({ sent: 2 });
});
