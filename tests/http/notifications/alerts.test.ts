/** Alerts to many people: to whom, how often, and how far they have come. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { sealingRow } from '../../../adapters/postgres/sealed/sealed-row.ts';
import { TOLD_AT_ONCE } from '../../../domain/notifications/alert.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import { continueAlert } from '../../../src/app/notifications/alerts.ts';
import { type Clinic, startClinic, TUESDAY, WEDNESDAY } from '../scheduling/clinic.ts';

let clinic: Clinic;
let admin: string;
const DAY = { from: `${TUESDAY}T00:00:00Z`, until: `${WEDNESDAY}T00:00:00Z` };
const TEXT = 'The clinic is closed today because of a power cut.';
const NOTICE = {
  whatHappened: 'A letter went to another patient.',
  consequences: 'Your name was read.',
  measures: 'It was given back.',
  contact: 'privacy@clinic.example',
};
const alert = (body: object, query = '', headers?: Record<string, string>) =>
  clinic.post(`/admin/alerts${query}`, admin, body, headers);
const rows = async (statement: ReturnType<typeof sql>) =>
  (await clinic.portal.driver.run([statement], 'write'))[0] ?? [];
/** How often each person was told by an alert. */
const toldBy = async (id: string) =>
  rows(sql`SELECT n.user_id AS id, count(*)::int AS times FROM alert_receivers r JOIN notifications n ON n.user_id = r.person_id
      AND n.template IN ('emergency-alert', 'breach-notice') AND n.created_at >= (SELECT created_at FROM alerts WHERE id = ${id}::uuid)
    WHERE r.alert_id = ${id}::uuid GROUP BY n.user_id`);
const progress = async (id: string) => (await clinic.get(`/admin/alerts/${id}`, admin)).body;
/** Registered at the desk: without an account. */
const registered = async (firstName: string, lastName: string) => {
  const body = { firstName, lastName, channel: 'phone', dateOfBirth: '2018-05-06', acknowledgeDuplicates: true };
  return (await clinic.post('/patients', clinic.staff.token, body)).body.id as string;
};
const bookFor = async (patientId: string, startTime: string, doctorId = clinic.doctor.id) =>
  expect((await clinic.book(clinic.staff.token, startTime, { patientId, doctorId })).status).toBe(201);
beforeAll(async () => {
  clinic = await startClinic();
});
beforeEach(async () => {
  clinic.portal.clock.advance(60);
  admin = await clinic.portal.signIn(clinic.admin.email);
});
afterAll(() => clinic.portal.close());

describe('whom an alert reaches', () => {
  let child: string;
  let lone: string;
  beforeAll(async () => {
    expect((await clinic.book(clinic.maria.token, '10:00')).status).toBe(201);
    expect((await clinic.book(clinic.maria.token, '12:00')).status).toBe(201);
    expect((await clinic.book(clinic.paul.token, '11:00', { doctorId: clinic.otherDoctor.id })).status).toBe(201);
    child = await registered('Tim', 'Silva');
    lone = await registered('Otto', 'Brandt');
    const proxy = { personId: clinic.maria.id, ground: 'parent', proof: 'Birth certificate seen' };
    expect((await clinic.post(`/patients/${child}/proxies`, clinic.staff.token, proxy)).status).toBe(201);
    await bookFor(child, '13:00');
    await bookFor(lone, '14:00');
    await clinic.runJobs();
  });

  test('patients with an appointment in that time, and who acts for them; a dry run counts and sends nothing', async () => {
    const count = async (appointments: object) => (await alert({ text: TEXT, appointments }, '?dryRun=true')).body;
    expect(await count(DAY)).toMatchObject({ id: null, persons: 3, email: 2, sms: 0, portalOnly: 0, unreachable: 1 });
    expect(await count({ ...DAY, doctorIds: [clinic.otherDoctor.id] })).toMatchObject({ persons: 1, unreachable: 0 });
    expect(await count({ ...DAY, from: `${TUESDAY}T12:30:00Z` })).toMatchObject({
      persons: 2,
      email: 1,
      unreachable: 1,
    });
    expect(await count({ ...DAY, until: `${TUESDAY}T10:00:00Z` })).toMatchObject({ persons: 0 });
    expect(await rows(sql`SELECT 1 FROM alerts`)).toEqual([]);
  });

  test('each person once, however often they are concerned; the clinic sees who has to be called', async () => {
    const { status, body } = await alert({ text: TEXT, appointments: DAY });
    expect([status, body]).toMatchObject([202, { persons: 3, unreachable: 1 }]);
    expect(await progress(body.id)).toMatchObject({
      told: 0,
      pending: 2,
      unreachable: 1,
      finishedAt: null,
      toCall: [lone],
    });
    await clinic.runJobs();
    expect(await progress(body.id)).toMatchObject({ kind: 'emergency', told: 2, pending: 0, toCall: [lone] });
    expect((await progress(body.id)).finishedAt).not.toBeNull();
    expect((await toldBy(body.id)).map(({ times }) => times)).toEqual([1, 1]);
    const mails = await clinic.portal.mails(clinic.maria.email);
    expect(mails.filter(({ template }) => template === 'emergency-alert')).toHaveLength(1);
    expect(mails.find(({ template }) => template === 'emergency-alert')?.text).toContain(TEXT);
    expect((await progress(body.id)).deliveries).toContainEqual({ channel: 'email', state: 'sent', count: 2 });
    const [inbox] = (await clinic.get('/notifications?category=alert', clinic.maria.token)).body.data;
    expect(inbox).toMatchObject({ template: 'emergency-alert', text: TEXT });
  });

  test('a parent of one child is told for whom it is; for an account that is merged, the survivor is told', async () => {
    const { body } = await alert({ text: TEXT, personIds: [child] });
    await clinic.runJobs();
    const mail = (await clinic.portal.mails(clinic.maria.email)).find(({ subject }) =>
      subject.startsWith('Copy: Urgent'),
    );
    expect(mail?.text).toContain('Tim Silva');
    expect(await progress(body.id)).toMatchObject({ told: 1, unreachable: 0 });
  });

  test('nobody is refused, and so are ids that nobody has', async () => {
    const future = { from: '2031-01-01T00:00:00Z', until: '2031-01-02T00:00:00Z' };
    for (const audience of [{ appointments: future }, { personIds: ['0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f'] }]) {
      expect(await alert({ text: TEXT, ...audience })).toMatchObject({
        status: 422,
        body: { code: 'nobody_affected' },
      });
    }
  });

  test('an objection and the choice of no messages do not keep it back', async () => {
    const { token, id, email } = await clinic.person('patient', 'objector');
    await clinic.post(`/users/${id}/processing-limits`, token, { kind: 'objection', ground: 'own_situation' });
    await alert({ text: TEXT, personIds: [id] });
    await clinic.runJobs();
    expect((await clinic.portal.mails(email)).map(({ template }) => template)).toContain('emergency-alert');
  });

  test('GDPR Art. 34: a notice of a breach says all four things, by mail and in the portal', async () => {
    const { status, body } = await alert({ breach: NOTICE, personIds: [clinic.paul.id] });
    expect(status).toBe(202);
    await clinic.runJobs();
    const mail = (await clinic.portal.mails(clinic.paul.email)).find(({ template }) => template === 'breach-notice');
    const [inbox] = (await clinic.get('/notifications?category=alert', clinic.paul.token)).body.data;
    for (const part of Object.values(NOTICE)) {
      expect(mail?.text).toContain(part);
      expect(inbox.text).toContain(part);
    }
    expect(await progress(body.id)).toMatchObject({ kind: 'breach', told: 1 });
  });
});

describe('a proven phone', () => {
  test('is told by text message, before the mail', async () => {
    const lena = await clinic.person('patient', 'lena');
    const { deps } = clinic.portal;
    const [dataKey] = await deps.database.load(deps.loads.identity.dataKey(lena.id as never));
    if (dataKey === undefined) throw new Error('no data key');
    const phone = sealingRow(deps.cipher, dataKey, 'mfa_enrolments', lena.id).text('phone', '+4915112345678');
    await rows(
      sql`INSERT INTO mfa_enrolments (user_id, phone, phone_verified_at) VALUES (${lena.id}::uuid, ${phone}::bytea, now())`,
    );
    expect((await alert({ text: TEXT, personIds: [lena.id] }, '?dryRun=true')).body).toMatchObject({
      sms: 1,
      email: 1,
    });
    const { body } = await alert({ text: TEXT, personIds: [lena.id] });
    await clinic.portal.platform.jobs.runDue();
    expect(await clinic.portal.mails('+4915112345678')).toMatchObject([{ text: `Urgent: ${TEXT}` }]);
    const [first] = await rows(
      sql`SELECT topic FROM outbox WHERE topic LIKE 'delivery.%' AND payload->>'deliveryId' IN (SELECT d.id::text FROM deliveries d
          JOIN alert_receivers r ON r.notification_id = d.notification_id WHERE r.alert_id = ${body.id}::uuid) ORDER BY priority LIMIT 1`,
    );
    expect(first).toEqual({ topic: 'delivery.sms' });
    // Other messages do not use the number of the second factor.
    const message = await clinic.post('/notifications', clinic.staff.token, { userId: lena.id, template: 'call_us' });
    expect(message.body.channels[1]).toMatchObject({ channel: 'sms', reason: 'not_chosen' });
  });
});

describe('portions', () => {
  let made = 0;
  const send = async (count: number) => {
    const ids: string[] = [];
    for (let n = 0; n < count; n++) ids.push((await clinic.portal.person('patient', `p${++made}`)).id);
    const { status, body } = await alert({ text: TEXT, personIds: ids });
    expect(status, JSON.stringify(body)).toBe(202);
    return { id: body.id as string, ids };
  };
  const portion = (alertId: string) =>
    continueAlert(clinic.portal.deps, systemContext(clinic.portal.deps), { alertId });

  test('a portion that crashed is told again whole, and one that was committed is not', async () => {
    const { id } = await send(TOLD_AT_ONCE + 10);
    const { database } = clinic.portal.deps;
    const broken = {
      ...clinic.portal.deps,
      database: {
        ...database,
        load: database.load.bind(database),
        commit: () => Promise.reject(new Error('the process died')),
      },
    };
    await expect(continueAlert(broken as never, systemContext(clinic.portal.deps), { alertId: id })).rejects.toThrow(
      'died',
    );
    expect(await progress(id)).toMatchObject({ told: 0, pending: TOLD_AT_ONCE + 10 });
    await portion(id);
    // The process ends before its job is finished, so the job runs once more.
    await portion(id);
    await portion(id);
    expect(await progress(id)).toMatchObject({ told: TOLD_AT_ONCE + 10, pending: 0 });
    const told = await toldBy(id);
    expect(told).toHaveLength(TOLD_AT_ONCE + 10);
    expect(new Set(told.map(({ times }) => times))).toEqual(new Set([1]));
    await clinic.runJobs();
    expect(new Set((await toldBy(id)).map(({ times }) => times))).toEqual(new Set([1]));
  });

  test('R48 five jobs at the same time tell each person once', async () => {
    const { id } = await send(2 * TOLD_AT_ONCE);
    await Promise.all(Array.from({ length: 5 }, () => portion(id)));
    await clinic.runJobs();
    const told = await toldBy(id);
    expect(told).toHaveLength(2 * TOLD_AT_ONCE);
    expect(new Set(told.map(({ times }) => times))).toEqual(new Set([1]));
    // A full last portion does not tell that it is the last: the one after it finds nobody, and ends the alert.
    expect((await progress(id)).finishedAt).not.toBeNull();
    expect(await rows(sql`SELECT 1 FROM data_keys WHERE owner_id = ${id}::uuid`)).toEqual([]);
  });

  test('an unknown alert and one that is over are no work', async () => {
    expect(await portion('0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f')).toBeUndefined();
    expect(await portion('x')).toBeUndefined();
  });
});

describe('who may send one', () => {
  test('administrators alone, with a recent proof; a dry run needs none', async () => {
    const body = { text: TEXT, personIds: [clinic.paul.id] };
    for (const { token } of [clinic.staff, clinic.doctor, clinic.maria])
      expect((await clinic.post('/admin/alerts', token, body)).status).toBe(403);
    clinic.portal.clock.advance(400);
    expect(await alert(body)).toMatchObject({ status: 403, body: { code: 'step_up_required' } });
    expect((await alert(body, '?dryRun=true')).status).toBe(200);
    expect((await clinic.get('/admin/alerts/0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f', admin)).status).toBe(404);
  });

  test('R31 a repeated request makes one alert', async () => {
    const key = { 'Idempotency-Key': 'an-alert-that-is-repeated' };
    const send = () => alert({ text: TEXT, personIds: [clinic.paul.id] }, '', key);
    const answers = await Promise.all([send(), send(), send()]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  });

  test('R46 the event names who sent it and how many, and not what it says, which is stored encrypted', async () => {
    const { body } = await alert({ text: 'a secret of the house', personIds: [clinic.paul.id] });
    const stored = await rows(
      sql`SELECT encode(a.words, 'escape') AS words, e.actor_id, e.details::text AS details FROM alerts a
          JOIN audit_events e ON e.resource_id = a.id::text AND e.event_type = 'alert.created' WHERE a.id = ${body.id}::uuid`,
    );
    expect(stored).toMatchObject([{ actor_id: clinic.admin.id, details: expect.stringContaining('"persons"') }]);
    expect(JSON.stringify(stored)).not.toContain('secret of the house');
  });

  test('what is wrong is told by field', async () => {
    const refused = async (body: object) => {
      const answer = await alert(body);
      expect(answer.status, JSON.stringify(body)).toBe(422);
      return answer.body.errors.map(({ pointer }: { pointer: string }) => pointer);
    };
    const personIds = [clinic.paul.id];
    expect(await refused({})).toEqual(['/text', '/appointments']);
    expect(await refused({ text: TEXT, breach: NOTICE, personIds })).toEqual(['/breach']);
    expect(await refused({ text: TEXT, personIds, appointments: DAY })).toEqual(['/personIds']);
    expect(await refused({ text: TEXT, appointments: { ...DAY, until: DAY.from } })).toEqual(['/appointments/until']);
    expect(await refused({ text: '<b>closed</b>', personIds })).toEqual(['/text']);
    expect(await refused({ text: 'x'.repeat(501), personIds })).toEqual(['/text']);
    expect(await refused({ breach: { ...NOTICE, contact: '\u202Eevil' }, personIds })).toEqual(['/breach/contact']);
    expect(await refused({ text: TEXT, personIds: [] })).toEqual(['/personIds']);
  });
});
