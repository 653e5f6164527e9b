import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createOutbox } from '../../../adapters/postgres/commit/outbox.ts';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { httpTransport } from '../../../adapters/webhooks/http-transport.ts';
import { createJobs } from '../../../src/jobs/jobs.ts';
import { isSigned } from '../../support/webhook-receiver.ts';
import { type Hooks, startHooks } from './hooks.ts';

let hooks: Hooks;
beforeAll(async () => {
  hooks = await startHooks();
});
afterAll(() => hooks.close());
beforeEach(() => hooks.clear());

const HOUR = 3600;
let minute = 0;
/** Books the next free time. */
async function book() {
  const { clinic } = hooks;
  const token = await clinic.portal.signIn(clinic.maria.email);
  const start = `2026-03-${String(16 + Math.floor(minute / 16)).padStart(2, '0')}`;
  const time = `${String(9 + Math.floor((minute % 16) / 2)).padStart(2, '0')}:${minute % 2 ? '30' : '00'}`;
  minute += 1;
  const booked = await clinic.book(token, time, { appointmentDate: start });
  expect(booked.status, JSON.stringify(booked.body)).toBe(201);
  return booked.body;
}
const jobOf = async () => {
  const [rows = []] = await hooks.clinic.portal.driver.run(
    [sql`SELECT id, state FROM outbox WHERE topic = 'webhook.deliver' ORDER BY created_at DESC, id DESC LIMIT 1`],
    'read',
  );
  return rows[0] as { id: string; state: string };
};
const run = () => hooks.clinic.runJobs();

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
    await createOutbox(portal.driver).claimDue(portal.clock.now(), 60, 100);
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

describe('an endpoint', () => {
  test('that redirects is not followed', async () => {
    const { id } = await hooks.add();
    hooks.receiver.answer({ status: '307', location: hooks.receiver.url.replace('/hooks', '/elsewhere') });
    await book();
    await run();
    expect(hooks.receiver.received).toHaveLength(1);
    expect(await hooks.deliveries(id)).toMatchObject([{ lastAttempt: { statusCode: 307, reason: 'redirected' } }]);
  });

  test('whose name leads into the network when it is called is not called', async () => {
    const { id } = await hooks.add();
    const { portal } = hooks.clinic;
    await portal.driver.run([sql`UPDATE webhook_endpoints SET url = 'https://moved.inside.example/'`], 'write');
    await book();
    await run();
    expect(await hooks.deliveries(id)).toMatchObject([
      { status: 'pending', lastAttempt: { statusCode: null, reason: 'address_refused' } },
    ]);
  });

  test('that is away is tried again', async () => {
    const { id } = await hooks.add({ url: 'http://127.0.0.1:9/hooks' });
    await book();
    await run();
    expect(await hooks.deliveries(id)).toMatchObject([{ status: 'pending', lastAttempt: { reason: 'unreachable' } }]);
  });

  test('that does not answer rests, and its other events wait without being tried', async () => {
    const { id } = await hooks.add();
    const { portal } = hooks.clinic;
    const webhooks = httpTransport({ resolve: null, allowed: { hosts: [], localhost: true }, timeoutMs: 50 });
    const impatient = createJobs({ ...portal.deps, webhooks }, createOutbox(portal.driver), null);
    hooks.receiver.answer('hang');
    await book();
    await impatient.runDue();
    expect(await hooks.deliveries(id)).toMatchObject([{ lastAttempt: { statusCode: null, reason: 'timeout' } }]);
    portal.clock.advance(1);
    await book();
    await impatient.runDue();
    expect(hooks.receiver.received).toHaveLength(1);
    expect(await hooks.deliveries(id)).toMatchObject([{ attempts: 0, lastAttempt: null }, { attempts: 1 }]);
    portal.clock.advance(60);
    await impatient.runDue();
    expect(await hooks.deliveries(id, '?status=delivered')).toHaveLength(2);
  });

  test('that answers 410 is disabled at once, and the administrators are told', async () => {
    const { id } = await hooks.add();
    const { clinic } = hooks;
    hooks.receiver.answer(410);
    await book();
    await run();
    expect((await hooks.get(`/admin/webhooks/${id}`)).body).toMatchObject({
      ...{ enabled: false, disabledBecause: 'gone', version: 2 },
    });
    expect(await hooks.deliveries(id)).toMatchObject([{ status: 'failed', attempts: 1 }]);
    const mails = await clinic.portal.mails(clinic.admin.email);
    expect(mails.filter(({ template }) => template === 'webhook-disabled')).toMatchObject([
      { subject: 'A webhook was disabled', text: expect.stringContaining('127.0.0.1') },
    ]);
    await book();
    expect(await hooks.deliveries(id)).toHaveLength(1);
    for (const path of ['test', `deliveries/${(await hooks.deliveries(id))[0].id}/replay`]) {
      expect((await hooks.post(`/admin/webhooks/${id}/${path}`)).body.code).toBe('webhook_disabled');
    }
  });

  test('for which nothing succeeds in five days is disabled once, whoever notices it', async () => {
    const { id } = await hooks.add();
    const { clinic } = hooks;
    const long = new Date(clinic.portal.clock.now() - 5 * 24 * HOUR * 1000).toISOString();
    await clinic.portal.driver.run(
      [sql`UPDATE webhook_endpoints SET failing_since = ${long}::timestamptz, failures_in_row = 40`],
      'write',
    );
    const before = (await clinic.portal.mails(clinic.admin.email)).length;
    for (let n = 0; n < 3; n++) await book();
    hooks.receiver.answer(500, 500, 500);
    const [ids = []] = await clinic.portal.driver.run(
      [sql`SELECT id FROM outbox WHERE topic = 'webhook.deliver' AND state = 'pending'`],
      'read',
    );
    await Promise.all(ids.map(({ id: job }) => clinic.portal.platform.jobs.runOne('webhook.deliver', job as string)));
    expect((await hooks.get(`/admin/webhooks/${id}`)).body).toMatchObject({
      enabled: false,
      disabledBecause: 'failing',
    });
    const mails = await clinic.portal.mails(clinic.admin.email);
    expect(mails.length - before).toBe(1);
  });

  test('forgets its failures once something arrives', async () => {
    const { id } = await hooks.add();
    hooks.receiver.answer(500);
    await book();
    await run();
    const { clinic } = hooks;
    expect((await hooks.get(`/admin/webhooks/${id}`)).body.failingSince).not.toBeNull();
    clinic.portal.clock.advance(7);
    await run();
    expect((await hooks.get(`/admin/webhooks/${id}`)).body.failingSince).toBeNull();
  });

  test('whose secret cannot be opened gets nothing, and works again with another secret', async () => {
    const { id } = await hooks.add();
    const { clinic } = hooks;
    await clinic.portal.driver.run(
      [sql`UPDATE webhook_endpoints SET secrets = set_byte(secrets, 40, get_byte(secrets, 40) # 1)`],
      'write',
    );
    await book();
    await run();
    expect(await hooks.deliveries(id)).toMatchObject([{ status: 'failed', givenUpBecause: 'secret_unreadable' }]);
    const { secret } = (await hooks.post(`/admin/webhooks/${id}/rotate-secret`)).body;
    const [{ id: deliveryId }] = await hooks.deliveries(id);
    expect((await hooks.post(`/admin/webhooks/${id}/deliveries/${deliveryId}/replay`)).body).toEqual({
      replayed: 1,
    });
    await run();
    const [got] = hooks.receiver.received;
    expect(got !== undefined && isSigned(secret, got)).toBe(true);
  });

  test('that is removed gets nothing more', async () => {
    const { id } = await hooks.add();
    await book();
    const { clinic } = hooks;
    await clinic.delete(`/admin/webhooks/${id}`, await clinic.portal.signIn(clinic.admin.email));
    await run();
    expect(hooks.receiver.received).toHaveLength(0);
    expect((await jobOf()).state).toBe('done');
  });
});
