/** Patients whom the clinic registers (issue: the front desk). */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { CHAPTERS } from '../../../domain/privacy/catalogue/tables.ts';
import { PASSWORD } from '../../support/portal.ts';
import { type Clinic, startClinic, WEDNESDAY } from './clinic.ts';

let clinic: Clinic;

beforeAll(async () => {
  clinic = await startClinic();
});

afterAll(() => clinic.portal.close());

const otto = { firstName: 'Otto', lastName: 'Brandt', channel: 'phone' };
const register = (more: object = {}, token = clinic.staff.token) =>
  clinic.post('/patients', token, { ...otto, ...more });
const tokenIn = (link: string | undefined) => (link ?? '').replace(/.*#token=/, '');
const confirmed = { acknowledge: ['birth_date_required'] };

test('staff register a patient without e-mail: nobody can sign in and no message is made', async () => {
  const made = await register({ phoneNumber: '+49 30 901833', address: { city: 'Berlin' } });
  expect(made).toMatchObject({
    status: 201,
    body: {
      status: 'no_account',
      email: null,
      dateOfBirth: null,
      phoneNumber: '+4930901833',
      address: { city: 'Berlin' },
      _links: { update: { method: 'PUT' }, invite: { method: 'POST' } },
    },
  });
  const { id } = made.body;
  const profile = await clinic.get(`/users/${id}/profile`, clinic.staff.token);
  expect(profile).toMatchObject({ status: 200, body: { email: null, firstName: 'Otto' } });
  expect((await clinic.book(clinic.staff.token, '09:00', { patientId: id, ...confirmed })).status).toBe(201);
  await clinic.runJobs();
  const [messages] = await clinic.portal.driver.run(
    [sql`SELECT 1 FROM notifications WHERE user_id = ${id}::uuid`],
    'snapshot',
  );
  expect(messages).toEqual([]);
});

test('administrators cannot unlock, invite again or give a role to a patient without an account', async () => {
  const { id } = (await register()).body;
  const { admin } = clinic;
  expect(await clinic.post(`/users/${id}/unlock`, admin.token)).toMatchObject({ status: 404 });
  const refused = { status: 409, body: { code: 'no_account' } };
  expect(await clinic.post(`/users/${id}/invitation`, admin.token)).toMatchObject(refused);
  await clinic.portal.request('POST', '/api/v1/auth/step-up', { token: admin.token, body: { password: PASSWORD } });
  expect(await clinic.put(`/users/${id}/role`, admin.token, { role: 'staff' })).toMatchObject(refused);
  const accounts = await clinic.get('/users?role=patient&limit=100', admin.token);
  expect(accounts.body.data.find((user: { id: string }) => user.id === id)).toMatchObject({ email: null });
});

test('the first appointment asks for the date of birth, which the clinic may give later', async () => {
  const { staff } = clinic;
  const made = (await register()).body;
  const refused = await clinic.book(staff.token, '10:00', { patientId: made.id });
  expect(refused).toMatchObject({ status: 422, body: { code: 'birth_date_required' } });
  const series = await clinic.post('/appointments/series', staff.token, {
    doctorId: clinic.doctor.id,
    appointmentDate: WEDNESDAY,
    startTime: '10:00',
    appointmentType: 'consultation',
    patientId: made.id,
    frequency: 'weekly',
    interval: 1,
    count: 2,
    mode: 'all_or_nothing',
  });
  expect(series).toMatchObject({ status: 422, body: { code: 'birth_date_required' } });
  const path = `/patients/${made.id}`;
  expect(await clinic.put(path, staff.token, { dateOfBirth: '1951-08-30' })).toMatchObject({ status: 428 });
  expect(await clinic.put(path, staff.token, { dateOfBirth: '1951-08-30' }, 9)).toMatchObject({ status: 412 });
  const completed = await clinic.put(path, staff.token, { dateOfBirth: '1951-08-30' }, made.version);
  expect(completed).toMatchObject({ status: 200, body: { dateOfBirth: '1951-08-30', lastName: 'Brandt', version: 2 } });
  expect((await clinic.book(staff.token, '10:00', { patientId: made.id })).status).toBe(201);
});

test('a patient may not confirm that the own date of birth is missing', async () => {
  const { body } = await clinic.book(clinic.paul.token, '15:00', confirmed);
  expect(body).toMatchObject({ code: 'validation_failed' });
});

test('a patient without account is invited and takes the record over as an account', async () => {
  const { staff, portal } = clinic;
  const { id } = (await register()).body;
  const visit = await clinic.book(staff.token, '11:00', { patientId: id, ...confirmed });
  const wrong = await clinic.post(`/patients/${id}/invite`, staff.token, { email: 'oto@example.org' });
  expect(wrong).toMatchObject({ status: 202, body: { status: 'invited', email: 'oto@example.org' } });
  const late = await clinic.put(`/patients/${id}`, staff.token, { lastName: 'Brand' }, wrong.body.version);
  expect(late).toMatchObject({ status: 200, body: { lastName: 'Brand', status: 'invited' } });
  const [former] = await portal.mails('oto@example.org');
  const invited = await clinic.post(`/patients/${id}/invite`, staff.token, { email: 'otto@example.org' });
  expect(invited.status).toBe(202);
  const [mail] = await portal.mails('otto@example.org');
  const accept = (token: string | undefined) =>
    portal.request('POST', '/api/v1/auth/accept-invitation', { body: { token, password: PASSWORD } });
  expect((await accept(tokenIn(former?.links[0]))).status).toBe(400);
  expect((await accept(tokenIn(mail?.links[0]))).status).toBe(204);
  const token = await portal.signIn('otto@example.org');
  const mine = await clinic.get('/appointments/my', token);
  expect(mine.body.data.map((item: { id: string }) => item.id)).toEqual([visit.body.id]);
  const again = await clinic.post(`/patients/${id}/invite`, staff.token, { email: 'else@example.org' });
  expect(again).toMatchObject({ status: 409, body: { code: 'invitation_accepted' } });
});

test('with an e-mail address the patient is invited at once, and an address in use is refused', async () => {
  const made = await register({ email: 'lena@example.org', dateOfBirth: '1980-01-02', address: { city: 'Bonn' } });
  expect(made).toMatchObject({
    status: 201,
    body: { status: 'invited', email: 'lena@example.org', dateOfBirth: '1980-01-02', address: { city: 'Bonn' } },
  });
  expect((await clinic.portal.mails('lena@example.org')).map(({ template }) => template)).toEqual(['invitation']);
  const taken = { status: 409, body: { code: 'email_taken' } };
  expect(await register({ email: clinic.maria.email, acknowledgeDuplicates: true })).toMatchObject(taken);
  const { id } = (await register()).body;
  expect(await clinic.post(`/patients/${id}/invite`, clinic.staff.token, { email: clinic.maria.email })).toMatchObject(
    taken,
  );
});

test('R63: an address that nobody has proven is free for a patient whom the clinic invites', async () => {
  const email = 'squatted@example.org';
  const stranger = { email, password: PASSWORD, firstName: 'S', lastName: 'T', dateOfBirth: '1990-04-23' };
  expect((await clinic.portal.request('POST', '/api/v1/auth/register', { body: stranger })).status).toBe(202);
  const { id } = (await register()).body;
  const invited = await clinic.post(`/patients/${id}/invite`, clinic.staff.token, { email });
  expect(invited).toMatchObject({ status: 202, body: { id, status: 'invited', email } });
});

test('R28: a doctor registers and books for that patient; another doctor does not learn of the patient', async () => {
  const { doctor, otherDoctor } = clinic;
  const made = await register({ dateOfBirth: '1970-02-03' }, doctor.token);
  const { id } = made.body;
  const elsewhere = { patientId: id, doctorId: otherDoctor.id };
  expect(await clinic.book(otherDoctor.token, '12:00', elsewhere)).toMatchObject({ status: 404 });
  expect(await clinic.put(`/patients/${id}`, otherDoctor.token, { lastName: 'X' }, 1)).toMatchObject({ status: 404 });
  const email = 'x@example.org';
  expect(await clinic.post(`/patients/${id}/invite`, otherDoctor.token, { email })).toMatchObject({ status: 404 });
  expect(await clinic.get(`/users/${id}/profile`, otherDoctor.token)).toMatchObject({ status: 404 });
  expect((await clinic.book(doctor.token, '12:00', { patientId: id })).status).toBe(201);
});

test('patients register nobody', async () => {
  expect(await register({}, clinic.maria.token)).toMatchObject({ status: 403 });
  const { id } = (await register()).body;
  expect(await clinic.put(`/patients/${id}`, clinic.maria.token, { lastName: 'X' }, 1)).toMatchObject({ status: 403 });
});

test('R31: a repeated request registers one patient', async () => {
  const send = () => clinic.post('/patients', clinic.staff.token, otto, { 'Idempotency-Key': 'otto-by-phone-1' });
  const [first, second] = [await send(), await send()];
  expect(second.body.id).toBe(first.body.id);
});

test('R55: a patient without account is erased as anybody else', async () => {
  const { id } = (await register({ dateOfBirth: '1960-05-06' })).body;
  const { portal, admin } = clinic;
  await portal.request('POST', '/api/v1/auth/step-up', { token: admin.token, body: { password: PASSWORD } });
  expect((await clinic.delete(`/users/${id}`, admin.token)).status).toBe(204);
  const [rows] = await portal.driver.run(
    [sql`SELECT status, first_name, date_of_birth, registered_by FROM users WHERE id = ${id}::uuid`],
    'snapshot',
  );
  expect(rows).toEqual([{ status: 'closed', first_name: null, date_of_birth: null, registered_by: null }]);
});

test('R78, R79: the missing address is no damage, neither in the copy of the data nor in the profile', async () => {
  const { id } = (await register()).body;
  const { deps } = clinic.portal;
  const source = CHAPTERS.find(({ table }) => table === 'users');
  const [owner] = await deps.database.load(deps.loads.privacy.copyOwner(id));
  if (owner === undefined || source === undefined) throw new Error('no copy can be made');
  const [page] = await deps.database.load(deps.loads.privacy.chapter(source, owner, { after: null, limit: 1 }));
  expect(page.records).toMatchObject([{ id, email: null, firstName: 'Otto', status: 'no_account' }]);
  expect(deps.damage.take()).toEqual([]);
});

test('R46: the patient’s history says who registered them and how', async () => {
  const { id } = (await register({ channel: 'in_person' })).body;
  const [events] = await clinic.portal.driver.run(
    [sql`SELECT event_type FROM audit_events WHERE stream = ${id} ORDER BY sequence`],
    'snapshot',
  );
  expect(events?.map((event) => event.event_type)).toEqual(['patient.registered']);
});
