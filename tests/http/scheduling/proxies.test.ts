/** People who act for a patient. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { PASSWORD } from '../../support/portal.ts';
import { type Clinic, type Person, startClinic, TUESDAY, WEDNESDAY } from './clinic.ts';

let clinic: Clinic;
/** Maria's child, who has no account. */
let child: string;
let guardianship: string;

const register = async (firstName: string, dateOfBirth?: string) =>
  (await clinic.post('/patients', clinic.staff.token, { firstName, lastName: 'Silva', channel: 'phone', dateOfBirth }))
    .body.id as string;
const make = (patientId: string, person: Person, more: object = {}, token = clinic.staff.token) =>
  clinic.post(`/patients/${patientId}/proxies`, token, {
    personId: person.id,
    ground: 'parent',
    proof: 'Birth certificate seen',
    ...more,
  });

beforeAll(async () => {
  clinic = await startClinic();
  child = await register('Ana', '2018-05-06');
  const made = await make(child, clinic.maria);
  expect(made).toMatchObject({ status: 201, body: { state: 'in_force', proof: 'Birth certificate seen' } });
  guardianship = made.body.id;
});
afterAll(() => clinic.portal.close());

describe('a mother who acts for her child', () => {
  test('books, reads, moves and cancels; each step is recorded in the history of the child', async () => {
    const { maria, portal } = clinic;
    const mine = await clinic.get('/users/me/dependants', maria.token);
    expect(mine.body.data).toMatchObject([{ patientId: child, firstName: 'Ana', state: 'in_force', ground: 'parent' }]);
    expect(mine.body.data[0].proof).toBeUndefined();
    const booked = await clinic.book(maria.token, '09:00', { patientId: child, reason: 'a rash' });
    expect(booked).toMatchObject({ status: 201, body: { patientId: child } });
    const listed = await clinic.get(`/appointments/user/${child}`, maria.token);
    expect(listed.body.data).toMatchObject([{ id: booked.body.id, _links: { cancel: {}, reschedule: {} } }]);
    // Proxies see the times, and not what is said of the patient.
    expect(listed.body.data[0].reason).toBeUndefined();
    const moved = await clinic.post(`/appointments/${booked.body.id}/reschedule`, maria.token, {
      appointmentDate: WEDNESDAY,
      startTime: '09:30',
    });
    expect(moved).toMatchObject({ status: 200, body: { startTime: '09:30' } });
    expect((await clinic.post(`/appointments/${booked.body.id}/cancel`, maria.token, {})).status).toBe(200);
    const [events] = await portal.driver.run(
      [
        sql`SELECT event_type FROM audit_events WHERE stream = ${child} AND actor_id = ${maria.id}::uuid
            AND event_type LIKE 'appointment.%' ORDER BY sequence`,
      ],
      'snapshot',
    );
    expect(events?.map((event) => event.event_type)).toEqual([
      'appointment.booked',
      'appointment.listed',
      'appointment.rescheduled',
      'appointment.cancelled',
    ]);
  });

  test('is named in the steps, the history and the mails of the patient for whom the proxy acts', async () => {
    const { maria, portal, doctor } = clinic;
    const carer = await clinic.person('patient', 'carla');
    expect((await make(maria.id, carer, { ground: 'carer', proof: 'Letter seen' })).status).toBe(201);
    const { id } = (await clinic.book(carer.token, '16:00', { patientId: maria.id })).body;
    await clinic.runJobs();
    expect((await clinic.get(`/appointments/${id}`, carer.token)).status).toBe(200);
    expect(await clinic.post(`/appointments/${id}/cancel`, carer.token, {})).toMatchObject({
      status: 200,
      body: { cancellation: { by: carer.id, byKind: 'proxy' } },
    });
    await clinic.runJobs();
    const own = (await clinic.book(maria.token, '16:00')).body.id;
    await clinic.runJobs();

    const steps = async (of: string) =>
      (await clinic.get(`/appointments/${of}/steps`, doctor.token)).body.data.map(({ by }: { by: string }) => by);
    expect(await steps(id)).toEqual(['proxy', 'proxy']);
    expect(await steps(own)).toEqual(['patient']);

    const [names] = await portal.database.load(portal.deps.loads.privacy.names([carer.id as never]));
    const name = names.get(carer.id)?.name ?? 'unknown';
    const { data } = (await clinic.get('/audit/me?limit=100', maria.token)).body;
    const told = data.filter(
      ({ resourceId, who }: Record<string, string>) => resourceId === id && !who?.startsWith('doctor'),
    );
    expect(told.map(({ what, who }: { what: string; who: string }) => [what, who])).toEqual([
      [`Your appointment was cancelled by ${name}, for you.`, `${name}, for you`],
      [`Your appointment was seen by ${name}, for you.`, `${name}, for you`],
      [`Your appointment was booked by ${name}, for you.`, `${name}, for you`],
    ]);
    const [events] = await portal.driver.run(
      [
        sql`SELECT details ->> 'onBehalfOf' AS patient FROM audit_events WHERE resource_id = ${id}
            AND event_type IN ('appointment.booked', 'appointment.cancelled')`,
      ],
      'snapshot',
    );
    expect(events?.map(({ patient }) => patient)).toEqual([maria.id, maria.id]);

    const mails = await portal.mails(maria.email);
    const byCarer = mails
      .filter(({ text }) => text.includes(`${name} did this for you.`))
      .map(({ template }) => template);
    expect(byCarer.toSorted()).toEqual(['appointment-cancelled', 'appointment-confirmation']);
    const mine = mails.filter(({ template }) => template === 'appointment-confirmation');
    expect(mine).toHaveLength(2);
  });

  test('joins the waitlist and sees the entry', async () => {
    const { maria } = clinic;
    const wish = { type: 'consultation', from: TUESDAY, to: WEDNESDAY, patientId: child };
    expect((await clinic.post('/waitlist', maria.token, wish)).status).toBe(201);
    expect((await clinic.get(`/waitlist?patientId=${child}`, maria.token)).body.data).toHaveLength(1);
  });

  test('R26: sees nothing else of the record, and changes nothing else', async () => {
    const { maria, paul } = clinic;
    expect(await clinic.get(`/users/${child}/profile`, maria.token)).toMatchObject({ status: 404 });
    expect(await clinic.get(`/patients/${child}/proxies`, maria.token)).toMatchObject({ status: 404 });
    expect(await clinic.put(`/patients/${child}`, maria.token, { lastName: 'X' }, 1)).toMatchObject({ status: 403 });
    // Who is no proxy does not learn of the child.
    expect(await clinic.book(paul.token, '11:00', { patientId: child })).toMatchObject({ status: 404 });
    expect(await clinic.get(`/appointments/user/${child}`, paul.token)).toMatchObject({ status: 404 });
    expect(await clinic.get(`/waitlist?patientId=${child}`, paul.token)).toMatchObject({ status: 404 });
  });

  test('R28: a restriction of the child’s record keeps proxies out', async () => {
    const { admin, maria } = clinic;
    const limit = { kind: 'restriction', ground: 'accuracy_contested' };
    const set = await clinic.post(`/users/${child}/processing-limits`, admin.token, limit);
    expect(set.status).toBe(201);
    expect(await clinic.book(maria.token, '13:00', { patientId: child })).toMatchObject({ status: 404 });
    await clinic.delete(`/users/${child}/processing-limits/${set.body.id}`, admin.token);
    expect((await clinic.book(maria.token, '13:00', { patientId: child })).status).toBe(201);
  });
});

describe('the clinic makes a proxy with proof', () => {
  test('once for the same two people, and never for a patient of age or without birth date', async () => {
    expect(await make(child, clinic.maria)).toMatchObject({ status: 409, body: { code: 'proxy_exists' } });
    const grown = await register('Eva', '2000-01-01');
    expect(await make(grown, clinic.maria)).toMatchObject({ status: 422, body: { code: 'proxy_not_possible' } });
    expect((await make(grown, clinic.maria, { ground: 'guardian' })).status).toBe(201);
    expect(await make(await register('Leo'), clinic.maria)).toMatchObject({ body: { code: 'birth_date_required' } });
    expect(await make(grown, { ...clinic.maria, id: grown })).toMatchObject({ body: { code: 'proxy_not_possible' } });
    expect(await make(grown, clinic.doctor)).toMatchObject({ status: 422, body: { code: 'proxy_not_possible' } });
  });

  test('of several who make the same one at once, one succeeds', async () => {
    const other = await register('Mia', '2017-01-01');
    const made = await Promise.all(Array.from({ length: 4 }, () => make(other, clinic.maria)));
    expect(made.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    expect((await clinic.get(`/patients/${other}/proxies`, clinic.staff.token)).body.data).toHaveLength(1);
  });

  test('patients make none, and a doctor only for own patients', async () => {
    expect(await make(child, clinic.paul, {}, clinic.paul.token)).toMatchObject({ status: 403 });
    expect(await make(child, clinic.paul, {}, clinic.otherDoctor.token)).toMatchObject({ status: 404 });
  });

  test('a parent’s authority ends on the birthday of the age limit, also after the birth date is corrected', async () => {
    const { staff, maria } = clinic;
    const teen = await register('Tom', '2010-01-01');
    expect((await make(teen, maria)).body.endsAt).toBe('2028-01-01T00:00:00Z');
    expect((await clinic.put(`/patients/${teen}`, staff.token, { dateOfBirth: '2008-03-02' }, 1)).status).toBe(200);
    expect(await clinic.book(maria.token, '14:00', { patientId: teen })).toMatchObject({ status: 404 });
    expect((await clinic.get(`/patients/${teen}/proxies`, staff.token)).body.data).toEqual([]);
    // One that has ended does not stand in the way of another.
    expect((await make(teen, maria, { ground: 'carer' })).status).toBe(201);
  });

  test('an end date ends it', async () => {
    const { maria, portal } = clinic;
    const other = await register('Ida', '2015-01-01');
    const until = new Date(portal.clock.now() + 60_000).toISOString();
    expect((await make(other, maria, { until })).status).toBe(201);
    expect((await clinic.get(`/appointments/user/${other}`, maria.token)).status).toBe(200);
    portal.clock.advance(61);
    expect(await clinic.get(`/appointments/user/${other}`, maria.token)).toMatchObject({ status: 404 });
  });
});

describe('by consent of both', () => {
  const ask = (email: string) => clinic.post('/proxies', clinic.paul.token, { email, ground: 'carer' });

  test('R5: the answer and the list are the same whether or not the address has an account', async () => {
    const [known, unknown] = [await ask(clinic.maria.email), await ask('nobody@example.org')];
    const shape = ({ body }: { body: Record<string, unknown> }) => ({ ...body, id: '', email: '', _links: {} });
    expect(shape(known)).toEqual(shape(unknown));
    const listed = await clinic.get(`/patients/${clinic.paul.id}/proxies`, clinic.paul.token);
    expect(listed.body.data.map((x: { personId: unknown; firstName: unknown }) => [x.personId, x.firstName])).toEqual([
      [null, null],
      [null, null],
    ]);
    for (const { id } of listed.body.data) await clinic.delete(`/proxies/${id}`, clinic.paul.token);
  });

  test('who was asked accepts, acts, and either ends it; both are told', async () => {
    const { maria, paul, portal } = clinic;
    const asked = await ask(maria.email);
    const { id } = asked.body;
    expect(await clinic.book(maria.token, '15:00', { patientId: paul.id })).toMatchObject({ status: 404 });
    expect(await clinic.post(`/proxies/${id}/accept`, paul.token)).toMatchObject({ status: 404 });
    expect((await clinic.post(`/proxies/${id}/accept`, maria.token)).status).toBe(200);
    expect(await clinic.post(`/proxies/${id}/accept`, maria.token)).toMatchObject({ body: { code: 'proxy_closed' } });
    expect((await clinic.book(maria.token, '15:00', { patientId: paul.id })).status).toBe(201);
    const mine = await clinic.get(`/patients/${paul.id}/proxies`, paul.token);
    expect(mine.body.data).toMatchObject([{ personId: maria.id, firstName: 'maria', state: 'in_force' }]);
    expect((await clinic.delete(`/proxies/${id}`, paul.token)).status).toBe(204);
    expect(await clinic.delete(`/proxies/${id}`, paul.token)).toMatchObject({ body: { code: 'proxy_closed' } });
    expect(await clinic.get(`/appointments/user/${paul.id}`, maria.token)).toMatchObject({ status: 404 });
    const told = async (to: string) => (await portal.mails(to)).filter(({ template }) => template === 'proxy').length;
    expect([await told(maria.email), await told(paul.email)]).toEqual([expect.any(Number), 2]);
  });

  test('at most ten at once', async () => {
    const patient = await clinic.person('patient', 'popular');
    const asks = (n: number) => clinic.post('/proxies', patient.token, { email: `a${n}@example.org`, ground: 'carer' });
    for (let n = 0; n < 8; n++) expect((await asks(n)).status).toBe(201);
    // Of requests at once, no more are taken than there are places left.
    const rush = await Promise.all([8, 9, 11, 12, 13].map(asks));
    expect(rush.map(({ status }) => status).sort()).toEqual([201, 201, 409, 409, 409]);
    expect(await asks(10)).toMatchObject({ status: 409, body: { code: 'too_many_proxies', limit: 10 } });
  });
});

test('R26: nobody else ends it; the clinic does', async () => {
  expect(await clinic.delete(`/proxies/${guardianship}`, clinic.paul.token)).toMatchObject({ status: 404 });
  expect(await clinic.delete(`/proxies/${guardianship}`, clinic.otherDoctor.token)).toMatchObject({ status: 404 });
  expect((await clinic.delete(`/proxies/${guardianship}`, clinic.staff.token)).status).toBe(204);
  expect(await clinic.book(clinic.maria.token, '16:00', { patientId: child })).toMatchObject({ status: 404 });
});

test('R55: the account of the one who acts ends it', async () => {
  const gone = await clinic.person('patient', 'leaving');
  const other = await register('Kim', '2016-01-01');
  expect((await make(other, gone)).status).toBe(201);
  await clinic.post('/auth/step-up', gone.token, { password: PASSWORD });
  expect((await clinic.delete(`/users/${gone.id}`, gone.token)).status).toBe(204);
  const [left] = await clinic.portal.driver.run(
    [sql`SELECT 1 FROM proxies WHERE person_id = ${gone.id}::uuid AND revoked_at IS NULL`],
    'snapshot',
  );
  expect(left).toEqual([]);
});

test('R44: those for whom somebody acts come in pages, and each patient shown is told of the reading', async () => {
  const { paul, portal } = clinic;
  const children = [await register('Lea', '2016-11-23'), await register('Tim', '2019-07-14')];
  for (const patientId of children) expect((await make(patientId, paul)).status).toBe(201);
  const first = await clinic.get('/users/me/dependants?limit=1', paul.token);
  const second = await clinic.get(first.body._links.next.href.replace('/api/v1', ''), paul.token);
  const shown = [first, second].map(({ body }) => body.data.map(({ patientId }: { patientId: string }) => patientId));
  expect(shown.flat().sort()).toEqual(children.toSorted());
  expect(second.body.page.nextCursor).toBeNull();
  for (const patientId of children) {
    const [found] = await portal.driver.run(
      [sql`SELECT count(*) AS told FROM audit_events WHERE event_type = 'proxy.listed' AND stream = ${patientId}`],
      'snapshot',
    );
    expect(found?.[0]?.told).toBeGreaterThan(0);
  }
});
