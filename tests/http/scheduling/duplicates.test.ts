/** A call at the desk, and records that may be of the person who calls. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Clinic, startClinic } from './clinic.ts';

let clinic: Clinic;
/** Of staff, by phone. */
let otto: string;

const OTTO = { firstName: 'Otto', lastName: 'Brandt', dateOfBirth: '1951-08-30', phoneNumber: '+49 30 901833' };
const register = (person: object, token = clinic.staff.token, headers = {}) =>
  clinic.post('/patients', token, { channel: 'phone', ...person }, headers);
const POSSIBLE = { status: 409, body: { code: 'possible_duplicates' } };

beforeAll(async () => {
  clinic = await startClinic();
  otto = (await register(OTTO)).body.id;
});
afterAll(() => clinic.portal.close());

async function timesFound(id: string): Promise<number> {
  const [events = []] = await clinic.portal.driver.run(
    [sql`SELECT 1 FROM audit_events WHERE stream = ${id} AND event_type = 'patient.found'`],
    'snapshot',
  );
  return events.length;
}

test('a call at the desk: search, register and book in three requests', async () => {
  const { staff } = clinic;
  const searched = await clinic.get('/patients?q=klein&dateOfBirth=1980-02-03', staff.token);
  expect(searched.body.data).toEqual([]);
  const made = await register({ firstName: 'Eva', lastName: 'Klein', dateOfBirth: '1980-02-03' });
  expect(made.status).toBe(201);
  const booked = await clinic.book(staff.token, '09:00', { patientId: made.body.id, reason: 'a cough' });
  expect(booked).toMatchObject({ status: 201, body: { patientId: made.body.id } });
});

test('somebody who calls again is recognised, and the appointment goes to the record that exists', async () => {
  const found = await register({ ...OTTO, lastName: 'Brand' });
  expect(found).toMatchObject(POSSIBLE);
  expect(found.body.candidates).toMatchObject([
    { id: otto, lastName: 'Brandt', reasons: ['birth_date_and_name', 'phone'], hasAccount: false },
  ]);
  expect((await clinic.book(clinic.staff.token, '10:00', { patientId: otto })).status).toBe(201);
});

test.each([
  ['phone', { firstName: 'Ida', lastName: 'Moser', phoneNumber: '+4930901833' }],
  ['birth_date_and_name', { firstName: 'Otto', lastName: 'Moser', dateOfBirth: '1951-08-30' }],
  ['email', { firstName: 'Ida', lastName: 'Moser', email: 'maria@example.org' }],
])('a record with the same %s is a candidate', async (reason, person) => {
  const found = await register(person);
  expect(found).toMatchObject(POSSIBLE);
  expect(found.body.candidates.map((each: { reasons: string[] }) => each.reasons)).toEqual([[reason]]);
});

test('R46: each candidate who is shown is told, and nobody who was only looked at', async () => {
  const kurt = { firstName: 'Kurt', lastName: 'Moser', dateOfBirth: '1951-08-30' };
  const made = await register({ ...kurt, acknowledgeDuplicates: true });
  expect(made.status).toBe(201);
  const twin = made.body.id;
  const before = await timesFound(otto);
  expect(await register({ firstName: 'Otto', lastName: 'Huber', dateOfBirth: '1951-08-30' })).toMatchObject(POSSIBLE);
  expect([await timesFound(otto), await timesFound(twin)]).toEqual([before + 1, 0]);
});

test('the clinic registers another person nevertheless; an address in use stays refused', async () => {
  const sure = { acknowledgeDuplicates: true };
  expect(await register({ ...OTTO, ...sure })).toMatchObject({ status: 201, body: { status: 'no_account' } });
  const taken = { firstName: 'Ida', lastName: 'Moser', email: 'maria@example.org', ...sure };
  expect(await register(taken)).toMatchObject({ status: 409, body: { code: 'email_taken' } });
});

test('R28: a doctor is shown own patients alone', async () => {
  const { doctor, otherDoctor } = clinic;
  const mine = { firstName: 'Lea', lastName: 'Sommer', dateOfBirth: '1990-09-09' };
  expect((await register(mine, doctor.token)).status).toBe(201);
  expect(await register(mine, doctor.token)).toMatchObject(POSSIBLE);
  expect((await register(mine, otherDoctor.token)).status).toBe(201);
  const address = { firstName: 'Ida', lastName: 'Moser', email: 'paul@example.org' };
  expect(await register(address, otherDoctor.token)).toMatchObject({ status: 409, body: { code: 'email_taken' } });
});

test('R31: a repeated request is answered as the first, and is not a duplicate of itself', async () => {
  const jo = { firstName: 'Jo', lastName: 'Winter', dateOfBirth: '1977-07-07' };
  const send = () => register(jo, clinic.staff.token, { 'Idempotency-Key': 'jo-winter-by-phone' });
  const [first, second] = [await send(), await send()];
  expect([first.status, second.status, second.body.id]).toEqual([201, 201, first.body.id]);
});
