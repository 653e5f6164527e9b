/** Entries of the waitlist whose type, or whose doctor for it, cannot be booked any more. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { type Clinic, startClinic, TUESDAY } from './clinic.ts';

let clinic: Clinic;
let type: { readonly id: string; readonly version: number };
let count = 0;

beforeAll(async () => {
  clinic = await startClinic();
  await clinic.hours(clinic.doctor.id, [{ weekday: 2, start: '10:00', end: '10:30' }]);
  await clinic.hours(clinic.otherDoctor.id, []);
});
afterAll(() => clinic.portal.close());

const SETTINGS = { name: 'Checkup', durationMinutes: 30, slotIntervalMinutes: 30 };
const code = () => `checkup_${count}`;

beforeEach(async () => {
  count++;
  const made = await clinic.post('/appointment-types', clinic.admin.token, { ...SETTINGS, code: code() });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  type = made.body;
});

const change = async (settings: object) => {
  const body = { ...SETTINGS, code: code(), ...settings };
  const { version } = (await clinic.get(`/appointment-types/${type.id}`, clinic.admin.token)).body;
  const changed = await clinic.put(`/appointment-types/${type.id}`, clinic.admin.token, body, version);
  expect(changed.status, JSON.stringify(changed.body)).toBe(200);
  await clinic.runJobs();
};
const join = async (token: string, extra: object = {}) => {
  const joined = await clinic.post('/waitlist', token, { type: code(), from: TUESDAY, to: TUESDAY, ...extra });
  expect(joined.status, JSON.stringify(joined.body)).toBe(201);
  return joined.body.id as string;
};
const stateOf = async (id: string, token: string) =>
  (await clinic.get('/waitlist', token)).body.data.find((entry: { id: string }) => entry.id === id)?.state;
const ended = async (email: string) =>
  (await clinic.portal.mails(email)).filter(({ template }) => template === 'waitlist-ended').map(({ text }) => text);

test('end when the type is retired: whoever waits is told, and offered time is free again', async () => {
  const { maria, paul, staff, doctor } = clinic;
  const taken = await clinic.book(paul.token, '10:00', { appointmentType: code() });
  expect(taken.status, JSON.stringify(taken.body)).toBe(201);
  const offered = await join(maria.token);
  // Of two who join in the same millisecond, either is first.
  clinic.portal.clock.advance(1);
  const waiting = await join(paul.token);
  await clinic.post(`/appointments/${taken.body.id}/cancel`, paul.token, {});
  await clinic.runJobs();
  expect(await stateOf(offered, maria.token)).toBe('offered');
  await change({ active: false });
  expect(await stateOf(offered, maria.token)).toBe('withdrawn');
  expect(await stateOf(waiting, paul.token)).toBe('withdrawn');
  for (const { email } of [maria, paul]) {
    expect(await ended(email)).toEqual([
      expect.stringContaining('You no longer wait: Checkup cannot be booked any more.'),
    ]);
  }
  const [events = []] = await clinic.portal.driver.run(
    [
      sql`SELECT details->>'typeChanged' AS type FROM audit_events
          WHERE stream = ${maria.id} AND event_type = 'waitlist.left' ORDER BY sequence DESC LIMIT 1`,
    ],
    'snapshot',
  );
  expect(events).toEqual([{ type: type.id }]);
  const booked = await clinic.book(staff.token, '10:00', { patientId: paul.id, doctorId: doctor.id });
  expect(booked.status, JSON.stringify(booked.body)).toBe(201);
  await clinic.post(`/appointments/${booked.body.id}/cancel`, staff.token, {});
});

test('end for a doctor who no longer offers the type, and for no one else', async () => {
  const { maria, paul, doctor, otherDoctor } = clinic;
  const [named, other, any] = [
    await join(maria.token, { doctorId: doctor.id }),
    await join(paul.token, { doctorId: otherDoctor.id }),
    await join(paul.token),
  ];
  await change({ doctorIds: [otherDoctor.id] });
  expect(await stateOf(named, maria.token)).toBe('withdrawn');
  const told = expect.stringContaining('Checkup with doctor Example cannot be booked any more.');
  expect(await ended(maria.email)).toContainEqual(told);
  expect([await stateOf(other, paul.token), await stateOf(any, paul.token)]).toEqual(['waiting', 'waiting']);
});

test('of a patient without an account are told to who acts for the patient', async () => {
  const { maria, staff } = clinic;
  const child = { firstName: 'Mia', lastName: 'Brandt', dateOfBirth: '2020-05-01', channel: 'phone' };
  const { id } = (await clinic.post('/patients', staff.token, child)).body;
  const proof = { personId: maria.id, ground: 'parent', proof: 'Seen the card' };
  expect((await clinic.post(`/patients/${id}/proxies`, staff.token, proof)).status).toBe(201);
  await join(staff.token, { patientId: id });
  await change({ active: false });
  const told = expect.stringContaining('The wait of Mia Brandt has ended: Checkup cannot be booked any more.');
  expect(await ended(maria.email)).toContainEqual(told);
});

test('stay when something else of the type changes', async () => {
  const entry = await join(clinic.maria.token);
  await change({ name: 'Annual checkup' });
  expect(await stateOf(entry, clinic.maria.token)).toBe('waiting');
});
