/** Patients are found by name, birth date and phone, which the database does not hold in the clear. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { raw, sql } from '../../../adapters/postgres/driver/sql.ts';
import { toHex, utf8 } from '../../../domain/shared/bytes.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import { indexPeople } from '../../../src/app/identity/patient-search.ts';
import { type Clinic, type Person, startClinic } from '../scheduling/clinic.ts';

let clinic: Clinic;
let zoe: Person;

beforeAll(async () => {
  clinic = await startClinic();
  zoe = await clinic.person('patient', 'zoe');
  await rename(zoe, {
    firstName: 'Zoë-Lou',
    lastName: 'Plüschke',
    dateOfBirth: '1984-05-17',
    phoneNumber: '+4930901820',
  });
});
afterAll(() => clinic.portal.close());

async function rename(person: Person, fields: Record<string, unknown>): Promise<void> {
  const path = `/users/${person.id}/profile`;
  const { version } = (await clinic.get(path, person.token)).body;
  expect((await clinic.put(path, person.token, fields, version)).status).toBe(200);
}

async function search(parameters: string, token = clinic.staff.token) {
  const { status, body } = await clinic.get(`/patients?${parameters}`, token);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

const found = async (parameters: string, token?: string): Promise<string[]> =>
  (await search(parameters, token)).data.map(({ id }: { id: string }) => id);

/** How many persons the portal has not indexed yet. */
async function pending(): Promise<number> {
  const [rows] = await clinic.portal.driver.run([sql`SELECT count(*) AS n FROM person_search_pending`], 'snapshot');
  return Number(rows?.[0]?.n);
}

describe('the patient search', () => {
  test('finds by the beginnings of names, by birth date and by phone, and shows whom to book for', async () => {
    const { data } = await search('q=plu%20zoe');
    expect(data).toMatchObject([
      {
        id: zoe.id,
        firstName: 'Zoë-Lou',
        lastName: 'Plüschke',
        dateOfBirth: '1984-05-17',
        phoneNumber: '+4930901820',
        email: zoe.email,
        hasAccount: true,
        nextAppointment: null,
        _links: { book: { method: 'POST' } },
      },
    ]);
    for (const parameters of [
      'q=PLUESCHKE',
      'q=zoelou',
      'dateOfBirth=1984-05-17',
      'phone=030%20901820',
      'q=plüschke&match=exact',
    ]) {
      expect([parameters, await found(parameters)]).toEqual([parameters, [zoe.id]]);
    }
    for (const parameters of ['q=plu&match=exact', 'q=plu&dateOfBirth=1984-05-18', 'q=plu&phone=%2B48901820']) {
      expect([parameters, await found(parameters)]).toEqual([parameters, []]);
    }
  });

  test('names the next appointment', async () => {
    const booked = await clinic.book(zoe.token, '11:00');
    expect((await search('q=plu')).data[0].nextAppointment).toMatchObject({
      id: booked.body.id,
      start: '2026-03-03T11:00:00Z',
      doctorId: clinic.doctor.id,
    });
  });

  test('refuses a search that nothing can be looked up for', async () => {
    const refused = (parameter: string) => ({ status: 422, body: { errors: [{ parameter, code: 'too_short' }] } });
    expect(await clinic.get('/patients', clinic.staff.token)).toMatchObject(refused('q'));
    expect(await clinic.get('/patients?q=a', clinic.staff.token)).toMatchObject(refused('q'));
    expect(await clinic.get('/patients?phone=12345', clinic.staff.token)).toMatchObject(refused('phone'));
  });

  test('R28: a doctor finds own patients only, a patient nobody, and nobody finds staff or restricted patients', async () => {
    expect(await found('q=plu', clinic.doctor.token)).toEqual([zoe.id]);
    expect(await found('q=plu', clinic.otherDoctor.token)).toEqual([]);
    expect((await clinic.get('/patients?q=plu', zoe.token)).status).toBe(403);
    expect(await found('q=example&limit=100')).not.toContain(clinic.staff.id);
    const quiet = await clinic.person('patient', 'quiet');
    await rename(quiet, { lastName: 'Leisetreter' });
    expect(await found('q=leise')).toEqual([quiet.id]);
    const limit = { kind: 'restriction', ground: 'accuracy_contested' };
    expect((await clinic.post(`/users/${quiet.id}/processing-limits`, clinic.admin.token, limit)).status).toBe(201);
    expect(await found('q=leise')).toEqual([]);
  });

  test('a second page continues after the first', async () => {
    for (const name of ['ada', 'ben', 'cleo']) await clinic.person('patient', name);
    const all = await found('q=example&limit=100');
    expect(all.length).toBeGreaterThanOrEqual(3);
    const pages: string[] = [];
    let next = 'q=example&limit=2';
    for (;;) {
      const body = await search(next);
      pages.push(...body.data.map(({ id }: { id: string }) => id));
      if (body.page.nextCursor === null) break;
      next = body._links.next.href.split('?')[1];
    }
    expect(pages).toEqual(all);
  });

  test('R46: each who is shown is told that they were found', async () => {
    const events = async () => {
      const { data } = (await clinic.get('/audit/me?limit=100', zoe.token)).body;
      return data.filter(({ what }: { what: string }) => what.startsWith('You were found by staff Example')).length;
    };
    const before = await events();
    await search('q=plu');
    await search('q=somebody');
    expect(await events()).toBe(before + 1);
  });

  test('R55: a name, birth date or phone is in no table, neither as text nor as bytes', async () => {
    const { driver } = clinic.portal;
    const [tables = []] = await driver.run(
      [
        sql`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
      ],
      'snapshot',
    );
    expect(tables.map(({ name }) => name)).toContain('person_search');
    const planted = ['plüschke', 'pluschke', 'plueschke', 'zoelou', '1984-05-17', '4930901820', '901820'];
    const traces = planted.flatMap((text) => [text, toHex(utf8(text))]);
    for (const { name } of tables) {
      const [rows = []] = await driver.run(
        [sql`SELECT lower(t::text) AS line FROM ${raw(name as string)} t`],
        'snapshot',
      );
      const held = traces.filter((trace) => rows.some(({ line }) => (line as string).includes(trace)));
      expect([name, held]).toEqual([name, []]);
    }
  });
});

describe('keeping what people are found by', () => {
  test('each way to store a person leaves nobody to be indexed, and a former name finds nobody', async () => {
    expect(await pending()).toBe(0);
    const invited = { email: 'ivo@example.org', role: 'patient', firstName: 'Ivo', lastName: 'Quastenflosser' };
    expect((await clinic.post('/users', clinic.admin.token, invited)).status).toBe(201);
    expect(await found('q=quasten')).toHaveLength(1);
    const registered = { firstName: 'Nils', lastName: 'Sumpfdotter', channel: 'phone' };
    expect((await clinic.post('/patients', clinic.staff.token, registered)).status).toBe(201);
    expect((await search('q=sumpf')).data).toMatchObject([{ email: null, hasAccount: false }]);
    await rename(zoe, { lastName: 'Wirbelwind' });
    expect([await found('q=plu'), await found('q=wirbel')]).toEqual([[], [zoe.id]]);
    await rename(zoe, { lastName: 'Plüschke' });
    expect(await pending()).toBe(0);
  });

  test('people whom the version before has stored or changed are indexed by the regular work', async () => {
    const { driver, deps } = clinic.portal;
    await driver.run(
      [
        sql`DELETE FROM person_search`,
        sql`INSERT INTO person_search_pending SELECT id FROM users WHERE deleted_at IS NULL ON CONFLICT DO NOTHING`,
      ],
      'write',
    );
    expect(await found('q=plu')).toEqual([]);
    await indexPeople(deps, systemContext(deps));
    expect(await found('q=plu')).toEqual([zoe.id]);
    expect(await pending()).toBe(0);
    // The version before seals a name and stores no hash.
    await driver.run([sql`UPDATE users SET phone_number = NULL WHERE id = ${zoe.id}::uuid`], 'write');
    expect(await pending()).toBe(1);
    expect(await found('phone=030901820')).toEqual([]);
    await indexPeople(deps, systemContext(deps));
    expect(await pending()).toBe(0);
  });

  test('R55: nothing is left by which an erased person could be found', async () => {
    const gone = await clinic.person('patient', 'gone');
    await rename(gone, { lastName: 'Vergissmeinnicht' });
    expect(await found('q=vergiss')).toEqual([gone.id]);
    expect((await clinic.delete(`/users/${gone.id}`, clinic.admin.token)).status).toBe(204);
    const [rows] = await clinic.portal.driver.run(
      [
        sql`SELECT 1 FROM person_search WHERE user_id = ${gone.id}::uuid
        UNION ALL SELECT 1 FROM person_search_pending WHERE user_id = ${gone.id}::uuid`,
      ],
      'snapshot',
    );
    expect(rows).toEqual([]);
  });
});
