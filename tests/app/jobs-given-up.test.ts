/** Jobs that cannot be done are given up eventually, and do not hold up other jobs (R49, R59). */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createOutbox } from '../../adapters/postgres/commit/outbox.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import type { MessageChannel } from '../../domain/notifications/ports.ts';
import type { ClaimedJob } from '../../domain/shared/outbox.ts';
import { Unavailable } from '../../domain/shared/ports.ts';
import { ok } from '../../domain/shared/result.ts';
import { createJobs } from '../../src/jobs/jobs.ts';
import { PASSWORD, type Portal, startPortal } from '../support/portal.ts';
import { routeAll } from '../support/routing.ts';
import { soleProvider } from '../support/sole-provider.ts';

describe('giving up', () => {
  let portal: Portal;
  let sent: string[];
  const opened: Portal[] = [];
  beforeEach(async () => {
    portal = await startPortal();
    opened.push(portal);
    sent = [];
  });
  afterAll(async () => {
    for (const one of opened) await one.close();
  });

  const noting: MessageChannel = {
    send: async ({ to }) => {
      sent.push(String(to));
      return ok({ providerId: 'p' });
    },
  };
  const failing: MessageChannel = {
    send: async () => {
      throw new Unavailable('sendgrid');
    },
  };
  const jobsOver = (channel: MessageChannel, outbox = createOutbox(portal.driver)) =>
    createJobs({ ...portal.deps, channel: soleProvider(channel) }, outbox, null);

  const register = async (name: string) => {
    const email = `${name}@example.org`;
    const body = { email, password: PASSWORD, firstName: 'A', lastName: 'B', dateOfBirth: '1990-01-01' };
    expect((await portal.request('POST', '/api/v1/auth/register', { body })).status).toBe(202);
    return email;
  };
  const rows = async (statement: ReturnType<typeof sql>) => (await portal.driver.run([statement], 'snapshot'))[0] ?? [];
  const states = async () => ({
    outbox: await rows(sql`SELECT state, attempts, last_error FROM outbox`),
    notifications: await rows(sql`SELECT status, attempts FROM notifications`),
  });

  test('after too many internal errors a message is given up together with its job and its own key', async () => {
    const jobs = jobsOver(failing);
    const { id, email } = await portal.person('patient', 'gone');
    await portal.request('DELETE', `/api/v1/users/${id}`, { token: await portal.signIn(email) });
    const keys = () => rows(sql`SELECT 1 FROM data_keys k JOIN notifications n ON n.key_owner = k.owner_id`);
    expect(await keys()).toHaveLength(1);
    for (let attempt = 1; attempt <= 20; attempt++) {
      await jobs.runDue();
      portal.clock.advance(901);
    }
    const { outbox, notifications } = await states();
    expect(notifications).toMatchObject([{ status: 'dead' }]);
    expect(outbox).toContainEqual({ state: 'dead', attempts: 20, last_error: 'Unavailable' });
    expect(await keys()).toEqual([]);
  });

  test('R78: a message that cannot be opened is not sent, is reported once, and does not hold up others', async () => {
    await register('broken');
    const altered = sql`UPDATE notifications SET variables = set_byte(variables, 20, get_byte(variables, 20) # 1)`;
    await portal.driver.run([altered], 'write');
    const email = await register('whole');
    const jobs = jobsOver(noting);
    for (let attempt = 1; attempt <= 21; attempt++) {
      await jobs.runDue();
      portal.clock.advance(901);
    }
    expect(sent).toEqual([email]);
    const { outbox, notifications } = await states();
    expect(notifications).toContainEqual({ status: 'skipped', attempts: 0 });
    expect(outbox.filter(({ state }) => state !== 'done')).toEqual([]);
    expect(await rows(sql`SELECT 1 FROM audit_events WHERE event_type = 'record.damaged'`)).toHaveLength(1);
  });

  test('a code, a link or an offer is not sent after it has expired', async () => {
    const { email } = await portal.person('patient', 'late');
    await portal.request('POST', '/api/v1/auth/forgot-password', { body: { email } });
    await register('verifying');
    portal.clock.advance(3600);
    await jobsOver(noting).runDue();
    expect(sent).toEqual(['verifying@example.org']);
    expect(await rows(sql`SELECT status, last_error FROM notifications WHERE template = 'password-reset'`)).toEqual([
      { status: 'skipped', last_error: 'void' },
    ]);
  });

  test('an attempt that lost its job to another does not give the message up', async () => {
    await register('slow');
    await routeAll(portal, portal.platform.jobs);
    const outbox = createOutbox(portal.driver);
    await portal.driver.run([sql`UPDATE outbox SET attempts = 19, failures = 19`], 'write');
    const slow: MessageChannel = {
      send: async () => {
        portal.clock.advance(901);
        await outbox.claimDue(portal.clock.now(), 60, { limit: 10 });
        throw new Unavailable('sendgrid');
      },
    };
    await jobsOver(slow, outbox).runDue();
    expect(await states()).toMatchObject({
      outbox: [{ state: 'pending', attempts: 21 }],
      notifications: [{ status: 'pending' }],
    });
  });

  test('a job whose outcome cannot be recorded does not stop the sweep', async () => {
    const emails = [await register('one'), await register('two'), await register('three')];
    const outbox = createOutbox(portal.driver);
    let broken = '';
    const silent = {
      ...outbox,
      finished: async (job: ClaimedJob, now: number) => {
        if (broken === '') broken = job.id;
        if (job.id === broken) throw new Unavailable('database');
        return outbox.finished(job, now);
      },
      failed: async () => {
        throw new Unavailable('database');
      },
    };
    expect(await jobsOver(noting, silent).runDue()).toBe(6);
    expect([...sent].sort()).toEqual(emails.sort());
    portal.clock.advance(901);
    await jobsOver(noting).runDue();
    expect(sent).toHaveLength(3);
    expect((await states()).outbox.map(({ state }) => state)).toEqual(Array(6).fill('done'));
  });
});
