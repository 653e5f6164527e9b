import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createOutbox } from '../../../adapters/postgres/commit/outbox.ts';
import { createLog } from '../../../src/app/log.ts';
import { createJobs } from '../../../src/jobs/jobs.ts';
import { jsonSink } from '../../../src/log-sink.ts';
import { isSigned } from '../../support/webhook-receiver.ts';
import { type Hooks, startHooks } from './hooks.ts';

let hooks: Hooks;
beforeAll(async () => {
  hooks = await startHooks();
});
afterAll(() => hooks.close());
beforeEach(() => hooks.clear());

const HOUR = 3600;
const run = () => hooks.clinic.runJobs();
const book = () => hooks.book();
const jobOf = () => hooks.jobOf();

describe('an event', () => {
  test('arrives signed, with ids and versions alone', async () => {
    const { secret, id } = await hooks.add();
    const { id: appointmentId } = await book();
    await run();
    const [got] = hooks.receiver.received;
    if (got === undefined) throw new Error('nothing arrived');
    expect(isSigned(secret, got)).toBe(true);
    expect(isSigned(`whsec_${'A'.repeat(43)}=`, got)).toBe(false);
    const { clinic } = hooks;
    expect(got.event).toEqual({
      type: 'appointment.booked',
      timestamp: new Date(clinic.portal.clock.now()).toISOString().replace('.000Z', 'Z'),
      data: {
        ...{ id: appointmentId, version: 1, patientId: clinic.maria.id, doctorId: clinic.doctor.id },
        ...{ additionalDoctorIds: [], appointmentTypeId: expect.any(String), locationId: null, seriesId: null },
      },
    });
    expect(got.timestamp).toBe(Math.floor(clinic.portal.clock.now() / 1000));
    const [delivery] = await hooks.deliveries(id);
    expect(delivery).toMatchObject({
      ...{ status: 'delivered', attempts: 1, nextAttemptAt: null, event: { id: got.id, data: got.event.data } },
      lastAttempt: { number: 1, statusCode: 204, reason: null },
    });
  });

  test('is sent again after a failure, under the same id, until it arrives', async () => {
    const { secret, id } = await hooks.add();
    const { portal } = hooks.clinic;
    hooks.receiver.answer(500, 404);
    await book();
    await run();
    expect(await hooks.deliveries(id, '?status=pending')).toMatchObject([
      { attempts: 1, lastAttempt: { statusCode: 500, reason: 'status' } },
    ]);
    portal.clock.advance(7);
    await run();
    portal.clock.advance(299);
    await run();
    expect(hooks.receiver.received).toHaveLength(2);
    portal.clock.advance(62);
    await run();
    const { received } = hooks.receiver;
    expect(received).toHaveLength(3);
    expect(new Set(received.map((each) => each.id)).size).toBe(1);
    // Signed anew each time: receivers refuse old timestamps.
    expect(new Set(received.map(({ timestamp }) => timestamp)).size).toBe(3);
    expect(received.every((each) => isSigned(secret, each))).toBe(true);
    const [delivery] = await hooks.deliveries(id);
    const { body } = await hooks.get(`/admin/webhooks/${id}/deliveries/${delivery.id}`);
    expect(body.history).toMatchObject([
      { number: 3, statusCode: 204, reason: null },
      { number: 2, statusCode: 404, reason: 'status' },
      { number: 1, statusCode: 500, reason: 'status' },
    ]);
    expect(body.status).toBe('delivered');
  });

  test('has one effect when the queue calls five times at once', async () => {
    await hooks.add();
    await book();
    const { id } = await jobOf();
    const { jobs } = hooks.clinic.portal.platform;
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => jobs.runOne('webhook.deliver', id)));
    expect(outcomes).toContain('done');
    expect(hooks.receiver.received).toHaveLength(1);
    expect(await jobs.runOne('webhook.deliver', id)).toBe('done');
    expect(hooks.receiver.received).toHaveLength(1);
  });

  test('arrives although the process ends between the commit and the sending', async () => {
    await hooks.add();
    await book();
    const { portal } = hooks.clinic;
    // The process takes the job, and is no more.
    await createOutbox(portal.driver).claimDue(portal.clock.now(), 60, { limit: 100 });
    await run();
    expect(hooks.receiver.received).toHaveLength(0);
    portal.clock.advance(61);
    await run();
    expect(hooks.receiver.received).toHaveLength(1);
  });

  test('arrives twice under one id if the process ends before it has recorded the answer', async () => {
    const { id } = await hooks.add();
    await book();
    const { portal } = hooks.clinic;
    const database = { ...portal.database, commit: () => Promise.reject(new Error('the process has ended')) };
    const dying = createJobs({ ...portal.deps, database }, createOutbox(portal.driver), null);
    await dying.runOne('webhook.deliver', (await jobOf()).id);
    expect(await hooks.deliveries(id)).toMatchObject([{ status: 'pending', attempts: 0 }]);
    portal.clock.advance(61);
    await run();
    expect(hooks.receiver.received.map((each) => each.id)).toEqual(
      Array.from({ length: 2 }, () => hooks.receiver.received[0]?.id),
    );
    expect(await hooks.deliveries(id)).toMatchObject([{ status: 'delivered', attempts: 1 }]);
  });

  test('fails, and can be sent again by hand, when the portal itself fails twenty times', async () => {
    const { id } = await hooks.add();
    await book();
    const { portal } = hooks.clinic;
    const webhooks = { ...portal.deps.webhooks, post: () => Promise.reject(new Error('out of memory')) };
    const log = createLog({ level: 'silent', clock: portal.clock, sink: jsonSink });
    const broken = createJobs({ ...portal.deps, webhooks, log }, createOutbox(portal.driver), null);
    for (let attempt = 1; attempt <= 20; attempt++) {
      expect((await hooks.deliveries(id))[0]).toMatchObject({ status: 'pending', givenUpBecause: null });
      await broken.runOne('webhook.deliver', (await jobOf()).id);
      portal.clock.advance(901);
    }
    const [delivery] = await hooks.deliveries(id);
    expect(delivery).toMatchObject({ status: 'failed', givenUpBecause: 'internal_error', attempts: 0 });
    expect((await jobOf()).state).toBe('dead');
    expect((await hooks.post(`/admin/webhooks/${id}/deliveries/${delivery.id}/replay`)).body).toEqual({ replayed: 1 });
    await run();
    expect(hooks.receiver.received).toHaveLength(1);
    expect(await hooks.deliveries(id)).toMatchObject([{ status: 'delivered' }]);
  });

  test('keeps the outcome of the worker that took it over from one that was too slow', async () => {
    const { id } = await hooks.add();
    await book();
    const { portal } = hooks.clinic;
    let fail = () => {};
    const failed = new Promise<void>((resolve) => {
      fail = resolve;
    });
    let begin = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const post = () => {
      begin();
      return failed.then(() => ({ kind: 'none', reason: 'unreachable', durationMs: 61_000 }) as const);
    };
    const webhooks = { ...portal.deps.webhooks, post };
    const slow = createJobs({ ...portal.deps, webhooks }, createOutbox(portal.driver), null);
    const late = slow.runOne('webhook.deliver', (await jobOf()).id);
    await begun;
    portal.clock.advance(61);
    await run();
    fail();
    expect(await late).toBe('done');
    expect(await hooks.deliveries(id)).toMatchObject([{ status: 'delivered', attempts: 1 }]);
    expect((await hooks.get(`/admin/webhooks/${id}`)).body.failingSince).toBeNull();
  });

  test('is signed with both secrets for a day after a rotation', async () => {
    const first = await hooks.add();
    const { portal } = hooks.clinic;
    const second = (await hooks.post(`/admin/webhooks/${first.id}/rotate-secret`)).body.secret;
    await book();
    await run();
    portal.clock.advance(24 * HOUR);
    await hooks.post(`/admin/webhooks/${first.id}/test`);
    await run();
    const [during, after] = hooks.receiver.received;
    if (during === undefined || after === undefined) throw new Error('nothing arrived');
    expect([isSigned(second, during), isSigned(first.secret, during), during.signatures.length]).toEqual([
      true,
      true,
      2,
    ]);
    expect([isSigned(second, after), isSigned(first.secret, after), after.signatures.length]).toEqual([true, false, 1]);
    expect(after.event.type).toBe('webhook.test');
  });
});
