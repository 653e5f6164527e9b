/** One damaged value costs that value: everything around it goes on, and it is reported once (R78). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { raw, type Sql, sql } from '../../../adapters/postgres/driver/sql.ts';
import { PASSWORD } from '../../support/portal.ts';
import { unzip } from '../../support/unzip.ts';
import { type Clinic, type Person, startClinic, TUESDAY } from '../scheduling/clinic.ts';

let clinic: Clinic;
const run = async (statement: Sql) => (await clinic.portal.driver.run([statement], 'write'))[0] ?? [];
const flip = (column: string) => `set_byte(${column}, 20, get_byte(${column}, 20) # 1)`;
const damaged = (table: string, column: string) =>
  run(sql`SELECT kind FROM damaged_records WHERE table_name = ${table} AND column_name = ${column}`);

async function events() {
  const { body } = await clinic.get('/audit/events?type=record.damaged&limit=100', clinic.admin.token);
  return body.data as { severity: string; details: { table: string; column: string; kind: string } }[];
}

beforeAll(async () => {
  clinic = await startClinic();
  await clinic.hours(clinic.doctor.id);
});
afterAll(() => clinic.portal.close());

describe('R78 one damaged field', () => {
  test('of an appointment is null and is named; lists, calendars, moving and closing still work', async () => {
    const { maria, doctor } = clinic;
    const first = await clinic.book(maria.token, '09:00', { reason: 'the first', symptoms: 'cough' });
    const second = await clinic.book(maria.token, '10:00', { reason: 'the second' });
    expect([first.status, second.status]).toEqual([201, 201]);
    await run(
      sql`UPDATE appointments SET reason = set_byte(reason, 20, get_byte(reason, 20) # 1) WHERE id = ${first.body.id}::uuid`,
    );

    const list = await clinic.get('/appointments/my', maria.token);
    expect(list.status).toBe(200);
    expect(list.body.data).toMatchObject([
      { id: first.body.id, reason: null, symptoms: 'cough', damaged: ['reason'] },
      { id: second.body.id, reason: 'the second' },
    ]);
    expect(list.body.data[1].damaged).toBeUndefined();
    for (const path of ['/appointments/my', `/appointments/${first.body.id}`, `/appointments/${first.body.id}.ics`])
      expect((await clinic.get(path, doctor.token)).status, path).toBe(200);

    // Whatever else is changed, the stored value stays: it may be repaired.
    const [before] = await run(sql`SELECT reason FROM appointments WHERE id = ${first.body.id}::uuid`);
    const moved = await clinic.post(`/appointments/${first.body.id}/reschedule`, maria.token, {
      appointmentDate: TUESDAY,
      startTime: '11:00',
    });
    expect(moved.status).toBe(200);
    const [after] = await run(sql`SELECT reason FROM appointments WHERE id = ${first.body.id}::uuid`);
    expect(after).toEqual(before);
  });

  test('of a message costs its text in the copy of one’s data', async () => {
    const { portal, maria } = clinic;
    const variables = 'set_byte(variables, 20, get_byte(variables, 20) # 1)';
    await run(sql`UPDATE notifications SET variables = ${raw(variables)} WHERE user_id = ${maria.id}::uuid
      AND template = 'appointment-confirmation'`);
    const { body } = await clinic.post('/privacy/exports', maria.token);
    await clinic.runJobs();
    const request = new Request(`https://portal.example/api/v1/privacy/exports/${body.id}/download`, {
      headers: { Authorization: `Bearer ${maria.token}` },
    });
    const files = unzip(new Uint8Array(await (await portal.fetch(request)).arrayBuffer()));
    const { messages } = JSON.parse(new TextDecoder().decode(files.get('personal-data.json')));
    expect(messages).toContainEqual(
      expect.objectContaining({ template: 'appointment-confirmation', subject: null, text: '\uFFFD' }),
    );
    expect(messages).toContainEqual(
      expect.objectContaining({ template: 'appointment-rescheduled', text: expect.stringContaining('doctor Example') }),
    );
  });

  test('is reported once, as an event of high severity, however often it is read', async () => {
    const found = (await events()).filter(({ details }) => details.column === 'reason');
    expect(found).toMatchObject([
      { severity: 'high', details: { table: 'appointments', column: 'reason', kind: 'altered' } },
    ]);
    expect(await damaged('appointments', 'reason')).toHaveLength(1);
  });

  test('R77 a value that was copied from another row of the same person is detected', async () => {
    const { paul } = clinic;
    const one = await clinic.book(paul.token, '12:00', { reason: 'mine' });
    const other = await clinic.book(paul.token, '13:00', { reason: 'also mine' });
    await run(sql`UPDATE appointments SET reason = (SELECT reason FROM appointments WHERE id = ${one.body.id}::uuid)
      WHERE id = ${other.body.id}::uuid`);
    const { body } = await clinic.get(`/appointments/${other.body.id}`, paul.token);
    expect(body).toMatchObject({ reason: null, damaged: ['reason'] });
  });

  test.each(['first_name', 'last_name', 'email', 'language', 'date_of_birth'])(
    'of an account (%s) stops neither its sign-in nor a list of accounts',
    async (column) => {
      const { id, email } = await clinic.portal.person('patient', `damaged-${column.replace('_', '-')}`);
      await breakColumn(id, column);
      const token = await clinic.portal.signIn(email);
      const profile = await clinic.get(`/users/${id}/profile`, token);
      expect(profile.status).toBe(200);
      const field = column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
      expect(profile.body.damaged).toEqual([field]);
      expect([null, '\uFFFD']).toContain(profile.body[field]);
      const users = await clinic.get('/users?limit=100', clinic.admin.token);
      expect(users.status).toBe(200);
      expect(users.body.data.find((user: { id: string }) => user.id === id)).toMatchObject({ id });
      expect((await clinic.get('/audit/events?limit=100', clinic.admin.token)).status).toBe(200);
      expect((await clinic.get('/audit/me', token)).status).toBe(200);
    },
  );

  test('R77 NULL instead of a name counts as damaged', async () => {
    const { id, email } = await clinic.portal.person('patient', 'nameless');
    await run(sql`UPDATE users SET first_name = NULL WHERE id = ${id}::uuid`);
    const profile = await clinic.get(`/users/${id}/profile`, await clinic.portal.signIn(email));
    expect(profile.body).toMatchObject({ firstName: '\uFFFD', damaged: ['firstName'] });
    expect((await events()).some(({ details }) => details.kind === 'missing')).toBe(true);
  });

  test('is repaired by setting it again, and stays as it is in any other change', async () => {
    const { id, email } = await clinic.portal.person('patient', 'repairs');
    await breakColumn(id, 'first_name');
    const token = await clinic.portal.signIn(email);
    const { body: read } = await clinic.get(`/users/${id}/profile`, token);
    const [before] = await run(sql`SELECT first_name FROM users WHERE id = ${id}::uuid`);
    const other = await clinic.put(`/users/${id}/profile`, token, { bio: 'new' }, read.version);
    expect(other.status).toBe(200);
    expect(await run(sql`SELECT first_name FROM users WHERE id = ${id}::uuid`)).toEqual([before]);
    const repaired = await clinic.put(`/users/${id}/profile`, token, { firstName: 'Again' }, read.version + 1);
    expect(repaired.status).toBe(200);
    const { body } = await clinic.get(`/users/${id}/profile`, token);
    expect(body).toMatchObject({ firstName: 'Again', bio: 'new' });
    expect(body.damaged).toBeUndefined();
  });

  test('of a device, a key or a session is U+FFFD in its list', async () => {
    const person = await clinic.person('patient', 'lister');
    await clinic.post('/api-keys', person.token, {
      name: 'script',
      scopes: ['read:own_appointments'],
      password: PASSWORD,
    });
    await run(
      sql`UPDATE sessions SET device_name = set_byte(device_name, 20, get_byte(device_name, 20) # 1) WHERE user_id = ${person.id}::uuid`,
    );
    const sessions = await clinic.get('/auth/sessions', person.token);
    expect(sessions.body.data).toMatchObject([{ deviceName: '\uFFFD' }]);
    expect((await clinic.get('/api-keys', person.token)).status).toBe(200);
  });

  test('of a message prevents that message alone: the others are delivered', async () => {
    const person = await clinic.person('patient', 'written-to');
    await clinic.book(person.token, '14:00');
    await run(sql`UPDATE notifications SET variables = set_byte(variables, 20, get_byte(variables, 20) # 1)
      WHERE user_id = ${person.id}::uuid AND template = 'appointment-booked'`);
    await clinic.runJobs();
    const states = await run(
      sql`SELECT template, status, last_error FROM notifications WHERE user_id = ${person.id}::uuid AND send_at <= ${new Date(clinic.portal.clock.now()).toISOString()}`,
    );
    expect(states.every(({ status }) => status === 'sent' || status === 'skipped')).toBe(true);
  });
});

describe('R78 a damaged data key', () => {
  let person: Person;
  beforeAll(async () => {
    person = await clinic.person('patient', 'keyless');
    expect((await clinic.book(person.token, '15:00', { reason: 'sealed' })).status).toBe(201);
    await run(
      sql`UPDATE data_keys SET wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1) WHERE owner_id = ${person.id}::uuid`,
    );
  });

  test('affects the encrypted fields of that person alone: sign-in, lists and the doctor’s day still work', async () => {
    const token = await clinic.portal.signIn(person.email);
    const list = await clinic.get('/appointments/my', token);
    expect(list.body.data).toMatchObject([{ reason: null, damaged: ['reason'] }]);
    expect((await clinic.get(`/users/${person.id}/profile`, token)).body.damaged).toContain('firstName');
    for (const path of ['/users?limit=100', '/audit/events?limit=100'])
      expect((await clinic.get(path, clinic.admin.token)).status, path).toBe(200);
    expect((await clinic.get('/appointments/my', clinic.doctor.token)).status).toBe(200);
    const found = (await events()).filter(({ details }) => details.kind === 'key');
    expect(found).toMatchObject([{ details: { table: 'data_keys', column: 'wrapped' } }]);
  });

  test.each([
    ['empty', `wrapped = ''`],
    ['cut off', 'wrapped = substring(wrapped from 1 for 20)'],
    ['too long', 'wrapped = wrapped || wrapped'],
    ['wrapped by a key that the ring lacks', `ring_key_id = 'gone'`],
    ['another person’s', 'wrapped = (SELECT wrapped FROM data_keys o WHERE o.owner_id <> k.owner_id LIMIT 1)'],
  ])('that is %s marks that person in lists, which show the others as before', async (name, change) => {
    const one = await clinic.portal.person('patient', `key-${name.replace(/[^a-z]/g, '-')}`);
    const others = async () =>
      (await clinic.get('/users?limit=100', clinic.admin.token)).body.data.filter(
        ({ id }: { id: string }) => id !== one.id,
      );
    const before = await others();
    await run(sql`UPDATE data_keys k SET ${raw(change)} WHERE k.owner_id = ${one.id}::uuid`);
    expect(await others()).toEqual(before);
    const { body } = await clinic.get('/users?limit=100', clinic.admin.token);
    const shown = body.data.find(({ id }: { id: string }) => id === one.id);
    expect(shown).toMatchObject({ firstName: '\uFFFD', damaged: expect.arrayContaining(['firstName', 'lastName']) });
    for (const path of ['/patients?limit=50', '/audit/events?limit=100', '/waitlist', '/appointments?limit=100'])
      expect([path, (await clinic.get(path, clinic.admin.token)).status]).not.toEqual([path, 500]);
    expect(await run(sql`SELECT kind FROM damaged_records WHERE row_id = ${one.id}`)).toEqual([{ kind: 'key' }]);
  });

  test('is reported when a value has to be encrypted with it', async () => {
    const token = await clinic.portal.signIn(person.email);
    const refused = await clinic.book(token, '16:00', { reason: 'new words' });
    expect(refused.status).toBe(503);
    expect((await clinic.book(clinic.maria.token, '16:00')).status).toBe(201);
  });
});

async function breakColumn(id: string, column: string): Promise<void> {
  const name = raw(column);
  await run(sql`UPDATE users SET ${name} = ${raw(flip(column))} WHERE id = ${id}::uuid`);
}
