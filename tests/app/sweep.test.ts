/** Lanes: a provider that hangs holds up its own channel alone, and what is urgent goes first. */
import { describe, expect, test } from 'vitest';
import { createOutbox } from '../../adapters/postgres/commit/outbox.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { decided } from '../../domain/shared/changes.ts';
import type { OutboxId } from '../../domain/shared/ids.ts';
import type { ClaimedJob, WantedJobs } from '../../domain/shared/outbox.ts';
import { commit } from '../../src/app/command.ts';
import { systemContext } from '../../src/app/identity/first-admin.ts';
import { createSweep } from '../../src/jobs/sweep.ts';
import { startPortal } from '../support/portal.ts';

const job = (topic: string, n = 1): ClaimedJob => ({
  id: `${topic}-${n}` as OutboxId,
  topic,
  payload: {},
  notBefore: 0,
  priority: 5,
  attempts: 1,
  failures: 0,
  unended: 1,
});

/** Jobs that are claimed as the database would give them. */
function queueOf(waiting: ClaimedJob[]) {
  return async (_many: WantedJobs, { limit, except = [] }: WantedJobs) => {
    const taken = waiting.filter(({ topic }) => !except.includes(topic)).slice(0, limit);
    for (const each of taken) waiting.splice(waiting.indexOf(each), 1);
    return [[], taken];
  };
}

const NONE_TOGETHER = { topics: [], size: 200, run: () => Promise.resolve() };

describe('a sweep', () => {
  test('goes on with all other topics while one channel hangs, and waits for it at the end', async () => {
    const done: string[] = [];
    let release = () => {};
    const hanging = new Promise<void>((resolve) => {
      release = resolve;
    });
    const waiting = [
      ...[1, 2, 3, 4, 5, 6, 7].map((n) => job('delivery.email', n)),
      job('delivery.sms'),
      job('notification.deliver'),
      job('waitlist.match'),
    ];
    const others = new Set(['delivery.sms-1', 'notification.deliver-1', 'waitlist.match-1']);
    const sweep = createSweep({
      batches: NONE_TOGETHER,
      claim: queueOf(waiting),
      run: async ({ id, topic }) => {
        if (topic === 'delivery.email') await hanging;
        done.push(id);
        // The last of the others lets the hanging provider answer: if any of them waited for it, nothing would ever end.
        others.delete(id);
        if (others.size === 0) release();
        return 'done';
      },
      onFailure: () => {},
    });
    expect(await sweep()).toBe(10);
    expect(done.slice(0, 3).toSorted()).toEqual(['delivery.sms-1', 'notification.deliver-1', 'waitlist.match-1']);
    expect(done.slice(3)).toEqual([1, 2, 3, 4, 5, 6, 7].map((n) => `delivery.email-${n}`));
  });

  test('works on one lane in order, whatever fails in it', async () => {
    const done: string[] = [];
    const failed: string[] = [];
    const sweep = createSweep({
      batches: NONE_TOGETHER,
      claim: queueOf([job('a', 1), job('b', 1), job('a', 2)]),
      run: async ({ id }) => {
        if (id === 'b-1') throw new Error('not noted');
        done.push(id);
        return 'done';
      },
      onFailure: ({ id }) => failed.push(id),
    });
    expect(await sweep()).toBe(3);
    expect({ done, failed }).toEqual({ done: ['a-1', 'a-2'], failed: ['b-1'] });
  });

  test('runs the job that another job leaves while the next ones are claimed', async () => {
    const waiting = [job('notification.deliver')];
    const take = queueOf(waiting);
    let release = () => {};
    const claiming = new Promise<void>((resolve) => {
      release = resolve;
    });
    const done: string[] = [];
    const sweep = createSweep({
      batches: NONE_TOGETHER,
      async claim(many, few) {
        const taken = await take(many, few);
        // The first job ends after the database has found no other one, and before its answer arrives.
        if (taken.flat().length === 0) release();
        await new Promise((resolve) => setImmediate(resolve));
        return taken;
      },
      run: async ({ id, topic }) => {
        if (topic === 'notification.deliver') {
          await claiming;
          waiting.push(job('delivery.email'));
        }
        done.push(id);
        return 'done';
      },
      onFailure: () => {},
    });
    expect(await sweep()).toBe(2);
    expect(done).toEqual(['notification.deliver-1', 'delivery.email-1']);
  });

  test('claims nothing more after the signal, and finishes what it has', async () => {
    const ending = new AbortController();
    const waiting = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => job('a', n));
    const done: string[] = [];
    const sweep = createSweep({
      batches: NONE_TOGETHER,
      claim: queueOf(waiting),
      run: async ({ id }) => {
        ending.abort();
        done.push(id);
        return 'done';
      },
      onFailure: () => {},
    });
    await sweep(ending.signal);
    expect(done).toHaveLength(5);
    expect(waiting).toHaveLength(3);
  });
});

test('of due jobs, the most urgent are claimed first, and topics can be left out', async () => {
  const portal = await startPortal();
  const { deps, driver } = portal;
  await driver.run([sql`DELETE FROM outbox`], 'write');
  const drafts = [
    { topic: 'bulk', payload: {}, priority: 8 },
    { topic: 'usual', payload: {} },
    { topic: 'code', payload: {}, priority: 1 },
    { topic: 'later', payload: {}, priority: 1, notBefore: portal.clock.now() + 1 },
  ];
  await commit(deps, systemContext(deps), decided({ value: undefined, changes: [], audit: [], jobs: drafts }));
  const outbox = createOutbox(driver);
  const topics = (jobs: readonly ClaimedJob[]) => jobs.map(({ topic }) => topic);
  expect(topics((await outbox.claimDue(portal.clock.now(), 60, { limit: 1, except: ['code'] })).flat())).toEqual([
    'usual',
  ]);
  expect(topics((await outbox.claimDue(portal.clock.now(), 60, { limit: 5 })).flat())).toEqual(['code', 'bulk']);
  await portal.close();
});
