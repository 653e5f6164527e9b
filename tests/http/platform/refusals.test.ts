/** Refusals that tell what to do: each names the field, the method or the place. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PASSWORD, type Portal, startPortal } from '../../support/portal.ts';
import { enrol, signInFully } from '../identity/support.ts';

let portal: Portal;
let patient: string;
let patientId: string;
let doctorId: string;
let admin: string;

beforeAll(async () => {
  portal = await startPortal();
  const person = await portal.person('patient', 'pat');
  patientId = person.id;
  patient = await portal.signIn(person.email);
  doctorId = (await portal.person('doctor', 'house')).id;
  admin = await portal.signIn((await portal.person('admin', 'chief')).email);
});
afterAll(() => portal.close());

const post = (path: string, body: unknown, token = patient) =>
  portal.request('POST', `/api/v1${path}`, { token, body });
const faultOf = (body: { errors: { pointer: string; code: string }[] }) => {
  const [{ pointer, code } = { pointer: '', code: '' }] = body.errors;
  return [pointer, code];
};

describe('a wrong password of whoever is signed in', () => {
  test('is told as the current password’s, not as an unknown account’s', async () => {
    const wrong = 'not it, not at all';
    for (const [path, body, pointer] of [
      ['/auth/change-password', { currentPassword: wrong, newPassword: 'nine herons over 44' }, '/currentPassword'],
      ['/auth/step-up', { password: wrong }, '/password'],
    ] as const) {
      const reply = await post(path, body);
      expect([path, reply.status, reply.body.code]).toEqual([path, 401, 'invalid_credentials']);
      expect(reply.body.detail).toBe('The current password is wrong.');
      expect(faultOf(reply.body)).toEqual([pointer, 'wrong_password']);
    }
    const login = await portal.request('POST', '/api/v1/auth/login', {
      body: { email: 'pat@example.org', password: wrong },
    });
    expect([login.status, login.body.errors]).toEqual([401, undefined]);
  });
});

describe('R22: what asks for a proof says which it takes', () => {
  test('the password, or the app where one is enrolled', async () => {
    const plain = await portal.signIn((await portal.person('patient', 'plain')).email);
    const who = await enrol(portal, (await portal.person('patient', 'strong')).email);
    const strong = (await signInFully(portal, who)).body.accessToken as string;
    const tooEasy = await post('/auth/step-up', { password: PASSWORD }, strong);
    expect([tooEasy.status, tooEasy.body.code, tooEasy.body.methods]).toEqual([
      403,
      'step_up_required',
      ['totp', 'backup_code'],
    ]);
    portal.clock.advance(301);
    const asked = (token: string) =>
      post('/api-keys', { name: 'k', scopes: ['read:own_profile'], expiresInDays: 1 }, token);
    expect((await asked(plain)).body).toMatchObject({ code: 'step_up_required', methods: ['password'] });
    expect((await asked(strong)).body).toMatchObject({ code: 'step_up_required', methods: ['totp', 'backup_code'] });
  });
});

describe('a type of appointment that is not there', () => {
  const when = { appointmentDate: '2026-03-10', startTime: '09:00' };
  test.each<[string, () => object, string]>([
    ['/appointments', () => ({ doctorId, ...when, appointmentType: 'seance' }), '/appointmentType'],
    [
      '/appointments/series',
      () => ({ doctorId, ...when, appointmentType: 'seance', frequency: 'weekly', count: 2 }),
      '/appointmentType',
    ],
    ['/appointments/holds', () => ({ doctorId, start: '2026-03-10T09:00:00Z', type: 'seance' }), '/type'],
    ['/waitlist', () => ({ type: 'seance', from: '2026-03-10', to: '2026-03-20' }), '/type'],
  ])('%s: is a wrong value, pointed at', async (path, body, pointer) => {
    const reply = await post(path, body());
    expect([reply.status, reply.body.code]).toEqual([422, 'validation_failed']);
    expect(faultOf(reply.body)).toEqual([pointer, 'appointment_type_not_found']);
  });
});

describe('a range that ends before it begins', () => {
  test.each([
    '/appointments/my?from=2026-03-10&to=2026-03-09',
    '/appointments/user/PATIENT?from=2026-03-10T10:00:00Z&to=2026-03-10T09:00:00Z',
    '/audit/events?from=2026-03-10T10:00:00Z&to=2026-03-10T09:00:00Z',
  ])('%s', async (path) => {
    const token = path.startsWith('/appointments/my') ? patient : admin;
    const reply = await portal.request('GET', `/api/v1${path.replace('PATIENT', patientId)}`, { token });
    expect([reply.status, reply.body.code]).toEqual([422, 'validation_failed']);
    expect(reply.body.errors).toMatchObject([{ parameter: 'to', code: 'end_before_start' }]);
  });

  test('one moment is a range', async () => {
    const path = '/api/v1/appointments/my?from=2026-03-10&to=2026-03-10';
    expect((await portal.request('GET', path, { token: patient })).status).toBe(200);
  });
});

test.each([
  ['a boundary that is not in the body', 'multipart/form-data; boundary=x', 'no form'],
  ['no boundary', 'multipart/form-data', '--x\r\n\r\n--x--'],
  ['a form that is cut off', 'multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data; name="file"'],
])('a picture in a broken form, with %s, is told as that', async (_, type, body) => {
  const reply = await portal.request('POST', `/api/v1/users/${patientId}/avatar`, {
    token: patient,
    body,
    headers: { 'Content-Type': type },
  });
  expect([reply.status, reply.body.code]).toEqual([400, 'malformed_form']);
});

test('the base of the API answers with where to begin, and every link of it leads somewhere', async () => {
  const { body: root } = await portal.request('GET', '/');
  const { status, body } = await portal.request('GET', root._links.api.href);
  expect(status).toBe(200);
  expect(Object.keys(body._links)).toEqual(expect.arrayContaining(['openapi', 'reference', 'health']));
  for (const { href, method = 'GET' } of Object.values(
    body._links as Record<string, { href: string; method?: string }>,
  )) {
    const reply = await portal.request(method, href, { token: patient, body: method === 'GET' ? undefined : {} });
    expect([href, reply.status]).toEqual([href, method === 'GET' ? 200 : 422]);
  }
});
