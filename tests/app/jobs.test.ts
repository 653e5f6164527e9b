import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createOutbox } from '../../adapters/postgres/commit/outbox.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import type { MessageChannel, OutgoingMessage, SendRefusal } from '../../domain/notifications/ports.ts';
import type { JobQueue, QueuedJob } from '../../domain/shared/ports.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import { ok, refuse } from '../../domain/shared/result.ts';
import { createJobs, type Jobs } from '../../src/jobs/jobs.ts';
import { createRunner } from '../../src/jobs/runner.ts';
import { type Portal, startPortal } from '../support/portal.ts';
import { routeAll } from '../support/routing.ts';
import { soleProvider } from '../support/sole-provider.ts';

/** A channel that answers as scripted and records its messages. */
function scriptedChannel() {
  const sent: OutgoingMessage[] = [];
  let answer: SendRefusal | 'throw' | undefined;
  const channel: MessageChannel = {
    async send(message) {
      if (answer === 'throw') throw new Unavailable('sendgrid');
      if (answer !== undefined) return refuse(answer);
      sent.push(message);
      return ok({ providerId: `p-${sent.length}` });
    },
  };
  return {
    channel,
    sent,
    answerWith: (next: typeof answer) => {
      answer = next;
    },
  };
}

describe('the outbox', () => {
  let portal: Portal;
  let mail: ReturnType<typeof scriptedChannel>;
  let jobs: Jobs;
  const queued: QueuedJob[] = [];
  let queueIsUp = true;
  const queue: JobQueue = {
    horizonSeconds: 86_400,
    publish: async (published) => {
      if (!queueIsUp) throw new Unavailable('qstash');
      queued.push(...published);
    },
  };

  beforeAll(async () => {
    portal = await startPortal();
  });
  afterAll(() => portal.close());
  beforeEach(async () => {
    await portal.driver.run([sql`DELETE FROM outbox`, sql`DELETE FROM notifications`], 'write');
    mail = scriptedChannel();
    queued.length = 0;
    queueIsUp = true;
    jobs = createJobs({ ...portal.deps, channel: soleProvider(mail.channel) }, createOutbox(portal.driver), queue);
  });

  let registered = 0;
  /** Registers somebody, whose mail is routed and waits to be sent. */
  const register = async () => {
    registered += 1;
    const email = `person-${registered}@example.org`;
    const body = {
      email,
      password: 'a quiet river at dawn 9',
      firstName: 'A',
      lastName: 'B',
      dateOfBirth: '1990-01-01',
    };
    expect((await portal.request('POST', '/api/v1/auth/register', { body })).status).toBe(202);
    await routeAll(portal, jobs);
    return email;
  };
  const states = async () => {
    const [outbox = [], notifications = []] = await portal.driver.run(
      [sql`SELECT state, attempts, last_error FROM outbox`, sql`SELECT status, attempts FROM notifications`],
      'snapshot',
    );
    return { outbox, notifications };
  };

  test('R59: registering works while mail is down; the mail is sent later, with at most three attempts', async () => {
    mail.answerWith({ kind: 'transient', detail: 'SendGrid answered 500' });
    await register();
    await jobs.runDue();
    expect(await states()).toMatchObject({
      outbox: [{ state: 'pending' }],
      notifications: [{ status: 'failed', attempts: 1 }],
    });
    mail.answerWith(undefined);
    await jobs.runDue();
    expect(mail.sent).toHaveLength(0);
    portal.clock.advance(61);
    await jobs.runDue();
    expect(mail.sent).toHaveLength(1);
    expect(await states()).toMatchObject({
      outbox: [{ state: 'done' }],
      notifications: [{ status: 'sent', attempts: 2 }],
    });
  });

  test('a message that is refused permanently or fails three times is given up', async () => {
    mail.answerWith({ kind: 'permanent', detail: 'no such address' });
    await register();
    await jobs.runDue();
    expect(await states()).toMatchObject({ outbox: [{ state: 'done' }], notifications: [{ status: 'dead' }] });
  });

  test('an internal error is retried with growing pauses', async () => {
    mail.answerWith('throw');
    await register();
    await jobs.runDue();
    expect(await states()).toMatchObject({ outbox: [{ state: 'pending', attempts: 1, last_error: 'Unavailable' }] });
    mail.answerWith(undefined);
    portal.clock.advance(3);
    await jobs.runDue();
    expect(mail.sent).toHaveLength(1);
  });

  test('R48: the same callback five times at once has one effect', async () => {
    await register();
    await jobs.publish();
    const [job] = queued;
    const outcomes = await Promise.all([1, 2, 3, 4, 5].map(() => jobs.runOne(job?.topic ?? '', job?.id ?? '')));
    expect(mail.sent).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'done').length).toBeGreaterThan(0);
    expect(await jobs.runOne(job?.topic ?? '', job?.id ?? '')).toBe('done');
    expect(mail.sent).toHaveLength(1);
  });

  test('a callback for another topic, an unknown job or nonsense does nothing', async () => {
    await register();
    await jobs.publish();
    expect(await jobs.runOne('other', queued[0]?.id ?? '')).toBe('done');
    expect(await jobs.runOne('delivery.email', '019a0000-0000-7000-8000-000000000000')).toBe('done');
    expect(await jobs.runOne('delivery.email', 'not-an-id')).toBe('done');
    expect(mail.sent).toHaveLength(0);
  });

  test('R48: a callback for a job that is running asks the queue to call again', async () => {
    await register();
    await jobs.publish();
    await createOutbox(portal.driver).claimDue(portal.clock.now(), 60, { limit: 10 });
    expect(await jobs.runOne(queued[0]?.topic ?? '', queued[0]?.id ?? '')).toBe('retry');
    portal.clock.advance(61);
    expect(await jobs.runOne(queued[0]?.topic ?? '', queued[0]?.id ?? '')).toBe('done');
    expect(mail.sent).toHaveLength(1);
  });

  test('R49: a callback may arrive before the portal has recorded that it published the job', async () => {
    await register();
    const early: JobQueue = {
      horizonSeconds: 86_400,
      publish: async (published) => {
        for (const { topic, id } of published) expect(await jobs.runOne(topic, id)).toBe('done');
      },
    };
    await createJobs(
      { ...portal.deps, channel: soleProvider(mail.channel) },
      createOutbox(portal.driver),
      early,
    ).publish();
    expect(mail.sent).toHaveLength(1);
    expect(await states()).toMatchObject({ outbox: [{ state: 'done' }] });
  });

  test('a failed job waits for its next retry, whoever asks for it', async () => {
    mail.answerWith({ kind: 'transient', detail: 'try later' });
    await register();
    await jobs.publish();
    const [{ topic = '', id = '' } = {}] = queued;
    expect(await jobs.runOne(topic, id)).toBe('retry');
    expect(await jobs.runOne(topic, id)).toBe('retry');
    expect(await states()).toMatchObject({ notifications: [{ attempts: 1 }] });
  });

  test('what a worker reports after its lease has ended is ignored', async () => {
    await register();
    const outbox = createOutbox(portal.driver);
    const [[late] = []] = await outbox.claimDue(portal.clock.now(), 60, { limit: 10 });
    portal.clock.advance(61);
    await jobs.runDue();
    if (late !== undefined) await outbox.failed(late, 'too late', null, true, portal.clock.now());
    expect(await states()).toMatchObject({ outbox: [{ state: 'done', last_error: null }] });
  });

  test('R49: a job whose publishing failed is published once by the next sweep', async () => {
    await register();
    queueIsUp = false;
    await expect(jobs.publish()).rejects.toThrow(Unavailable);
    queueIsUp = true;
    expect(await jobs.publish()).toBe(0);
    portal.clock.advance(61);
    expect(await jobs.publish()).toBe(1);
    expect(await jobs.publish()).toBe(0);
  });

  test('R49: a published job without a callback is published again', async () => {
    await register();
    await jobs.publish();
    portal.clock.advance(16 * 60);
    expect(await jobs.publish()).toBe(1);
    expect(new Set(queued.map(({ id }) => id)).size).toBe(1);
    // This time its callback arrives.
    expect(await jobs.runOne(queued[1]?.topic ?? '', queued[1]?.id ?? '')).toBe('done');
    expect(mail.sent).toHaveLength(1);
  });

  test('a job of a dead worker is taken over when its lease ends', async () => {
    await register();
    await createOutbox(portal.driver).claimDue(portal.clock.now(), 60, { limit: 10 });
    await jobs.runDue();
    expect(mail.sent).toHaveLength(0);
    portal.clock.advance(61);
    await jobs.runDue();
    expect(mail.sent).toHaveLength(1);
  });

  test('a job with an unknown topic is given up, not retried forever', async () => {
    const id = '019a0000-0000-7000-8000-00000000000b';
    await portal.driver.run(
      [
        sql`INSERT INTO outbox (id, topic, payload, not_before, created_at) VALUES (${id}::uuid, 'nonsense', '{}', 'epoch', 'epoch')`,
      ],
      'write',
    );
    await jobs.runDue();
    expect(await states()).toMatchObject({ outbox: [{ state: 'dead', last_error: 'unknown topic' }] });
  });

  test('R85: what the version before gave up as unknown is taken up again, and nothing else', async () => {
    await register();
    const outbox = createOutbox(portal.driver);
    const [[job] = []] = await outbox.claimDue(portal.clock.now(), 60, { limit: 10 });
    if (job === undefined) throw new Error('nothing waits');
    await outbox.failed(job, 'unknown topic', null, true, portal.clock.now());
    await portal.driver.run(
      [
        sql`INSERT INTO outbox (id, topic, payload, not_before, created_at, state, last_error, finished_at)
           SELECT ('019a0000-0000-7000-8000-00000000001' || n)::uuid, kind, '{}', not_before, created_at, 'dead', error,
             finished_at - age
           FROM outbox, (VALUES (1, 'delivery.email', 'Error', interval '0'), (2, 'nonsense', 'unknown topic', interval '0'),
             (3, 'delivery.email', 'unknown topic', interval '2 days')) dead (n, kind, error, age)`,
      ],
      'write',
    );
    await jobs.everyMinute();
    await jobs.runDue();
    expect(mail.sent).toHaveLength(1);
    const [found = []] = await portal.driver.run(
      [sql`SELECT state FROM outbox WHERE topic IN ('delivery.email', 'nonsense') ORDER BY state`],
      'snapshot',
    );
    expect(found.map(({ state }) => state)).toEqual(['dead', 'dead', 'dead', 'done']);
  });

  test('the runner runs when woken and finishes running jobs before it stops', async () => {
    const email = await register();
    const runner = createRunner(jobs, portal.clock, portal.deps.log);
    runner.start();
    await runner.stop();
    expect(mail.sent.map(({ to }) => to)).toEqual([email]);
  });

  test('the runner does nothing before it is started, even if jobs are committed', async () => {
    await register();
    const runner = createRunner(jobs, portal.clock, portal.deps.log);
    runner.wake();
    await runner.stop();
    expect(mail.sent).toEqual([]);
  });

  test('a hanging sweep does not stop the periodic work', async () => {
    let minutes = 0;
    const hanging: Jobs = {
      ...jobs,
      runDue: (signal) => new Promise((resolve) => signal?.addEventListener('abort', () => resolve(0))),
      everyMinute: async () => {
        minutes += 1;
      },
    };
    const runner = createRunner(hanging, portal.clock, portal.deps.log);
    runner.start();
    await vi.waitFor(() => expect(minutes).toBe(1));
    await runner.stop();
  });
});
