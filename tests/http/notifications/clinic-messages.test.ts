/** What somebody of the clinic writes to one person. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Clinic, startClinic } from '../scheduling/clinic.ts';

let clinic: Clinic;
/** A child without an account, for whom Maria acts. */
let child: string;
const SAID = { subject: 'Your question', text: 'Take them with food.\n\nCall us if it hurts.' };
/** Each a second after the one before, so that the order of lists is certain. */
const write = (body: object, token = clinic.staff.token, headers?: Record<string, string>, path = '/notifications') => {
  clinic.portal.clock.advance(1);
  return clinic.post(path, token, { userId: clinic.maria.id, ...SAID, ...body }, headers);
};
const inbox = async (token: string) => (await clinic.get('/notifications', token)).body.data;
const sentTo = async (id: string, token = clinic.staff.token) =>
  (await clinic.get(`/notifications/user/${id}`, token)).body.data;
const count = async (userId: string) =>
  (
    await clinic.portal.driver.run(
      [sql`SELECT count(*)::int AS n FROM notifications WHERE user_id = ${userId}::uuid`],
      'read',
    )
  )[0]?.[0]?.n;

beforeAll(async () => {
  clinic = await startClinic();
  expect((await clinic.book(clinic.maria.token, '10:00')).status).toBe(201);
  const born = { firstName: 'Tim', lastName: 'Silva', channel: 'phone', dateOfBirth: '2018-05-06' };
  child = (await clinic.post('/patients', clinic.staff.token, born)).body.id;
  const proxy = { personId: clinic.maria.id, ground: 'parent', proof: 'Birth certificate seen' };
  expect((await clinic.post(`/patients/${child}/proxies`, clinic.staff.token, proxy)).status).toBe(201);
  await clinic.runJobs();
});
afterAll(() => clinic.portal.close());

describe('a message of the clinic', () => {
  test('is found in the portal and mailed whole; the answer says which channels it takes, and why not the others', async () => {
    const { status, body } = await write({});
    expect([status, body]).toMatchObject([
      201,
      {
        id: expect.any(String),
        userId: clinic.maria.id,
        listed: true,
        proxies: 0,
        channels: [
          { channel: 'email', taken: true, reason: null },
          { channel: 'sms', taken: false, reason: 'not_chosen' },
          { channel: 'push', taken: false, reason: 'no_address' },
        ],
      },
    ]);
    const mail = (await clinic.portal.mails(clinic.maria.email)).find(({ template }) => template === 'clinic-message');
    expect(mail?.subject).toBe(SAID.subject);
    expect(mail?.text).toContain('Take them with food.\n\nCall us if it hurts.');
    expect((await inbox(clinic.maria.token))[0]).toMatchObject({ id: body.id, title: SAID.subject, text: SAID.text });
  });

  test('takes no channel that was not asked for, at each path', async () => {
    for (const [path, channel] of [
      ['/notifications', 'sms'],
      ['/notifications/sms', undefined],
    ] as const) {
      const { body } = await write(channel === undefined ? {} : { channels: [channel] }, clinic.staff.token, {}, path);
      expect(body.channels.map(({ reason }: { reason: string }) => reason)).toEqual([
        'not_asked',
        'not_chosen',
        'not_asked',
      ]);
      const mails = (await clinic.portal.mails(clinic.maria.email)).length;
      await clinic.runJobs();
      expect((await clinic.portal.mails(clinic.maria.email)).length).toBe(mails);
      const [newest] = await sentTo(clinic.maria.id);
      expect(newest).toMatchObject({ id: body.id, status: 'skipped', listed: true });
      expect(newest.deliveries.map(({ reason }: { reason: string }) => reason)).toEqual([
        'not_asked',
        'not_asked',
        'not_chosen',
      ]);
    }
    expect((await write({}, clinic.staff.token, {}, '/notifications/email')).body.channels[0].taken).toBe(true);
    expect((await write({}, clinic.staff.token, {}, '/notifications/push')).body.channels[0].reason).toBe('not_asked');
  });

  test('a notice is told in the language of its reader', async () => {
    const options = { token: clinic.maria.token, body: { language: 'de' }, headers: { 'If-Match': '*' } };
    await clinic.portal.request('PUT', `/api/v1/users/${clinic.maria.id}`, options);
    expect((await write({ subject: undefined, text: undefined, template: 'documents_ready' })).status).toBe(201);
    const mails = await clinic.portal.mails(clinic.maria.email);
    expect(mails.find(({ template }) => template === 'clinic-notice')?.subject).toBe(
      'Unterlagen liegen für Sie bereit',
    );
  });

  test('a dry run answers the same and sends nothing', async () => {
    const before = await count(clinic.maria.id);
    const { status, body } = await write({}, clinic.staff.token, {}, '/notifications?dryRun=true');
    expect([status, body]).toMatchObject([200, { id: null, listed: true, channels: [{ taken: true }, {}, {}] }]);
    expect(await count(clinic.maria.id)).toBe(before);
  });

  test('who acts for a patient gets a copy, that says for whom it is', async () => {
    const { status, body } = await write({ userId: child });
    expect([status, body]).toMatchObject([201, { listed: false, channels: [], proxies: 1 }]);
    const mail = (await clinic.portal.mails(clinic.maria.email)).find(({ subject }) => subject.startsWith('Kopie'));
    expect(mail?.subject).toBe(`Kopie: ${SAID.subject}`);
    expect(mail?.text).toContain('Tim Silva');
    expect((await inbox(clinic.maria.token))[0]?.title).not.toContain('Tim');
  });

  test('is refused to whom nobody could read', async () => {
    const lone = { firstName: 'Otto', lastName: 'Brandt', channel: 'phone' };
    const { id } = (await clinic.post('/patients', clinic.staff.token, lone)).body;
    expect(await write({ userId: id })).toMatchObject({ status: 409, body: { code: 'no_account' } });
    expect((await write({ userId: '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f' })).status).toBe(404);
  });

  test('R31 a repeated request sends once, and five at the same time send one', async () => {
    const before = (await count(clinic.paul.id)) as number;
    const key = { 'Idempotency-Key': 'a-message-that-is-repeated' };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => write({ userId: clinic.paul.id }, clinic.staff.token, key)),
    );
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    expect(await count(clinic.paul.id)).toBe(before + 1);
    expect((await write({ userId: clinic.paul.id, text: 'other' }, clinic.staff.token, key)).status).toBe(422);
  });

  test('whoever objects to what is optional finds it in the portal, and is sent nothing', async () => {
    const { token, id } = await clinic.person('patient', 'objector');
    expect(
      (await clinic.post(`/users/${id}/processing-limits`, token, { kind: 'objection', ground: 'own_situation' }))
        .status,
    ).toBeLessThan(300);
    const { body } = await write({ userId: id });
    expect(body.channels.map(({ reason }: { reason: string }) => reason)).toEqual([
      'objection',
      'objection',
      'objection',
    ]);
    await clinic.runJobs();
    expect((await inbox(token))[0]).toMatchObject({ id: body.id });
    expect((await clinic.portal.mails('objector@example.org')).map(({ template }) => template)).not.toContain(
      'clinic-message',
    );
  });
});

describe('who may write, and what', () => {
  test('R28 doctors write to own patients; patients to nobody', async () => {
    expect((await write({}, clinic.doctor.token)).status).toBe(201);
    expect(await write({}, clinic.otherDoctor.token)).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect((await write({}, clinic.otherDoctor.token, {}, '/notifications?dryRun=true')).status).toBe(404);
    expect((await write({}, clinic.paul.token)).status).toBe(403);
    expect((await clinic.get(`/notifications/user/${clinic.maria.id}`, clinic.otherDoctor.token)).status).toBe(404);
    expect((await clinic.get(`/notifications/user/${clinic.maria.id}`, clinic.paul.token)).status).toBe(403);
  });

  test('headers, control and direction characters, HTML and long texts are refused by field', async () => {
    const refused = async (body: object) => {
      const answer = await write(body);
      expect(answer.status, JSON.stringify(body)).toBe(422);
      return answer.body.errors.map(({ pointer }: { pointer: string }) => pointer);
    };
    expect(await refused({ subject: 'Hello\r\nBcc: all@example.org' })).toEqual(['/subject']);
    expect(await refused({ subject: 'Hello\u0000' })).toEqual(['/subject']);
    expect(await refused({ text: 'from \u202Egpj.exe' })).toEqual(['/text']);
    expect(await refused({ text: '<img src=x onerror=alert(1)>' })).toEqual(['/text']);
    expect(await refused({ text: 'x'.repeat(2001) })).toEqual(['/text']);
    expect(await refused({ subject: 'x'.repeat(121) })).toEqual(['/subject']);
    expect(await refused({ subject: '', text: ' ' })).toEqual(['/subject', '/text']);
    expect(await refused({ template: 'call_us' })).toEqual(['/subject', '/text']);
    expect(await refused({ subject: undefined, text: undefined })).toEqual(['/subject', '/text']);
    expect(await refused({ channels: ['pigeon'] })).toEqual(['/channels/0']);
    expect(await refused({ channels: [] })).toEqual(['/channels']);
    expect(await refused({ from: 'boss@example.org' })).toEqual(['/from']);
    expect((await write({ text: 'if a < b then c > d; 3 <5' })).status).toBe(201);
  });

  test('60 an hour for each sender; a dry run does not count', async () => {
    const limited = await startClinic({ environment: { RATE_LIMIT_FACTOR: '0.2' } });
    const send = (path = '/notifications') =>
      limited.post(path, limited.staff.token, { userId: limited.maria.id, template: 'call_us' });
    const statuses: number[] = [];
    for (let n = 0; n < 13; n++) {
      expect((await send('/notifications?dryRun=true')).status).toBe(200);
      statuses.push((await send()).status);
    }
    expect(statuses).toEqual([...Array(12).fill(201), 429]);
    await limited.portal.close();
  });
});

describe('what is kept of it', () => {
  test('R46 the event names the sender and not the text, which is stored encrypted', async () => {
    const { body } = await write({ userId: clinic.paul.id, text: 'a secret of the two' }, clinic.admin.token);
    const history = (await clinic.get('/audit/me?limit=100', clinic.paul.token)).body.data;
    const event = history.find(({ eventType }: { eventType: string }) => eventType === 'message.sent');
    expect(event).toBeDefined();
    const [stored] = await clinic.portal.driver.run(
      [
        sql`SELECT encode(n.variables, 'escape') AS said, n.written_by, e.details::text AS details FROM notifications n
            JOIN audit_events e ON e.resource_id = n.id::text AND e.event_type = 'message.sent' WHERE n.id = ${body.id}::uuid`,
      ],
      'read',
    );
    expect(stored?.[0]).toMatchObject({ written_by: clinic.admin.id });
    expect(JSON.stringify([stored, history])).not.toContain('secret of the two');
  });

  test('the clinic sees what a patient was told of the record, page by page, and who wrote it', async () => {
    const all = await sentTo(clinic.maria.id, clinic.doctor.token);
    expect(all.map(({ template }: { template: string }) => template)).toEqual(
      expect.arrayContaining(['clinic-message', 'clinic-notice', 'appointment-confirmation', 'appointment-reminder']),
    );
    expect(all.map(({ category }: { category: string }) => category)).not.toContain('security');
    expect(all.find(({ template }: { template: string }) => template === 'clinic-notice')).toMatchObject({
      title: 'Unterlagen liegen für Sie bereit',
      writtenBy: clinic.staff.id,
    });
    expect(all.at(-1).writtenBy).toBeNull();
    const first = (await clinic.get(`/notifications/user/${clinic.maria.id}?limit=3`, clinic.staff.token)).body;
    const next = await clinic.portal.request('GET', first._links?.next?.href ?? first.page.next, {
      token: clinic.staff.token,
    });
    expect([...first.data, ...next.body.data].map(({ id }: { id: string }) => id)).toEqual(
      all.slice(0, 6).map(({ id }: { id: string }) => id),
    );
    const lena = await clinic.person('patient', 'lena');
    expect(await sentTo(lena.id)).toEqual([]);
  });

  test('R78 one that cannot be opened is listed without words', async () => {
    const { body } = await write({ userId: clinic.paul.id });
    await clinic.portal.driver.run(
      [
        sql`UPDATE notifications SET variables = set_byte(variables, 20, get_byte(variables, 20) # 1) WHERE id = ${body.id}::uuid`,
      ],
      'write',
    );
    expect((await sentTo(clinic.paul.id))[0]).toMatchObject({ id: body.id, title: null, text: null });
  });
});
