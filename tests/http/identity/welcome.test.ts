/** Patients are welcomed once their account can be used. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PASSWORD, type Portal, startPortal } from '../../support/portal.ts';

let portal: Portal;
let admin: string;
const post = (path: string, body: object, token?: string) => portal.request('POST', `/api/v1${path}`, { body, token });
const templates = async (email: string) => (await portal.mails(email)).map(({ template }) => template);
const tokenTo = async (email: string) => (await portal.mails(email))[0]?.codes[0] ?? '';

beforeAll(async () => {
  portal = await startPortal();
  const { email } = await portal.person('admin', 'admin');
  admin = await portal.signIn(email);
});
afterAll(() => portal.close());

test('whoever has registered, when the address is proven: once, with a link into the portal', async () => {
  const email = 'ida@example.net';
  const ida = { email, password: PASSWORD, firstName: 'Ida', lastName: 'Berg', dateOfBirth: '1990-04-23' };
  expect((await post('/auth/register', ida)).status).toBe(202);
  expect(await templates(email)).toEqual(['verify-email']);
  const token = await tokenTo(email);
  portal.clock.advance(1);
  const proven = await Promise.all([post('/auth/verify-email', { token }), post('/auth/verify-email', { token })]);
  expect(proven.map(({ status }) => status < 300).sort()).toEqual([false, true]);
  const mails = await portal.mails(email);
  expect(mails.map(({ template }) => template)).toEqual(['welcome', 'verify-email']);
  expect(mails[0]?.text).toContain('Hello Ida');
  expect(mails[0]?.links).toEqual(['https://portal.example/appointments']);
});

test('a patient who has accepted an invitation; not those who were invited to work with the portal', async () => {
  const born = { firstName: 'Otto', lastName: 'Brandt', channel: 'phone' };
  const { id } = (await post('/patients', born, admin)).body;
  expect((await post(`/patients/${id}/invite`, { email: 'otto@example.net' }, admin)).status).toBe(202);
  const nurse = { email: 'nurse@example.net', role: 'staff', firstName: 'Nora', lastName: 'Lind' };
  expect((await post('/users', nurse, admin)).status).toBe(201);
  for (const [email, told] of [
    ['otto@example.net', ['welcome', 'invitation']],
    ['nurse@example.net', ['invitation']],
  ] as const) {
    const token = await tokenTo(email);
    portal.clock.advance(1);
    expect((await post('/auth/accept-invitation', { token, password: PASSWORD })).status, email).toBeLessThan(300);
    expect(await templates(email)).toEqual(told);
  }
});
