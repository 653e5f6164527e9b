/** Deliveries that were given up, and sending them again, once. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOutbox } from '../../../adapters/postgres/commit/outbox.ts';
import { type Sql, sql } from '../../../adapters/postgres/driver/sql.ts';
import { refuse } from '../../../domain/shared/result.ts';
import { createJobs } from '../../../src/jobs/jobs.ts';
import { soleProvider } from '../../support/sole-provider.ts';
import { type Clinic, startClinic } from '../scheduling/clinic.ts';

let clinic: Clinic;
const letters = async (query = '') =>
  (await clinic.get(`/admin/notifications/dead-letters${query}`, clinic.admin.token)).body.data as {
    id: string;
    template: string;
    _links: { redrive?: object };
  }[];
const redriveOne = (id: string | undefined, body: object = {}) =>
  clinic.post(`/admin/notifications/dead-letters/${id}/redrive`, clinic.admin.token, body);
const redriveAll = (body: object = {}) => clinic.post('/admin/notifications/redrive', clinic.admin.token, body);
const run = (statement: Sql) => clinic.portal.driver.run([statement], 'write');
const mails = async () => (await clinic.portal.mails(clinic.maria.email)).map(({ template }) => template);

/** Everything that is due is refused by its provider for good. */
async function refuseAll() {
  const channel = soleProvider({ send: async () => refuse({ kind: 'permanent', detail: 'no such box' }) });
  await createJobs({ ...clinic.portal.deps, channel }, createOutbox(clinic.portal.driver), null).runDue();
}

beforeAll(async () => {
  clinic = await startClinic({ environment: { LOG_LEVEL: 'silent' } });
  for (const time of ['10:00', '11:00', '12:00']) await clinic.book(clinic.maria.token, time);
  await refuseAll();
});
afterAll(() => clinic.portal.close());

describe('deliveries that were given up', () => {
  test('are listed with the reason, and to administrators alone', async () => {
    const found = await letters();
    expect(found).toHaveLength(3);
    expect(found[0]).toMatchObject({
      userId: clinic.maria.id,
      channel: 'email',
      template: 'appointment-confirmation',
      reason: 'no such box',
      provider: 'sole',
      attempts: 1,
      mayHaveArrived: false,
    });
    expect(await letters('?channel=sms')).toEqual([]);
    expect((await clinic.get('/admin/notifications/dead-letters', clinic.staff.token)).status).toBe(403);
  });

  test('one is sent again once, whoever asks at the same time', async () => {
    const [letter] = await letters();
    const answers = await Promise.all([1, 2, 3].map(() => redriveOne(letter?.id)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ why: 'not_dead' });
    expect(await mails()).toEqual(['appointment-confirmation']);
    expect(await letters()).toHaveLength(2);
    expect((await redriveOne(letter?.id)).body).toMatchObject({ code: 'delivery_not_redrivable', why: 'not_dead' });
    expect((await redriveOne('0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f')).status).toBe(404);
  });

  test('what may have arrived is sent again only on demand, and not by the filter', async () => {
    const [letter] = await letters();
    await run(
      sql`UPDATE deliveries SET outcome_unknown = true, provider = 'mailbox' WHERE id = ${letter?.id ?? ''}::uuid`,
    );
    expect((await redriveOne(letter?.id)).body).toMatchObject({ why: 'may_have_arrived' });
    expect((await redriveAll({ channel: 'sms' })).body).toEqual({ redriven: 0, hasMore: false, next: null });
    expect((await redriveAll({ provider: 'sole' })).body).toEqual({ redriven: 1, hasMore: false, next: null });
    expect(await mails()).toHaveLength(2);
    expect((await letters()).map(({ id }) => id)).toEqual([letter?.id]);
    expect((await redriveOne(letter?.id, { evenTwice: true })).status).toBe(202);
    expect(await mails()).toHaveLength(3);
    expect(await letters()).toEqual([]);
  });

  test('a reminder that is no longer true is skipped, not sent', async () => {
    const { body } = await clinic.book(clinic.maria.token, '14:00');
    await run(sql`UPDATE outbox SET not_before = created_at WHERE topic = 'notification.deliver'`);
    await refuseAll();
    const reminders = (await letters()).filter(({ template }) => template === 'appointment-reminder');
    expect(reminders.length).toBeGreaterThan(0);
    await clinic.post(`/appointments/${body.id}/cancel`, clinic.admin.token, {});
    const sentBefore = (await mails()).filter((template) => template === 'appointment-reminder').length;
    await run(sql`UPDATE appointments SET version = version + 1`);
    const { redriven } = (await redriveAll()).body;
    expect(redriven).toBeGreaterThan(0);
    expect((await mails()).filter((template) => template === 'appointment-reminder')).toHaveLength(sentBefore);
  });

  test('a message whose text was destroyed with its secret cannot be sent again', async () => {
    await clinic.portal.request('DELETE', `/api/v1/users/${clinic.paul.id}`, { token: clinic.paul.token });
    await refuseAll();
    const [gone] = await letters();
    expect(gone).toMatchObject({ template: 'account-closed' });
    expect(gone?._links.redrive).toBeUndefined();
    expect((await redriveOne(gone?.id)).body).toMatchObject({ why: 'message_gone' });
    expect((await redriveAll()).body).toEqual({ redriven: 0, hasMore: false, next: null });
  });

  test('R46 sending again is told to the receiver', async () => {
    const { body } = await clinic.get('/audit/me?limit=100', clinic.maria.token);
    expect(body.data.map(({ eventType }: { eventType: string }) => eventType)).toContain('notification.redriven');
  });
});
