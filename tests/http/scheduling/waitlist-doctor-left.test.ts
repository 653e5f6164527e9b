/** Entries of the waitlist whose doctor leaves: who is told. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Clinic, startClinic, TUESDAY } from './clinic.ts';

let clinic: Clinic;
let child: string;

beforeAll(async () => {
  clinic = await startClinic();
  const { staff, maria } = clinic;
  const mia = { firstName: 'Mia', lastName: 'Brandt', dateOfBirth: '2020-05-01', channel: 'phone' };
  child = (await clinic.post('/patients', staff.token, mia)).body.id;
  const proof = { personId: maria.id, ground: 'parent', proof: 'Seen the card' };
  expect((await clinic.post(`/patients/${child}/proxies`, staff.token, proof)).status).toBe(201);
  await clinic.runJobs();
});
afterAll(() => clinic.portal.close());

const ended = async (email: string) =>
  (await clinic.portal.mails(email)).filter(({ template }) => template === 'waitlist-ended').map(({ text }) => text);

test.each([
  [
    'gets another role',
    () => clinic.doctor,
    ({ id }: { id: string }) => clinic.put(`/users/${id}/role`, clinic.admin.token, { role: 'staff' }),
  ],
  [
    'closes the account',
    () => clinic.otherDoctor,
    ({ id }: { id: string }) => clinic.delete(`/users/${id}`, clinic.admin.token),
  ],
] as const)('who acts for a patient without an account is told when the doctor %s', async (_, who, leave) => {
  const { maria, paul, staff } = clinic;
  const { id, name } = { ...who(), name: who() === clinic.doctor ? 'doctor Example' : 'other-doctor Example' };
  await clinic.hours(id);
  for (const patientId of [child, paul.id]) {
    const wish = { type: 'consultation', doctorId: id, from: TUESDAY, to: TUESDAY, patientId };
    const joined = await clinic.post('/waitlist', staff.token, wish);
    expect(joined.status, JSON.stringify(joined.body)).toBe(201);
  }
  expect((await leave(who())).status).toBeLessThan(300);
  await clinic.runJobs();
  const told = (await ended(maria.email)).filter((text) => text.includes(name));
  expect(told).toEqual([
    expect.stringContaining(`The wait of Mia Brandt has ended: ${name} no longer sees patients here.`),
  ]);
  const own = (await ended(paul.email)).filter((text) => text.includes(name));
  expect(own).toEqual([expect.stringContaining(`You no longer wait: ${name} no longer sees patients here.`)]);
});
