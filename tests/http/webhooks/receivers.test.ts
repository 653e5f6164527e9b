import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
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
const run = () => hooks.clinic.runJobs();
const book = () => hooks.book();

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
    await run();
    expect(await hooks.deliveries(id, '?status=delivered')).toHaveLength(2);
  });

  test('that does not answer holds up no other work', async () => {
    await hooks.add();
    await book();
    const { clinic } = hooks;
    const { portal } = clinic;
    portal.clock.advance(1);
    const maria = await portal.signIn(clinic.maria.email);
    expect((await clinic.post('/privacy/exports', maria)).status).toBe(202);
    let answer = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const post = () => answered.then(() => ({ kind: 'none', reason: 'timeout', durationMs: 10_000 }) as const);
    const webhooks = { ...portal.deps.webhooks, post };
    const running = createJobs({ ...portal.deps, webhooks }, createOutbox(portal.driver), null).runDue();
    const exports = async () => (await clinic.get('/privacy/exports', maria)).body.data;
    await vi.waitFor(async () => expect(await exports()).toMatchObject([{ status: 'ready' }]), { timeout: 20_000 });
    answer();
    await running;
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
    expect((await hooks.jobOf()).state).toBe('done');
  });
});
