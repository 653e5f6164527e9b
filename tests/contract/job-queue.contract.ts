/** The behaviour of every job queue. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type JobQueue, type QueuedJob, Unavailable } from '../../domain/shared/ports.ts';

export interface DeliveredJob {
  readonly id: string;
  readonly topic: string;
}

export interface JobQueueUnderTest {
  /** With a rate of 60 a minute for the topic `delivery.sms`. */
  readonly queue: JobQueue;
  /** Epoch milliseconds of the clock of the queue and its publisher. */
  now(): number;
  /** Lets time pass for the queue. @returns the jobs delivered meanwhile, in order */
  pass(seconds: number): Promise<readonly DeliveredJob[]>;
  /** Simulates a hanging service: requests are accepted but not answered. */
  hang(): void;
  stop(): Promise<void>;
}

export function describeJobQueue(name: string, start: () => Promise<JobQueueUnderTest>): void {
  describe(`job queue: ${name}`, () => {
    let under: JobQueueUnderTest;
    beforeEach(async () => {
      under = await start();
    });
    afterEach(() => under.stop());

    const job = (id: string, inSeconds = 0): QueuedJob => ({
      id,
      topic: 'reminder',
      notBefore: under.now() + inSeconds * 1000,
      priority: 6,
    });

    test('a job that is due is delivered at once, to its topic', async () => {
      await under.queue.publish([job('1'), { ...job('2'), topic: 'outbox.mail' }]);
      expect(await under.pass(0)).toEqual([
        { id: '1', topic: 'reminder' },
        { id: '2', topic: 'outbox.mail' },
      ]);
    });

    test('an overdue job is delivered at once', async () => {
      await under.queue.publish([job('1', -86_400)]);
      expect(await under.pass(0)).toEqual([{ id: '1', topic: 'reminder' }]);
    });

    test('no job is delivered before it is due', async () => {
      await under.queue.publish([job('later', 120), job('soon', 60.2)]);
      expect(await under.pass(58)).toEqual([]);
      expect((await under.pass(30)).map(({ id }) => id)).toEqual(['soon']);
      expect((await under.pass(60)).map(({ id }) => id)).toEqual(['later']);
    });

    test('a job at the horizon is accepted and kept until then', async () => {
      expect(under.queue.horizonSeconds).toBeGreaterThan(86_400);
      await under.queue.publish([job('far', under.queue.horizonSeconds)]);
      expect(await under.pass(under.queue.horizonSeconds - 60)).toEqual([]);
      expect(await under.pass(120)).toHaveLength(1);
    });

    test('R49: the same job published again is delivered once', async () => {
      const one = job('1');
      await under.queue.publish([one, one]);
      await under.queue.publish([one]);
      expect(await under.pass(60)).toHaveLength(1);
    });

    test('hundreds of jobs at once are all delivered', async () => {
      const jobs = Array.from({ length: 250 }, (_, i) => job(`job-${i}`));
      await under.queue.publish(jobs);
      const delivered = (await under.pass(0)).map(({ id }) => id);
      expect(new Set(delivered)).toEqual(new Set(jobs.map(({ id }) => id)));
      expect(delivered).toHaveLength(250);
    });

    test('jobs of a topic are delivered no faster than its rate, but for urgent ones and those of other topics', async () => {
      const text = (id: string, priority: number) => ({ ...job(id), topic: 'delivery.sms', priority });
      const usual = Array.from({ length: 25 }, (_, n) => text(`usual-${n}`, 6));
      const urgent = Array.from({ length: 15 }, (_, n) => text(`urgent-${n}`, 1));
      await under.queue.publish([...usual, ...urgent, job('other')]);
      const delivered = async (seconds: number) =>
        Object.entries(Object.groupBy(await under.pass(seconds), ({ id }) => id.split('-')[0] ?? '')).map(
          ([kind, some]) => `${kind} ${some?.length}`,
        );
      expect((await delivered(0)).toSorted()).toEqual(['other 1', 'urgent 15', 'usual 10']);
      expect(await delivered(8)).toEqual([]);
      expect(await delivered(10)).toEqual(['usual 10']);
      expect(await delivered(60)).toEqual(['usual 5']);
    });

    test('a job that is published for another time is delivered then too', async () => {
      await under.queue.publish([job('1')]);
      expect(await under.pass(0)).toHaveLength(1);
      await under.queue.publish([job('1', 30)]);
      expect(await under.pass(60)).toHaveLength(1);
    });

    test('publishing nothing sends no request', async () => {
      under.hang();
      await expect(under.queue.publish([])).resolves.toBeUndefined();
    });

    test('R59: a queue that does not answer is reported as unavailable', async () => {
      under.hang();
      await expect(under.queue.publish([job('1')])).rejects.toBeInstanceOf(Unavailable);
    });
  });
}
