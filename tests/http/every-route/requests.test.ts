/** Which requests are accepted, and how others are refused (R27, R29, R30). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { permissionsOf, type Role } from '../../../domain/shared/permissions.ts';
import { ACCESS, DOCUMENT } from '../../support/operations.ts';
import { PASSWORD, type Portal, startPortal } from '../../support/portal.ts';

let portal: Portal;
let patient: string;
let patientId: string;

beforeAll(async () => {
  portal = await startPortal();
  const person = await portal.person('patient', 'pat');
  patientId = person.id;
  patient = await portal.signIn(person.email);
});
afterAll(() => portal.close());

const get = (path: string, token: string | undefined = patient) => portal.request('GET', path, { token });
const post = (path: string, body: unknown) => portal.request('POST', `/api/v1${path}`, { token: patient, body });

describe('HEAD', () => {
  const paths = [
    '/',
    '/health',
    '/openapi.json',
    '/reference',
    '/api/v1/users/me',
    '/api/v1/doctors',
    '/api/v1/nothing-here',
  ];
  test.each(paths)('HEAD %s has the headers and the length of GET, without a body', async (path) => {
    const full = await portal.fetch(
      new Request(`https://portal.example${path}`, { headers: { Authorization: `Bearer ${patient}` } }),
    );
    const head = await portal.request('HEAD', path, { token: patient });
    expect(head.status).toBe(full.status);
    expect(head.body).toBe('');
    expect(Number(head.headers.get('content-length'))).toBe((await full.arrayBuffer()).byteLength);
    expect(head.headers.get('content-type')).toBe(full.headers.get('content-type'));
  });

  test('HEAD has no Content-Length for streams and for missing resources', async () => {
    const { email } = await portal.person('admin', 'head');
    const exported = await portal.request('HEAD', '/api/v1/audit/export', { token: await portal.signIn(email) });
    expect([exported.status, exported.headers.get('content-length')]).toEqual([200, null]);
    const { headers } = await get(`/api/v1/users/${patientId}`);
    const unchanged = await portal.request('HEAD', `/api/v1/users/${patientId}`, {
      token: patient,
      headers: { 'If-None-Match': headers.get('etag') ?? '' },
    });
    expect([unchanged.status, unchanged.headers.get('content-length')]).toEqual([304, null]);
  });
});

describe('query parameters', () => {
  test('an unknown parameter is refused by name', async () => {
    const { status, body } = await get('/api/v1/doctors?speciality=Cardiology&limit=5&page=2');
    expect([status, body.code]).toEqual([422, 'validation_failed']);
    expect(body.errors).toEqual([
      {
        pointer: '/speciality',
        parameter: 'speciality',
        code: 'unknown_parameter',
        message: 'is not a parameter of this operation',
      },
      {
        pointer: '/page',
        parameter: 'page',
        code: 'unknown_parameter',
        message: 'is not a parameter of this operation',
      },
    ]);
  });

  /** Public ones that have parameters of their own, of which some stand in the browser's address bar. */
  const WITH_PARAMETERS = ['GET /dev/mailbox', 'GET /api/v1/legal/{kind}', 'GET /api/v1/files/{id}/content'];
  test('every operation refuses unknown parameters, except public GET operations without parameters', async () => {
    const lenient: string[] = [];
    for (const [route, access] of Object.entries(ACCESS)) {
      if (access === 'queue' || access === 'provider' || route.includes('.ics')) continue;
      const [method = '', path = ''] = route.split(' ');
      const url = `${path.replace(/\{\w+\}/g, '019a0000-0000-7000-8000-000000000001')}?surplus=1`;
      const body = method === 'GET' || method === 'DELETE' ? undefined : {};
      const token = access === 'public' ? undefined : await tokenFor(access as string | readonly string[]);
      const reply = await portal.request(method, url, { token, body });
      const named = (reply.body.errors ?? []).some(({ parameter }: { parameter?: string }) => parameter === 'surplus');
      if (!named) lenient.push(route);
    }
    expect(lenient).toEqual(
      Object.entries(ACCESS)
        .filter(([route, access]) => access === 'public' && route.startsWith('GET ') && !route.includes('.ics'))
        .map(([route]) => route)
        .filter((route) => !WITH_PARAMETERS.includes(route)),
    );
  });

  const allows = (role: Role, permission: string) => permissionsOf(role).some((own) => own === permission);
  const tokens = new Map<string, string>();
  /** The token of a person whom the access of a route lets through. */
  async function tokenFor(access: string | readonly string[]): Promise<string> {
    // A patient if possible, because most operations are for patients.
    const roles = ['patient', 'doctor', 'admin'] as const;
    const role = roles.find((one) => [access].flat().some((name) => allows(one, name))) ?? 'patient';
    const known = tokens.get(role) ?? (await portal.signIn((await portal.person(role, `${role}-of-all`)).email));
    // An earlier logout has ended the session.
    const alive = (await get('/api/v1/auth/sessions', known)).status === 200;
    const token = alive ? known : await portal.signIn(`${role}-of-all@example.org`);
    tokens.set(role, token);
    return token;
  }
});

describe('validation messages', () => {
  const messages = async (path: string, body: unknown) =>
    Object.fromEntries(
      ((await post(path, body)).body.errors as { pointer: string; message: string }[]).map((fault) => [
        fault.pointer,
        fault.message,
      ]),
    );

  test('say what was expected, for every kind of fault', async () => {
    expect(await messages('/auth/login', { email: 5, transport: 'pigeon', deviceName: 'x'.repeat(101) })).toEqual({
      '/email': 'expected text',
      '/password': 'is required: expected text',
      '/transport': 'expected one of "bearer", "cookie"',
      '/deviceName': 'expected 100 characters at most',
    });
    expect(await messages('/mfa/verify', { mfaToken: 'x', token: '1'.repeat(33), trustDevice: 'yes' })).toEqual({
      '/token': 'expected at most 32 characters',
      '/trustDevice': 'expected true or false',
    });
    expect(await messages('/auth/login', [])).toEqual({ '': 'expected an object' });
    expect(await messages('/auth/login', { email: 'a@b.example', password: PASSWORD, role: 'admin' })).toEqual({
      '/role': 'is not a field of this operation',
    });
  });

  test('no default message of the validation library is left in any answer', async () => {
    const wrong = [5, 'x', '', null, [], {}, true, 'x'.repeat(5000), -1, 1.5];
    const document = DOCUMENT;
    const { email } = await portal.person('admin', 'wrong-values');
    const token = await portal.signIn(email);
    for (const [path, item] of Object.entries(document.paths ?? {})) {
      const schema = bodySchema(document, (item as { post?: unknown }).post);
      if (schema === undefined || path.includes('{') || path.includes('logout')) continue;
      for (const value of wrong) {
        const body = Object.fromEntries(Object.keys(schema).map((name) => [name, value]));
        const reply = await portal.request('POST', path, { token, body });
        for (const { message } of (reply.body.errors ?? []) as { message: string }[]) {
          expect([path, message]).toEqual([path, expect.not.stringMatching(/Invalid|Too (big|small)|received|>=|<=/)]);
        }
      }
    }
  });

  // biome-ignore lint/suspicious/noExplicitAny: the document's schemas are looked into by name
  function bodySchema(document: any, operation: any): Record<string, unknown> | undefined {
    const schema = operation?.requestBody?.content?.['application/json']?.schema;
    const name = schema?.$ref?.split('/').at(-1);
    return (name === undefined ? schema : document.components.schemas[name])?.properties;
  }
});
