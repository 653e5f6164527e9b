/** Addresses that get nothing more: who says so, what it stops, who is told, and how it ends. */
import { createSign, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBlindIndex, generateIndexKey } from '../../../adapters/crypto/blind-index.ts';
import { createOutbox } from '../../../adapters/postgres/commit/outbox.ts';
import { type Sql, sql } from '../../../adapters/postgres/driver/sql.ts';
import { createNotificationLoads } from '../../../adapters/postgres/notifications/notifications.ts';
import { clinicLoads } from '../../../adapters/postgres/scheduling/clinic-settings.ts';
import { reindex } from '../../../adapters/postgres/sealed/reindex.ts';
import { refuse } from '../../../domain/shared/result.ts';
import { createJobs } from '../../../src/jobs/jobs.ts';
import { soleProvider } from '../../support/sole-provider.ts';
import { type Clinic, type Person, startClinic } from '../scheduling/clinic.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const OLD_KEY = generateIndexKey();
let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic({
    environment: {
      LOG_LEVEL: 'silent',
      INDEX_KEY: OLD_KEY,
      SENDGRID_WEBHOOK_KEY: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
    },
  });
});
afterAll(() => clinic.portal.close());

const rows = async (statement: Sql) => (await clinic.portal.driver.run([statement], 'snapshot'))[0] ?? [];
const suppressions = async (query = '') =>
  (await clinic.get(`/admin/suppressions${query}`, clinic.admin.token)).body.data;
const lift = (id: string) => clinic.delete(`/admin/suppressions/${id}`, clinic.admin.token);

let events = 0;
async function tell(fields: object): Promise<number> {
  const timestamp = String(clinic.portal.clock.now() / 1000);
  const body = JSON.stringify([{ timestamp: Number(timestamp), sg_event_id: `event-${events++}`, ...fields }]);
  const signature = createSign('sha256')
    .update(timestamp + body)
    .sign(privateKey, 'base64');
  const headers = {
    'Content-Type': 'application/json',
    'X-Twilio-Email-Event-Webhook-Signature': signature,
    'X-Twilio-Email-Event-Webhook-Timestamp': timestamp,
  };
  const request = new Request('https://portal.example/api/v1/webhooks/sendgrid', { method: 'POST', headers, body });
  return (await clinic.portal.fetch(request)).status;
}

let visits = 0;
/** Books, and returns what became of the mail. */
async function mailed(
  who: Person,
): Promise<{ readonly id: string; readonly state: string; readonly reason: string | null }> {
  const minutes = 9 * 60 + 30 * visits++;
  const time = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${minutes % 60 === 0 ? '00' : '30'}`;
  const { body } = await clinic.book(who.token, time);
  await clinic.runJobs();
  const [found] =
    await rows(sql`SELECT d.id, d.state, d.reason FROM deliveries d JOIN notifications n ON n.id = d.notification_id
    WHERE n.appointment_id = ${body.id}::uuid AND n.template = 'appointment-confirmation' AND d.channel = 'email'`);
  return found as { id: string; state: string; reason: string | null };
}
/** What the person, and reception before it writes, are told of the person's mails. */
async function foretold(who: Person) {
  const { choices } = (await clinic.get('/notifications/preferences', who.token)).body;
  const draft = { userId: who.id, template: 'call_us' };
  const { channels } = (await clinic.post('/notifications?dryRun=true', clinic.staff.token, draft)).body;
  const [planned] = channels.filter(({ channel }: { channel: string }) => channel === 'email');
  return [choices.message.email.why, choices.alert.email.available, planned.taken, planned.reason];
}
const HARD = { event: 'bounce', type: 'bounce', status: '5.1.1' };
const eventsOf = async (who: Person) =>
  (await clinic.get('/audit/me?limit=100', who.token)).body.data.map(
    ({ eventType }: { eventType: string }) => eventType,
  );

describe('an address that does not exist', () => {
  test('gets nothing more until an administrator lifts it', async () => {
    const { maria } = clinic;
    const { id } = await mailed(maria);
    await tell({ notification_id: id, email: 'Maria@Example.org', ...HARD });
    expect(await mailed(maria)).toMatchObject({ state: 'skipped', reason: 'suppressed' });
    expect(await foretold(maria)).toEqual(['suppressed', false, false, 'suppressed']);
    const [suppression] = await suppressions();
    expect(suppression).toMatchObject({
      userId: maria.id,
      channel: 'email',
      address: 'maria@example.org',
      reason: 'no_such_receiver',
      provider: 'sendgrid',
      since: '2026-03-02T12:00:00.000Z',
    });
    expect((await clinic.get('/admin/suppressions', clinic.staff.token)).status).toBe(403);
    expect((await lift(suppression.id)).status).toBe(204);
    expect((await lift(suppression.id)).status).toBe(404);
    expect(await suppressions()).toEqual([]);
    expect(await foretold(maria)).toEqual([null, true, true, null]);
    expect(await mailed(maria)).toMatchObject({ state: 'sent' });
    expect(await eventsOf(maria)).toEqual(
      expect.arrayContaining(['suppression.added', 'suppression.read', 'suppression.lifted']),
    );
  });

  test('is stored once, sealed, whoever tells of it', async () => {
    const { maria } = clinic;
    const { id } = await mailed(maria);
    const told = { notification_id: id, email: maria.email };
    await Promise.all([
      tell({ ...told, ...HARD }),
      tell({ ...told, event: 'spamreport' }),
      tell({ ...told, event: 'dropped', reason: 'Bounced Address' }),
    ]);
    expect(await suppressions(`?userId=${maria.id}`)).toHaveLength(1);
    expect(await suppressions('?channel=sms')).toEqual([]);
    const [stored] = await rows(sql`SELECT encode(address, 'escape') AS sealed FROM suppressions`);
    expect(stored?.sealed).not.toContain('maria');
  });

  test('of a former address of the person stops nothing', async () => {
    const { paul } = clinic;
    const { id } = await mailed(paul);
    await tell({ notification_id: id, email: 'former@example.org', ...HARD });
    expect(await suppressions(`?userId=${paul.id}`)).toHaveLength(1);
    expect(await foretold(paul)).toEqual([null, true, true, null]);
    expect(await mailed(paul)).toMatchObject({ state: 'sent' });
  });

  test('is also learnt from the refusal of a provider', async () => {
    const other = await clinic.person('patient', 'nobody');
    const channel = soleProvider({
      send: async () => refuse({ kind: 'permanent', detail: '550', reason: 'no_such_receiver' }),
    });
    const { deps, driver } = clinic.portal;
    const jobs = createJobs({ ...deps, channel }, createOutbox(driver), null);
    await clinic.book(other.token, '16:00');
    while ((await jobs.runDue()) > 0);
    expect(await suppressions(`?userId=${other.id}`)).toMatchObject([{ provider: 'sole', address: other.email }]);
  });
});

describe('administrators', () => {
  const notes = async () =>
    (await clinic.portal.mails(clinic.admin.email)).filter(({ template }) => template === 'addresses-suppressed');

  test('are told how many there are, once a day', async () => {
    const { jobs } = clinic.portal.platform;
    await Promise.all([jobs.everyMinute(), jobs.everyMinute()]);
    expect((await notes()).map(({ text }) => /: (\d+)\.$/m.exec(text)?.[1])).toEqual(['3']);
    const carla = await clinic.person('patient', 'carla');
    const { id } = await mailed(carla);
    await tell({ notification_id: id, email: carla.email, ...HARD });
    await jobs.everyMinute();
    expect(await notes()).toHaveLength(1);
    clinic.portal.clock.advance(86_400);
    await jobs.everyMinute();
    expect((await notes()).map(({ text }) => /: (\d+)\.$/m.exec(text)?.[1])).toEqual(['1', '3']);
    await jobs.everyMinute();
    expect(await notes()).toHaveLength(2);
  });
});

describe('R55 when the index key is changed', () => {
  test('a suppressed address stays suppressed under the new key alone', async () => {
    const { deps, driver, database } = clinic.portal;
    const [found] = await rows(sql`SELECT n.id FROM notifications n WHERE n.user_id = ${clinic.maria.id}::uuid
      AND n.template = 'appointment-confirmation' LIMIT 1`);
    const isSuppressed = async (key: string) => {
      const loads = createNotificationLoads(deps.cipher, createBlindIndex(key), clinicLoads.clinic);
      const [notification] = await database.load(loads.notification(found?.id as never));
      return notification?.suppressed;
    };
    const next = generateIndexKey();
    const ring = JSON.stringify([{ key: next }, { key: OLD_KEY }]);
    expect([await isSuppressed(OLD_KEY), await isSuppressed(ring), await isSuppressed(next)]).toEqual([
      ['email'],
      ['email'],
      [],
    ]);
    await reindex(driver, deps.cipher, createBlindIndex(ring));
    expect([await isSuppressed(ring), await isSuppressed(next)]).toEqual([['email'], ['email']]);
    await reindex(driver, deps.cipher, createBlindIndex(OLD_KEY));
  });
});

test('the suppressions of a person go with the account', async () => {
  const { paul } = clinic;
  const token = await clinic.portal.signIn(paul.email);
  await clinic.portal.request('DELETE', `/api/v1/users/${paul.id}`, { token });
  const erased = await rows(sql`SELECT count(*)::int AS n FROM suppressions WHERE user_id = ${paul.id}::uuid`);
  expect(erased[0]?.n).toBe(0);
});
