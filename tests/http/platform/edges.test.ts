import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { PROBLEMS } from '../../../src/http/problems.ts';
import { anyCharacter } from '../../support/any-character.ts';
import { ACCESS, DOCUMENT } from '../../support/operations.ts';
import { type Portal, startPortal } from '../../support/portal.ts';

let portal: Portal;
let patient: string;
let patientId: string;

beforeAll(async () => {
  portal = await startPortal();
  const person = await portal.person('patient', 'pat');
  patientId = person.id;
  patient = await portal.signIn(person.email);
});
afterEach(() => vi.useRealTimers());
afterAll(() => portal.close());

const login = (body: unknown, headers: Record<string, string> = {}) =>
  portal.request('POST', '/api/v1/auth/login', { body, headers });

describe('R29: every refusal is a problem', () => {
  test('with type, title, status, detail, code and the request’s id', async () => {
    const { status, headers, body } = await portal.request('GET', '/api/v1/nothing-here', {
      headers: { 'X-Request-Id': 'my-request-0001' },
    });
    expect(status).toBe(404);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(headers.get('x-request-id')).toBe('my-request-0001');
    expect(body).toMatchObject({
      type: '/problems/route_not_found',
      status: 404,
      code: 'route_not_found',
      requestId: 'my-request-0001',
    });
  });

  test('a request id that is not a sane one is replaced; a W3C trace id serves', async () => {
    const insane = await portal.request('GET', '/health', { headers: { 'X-Request-Id': 'a b"<script>' } });
    expect(insane.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const traced = await portal.request('GET', '/health', {
      headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` },
    });
    expect(traced.headers.get('x-request-id')).toBe(trace);
  });

  test('a bug is opaque: no stack, no SQL, no secret', async () => {
    const broken = await startPortal();
    await broken.driver.close();
    const { status, body } = await broken.request('POST', '/api/v1/auth/verify-email', {
      body: { token: 'tok-planted-secret' },
    });
    expect(status).toBeGreaterThanOrEqual(500);
    expect(JSON.stringify(body)).not.toMatch(/planted|select|at .*\.ts/i);
  });

  test('each code has a page, for programs and for people', async () => {
    for (const [code, { status, title }] of Object.entries(PROBLEMS)) {
      expect((await portal.request('GET', `/problems/${code}`)).body).toMatchObject({ code, status, title });
    }
    const page = await portal.request('GET', '/problems/slot_taken', { headers: { Accept: 'text/html' } });
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.body).toContain(PROBLEMS.slot_taken.help);
    expect((await portal.request('GET', '/problems/__proto__')).status).toBe(404);
  });
});

describe('R30: input of any kind is refused with what is wrong', () => {
  test('malformed JSON: 400', async () => {
    for (const body of ['{', '{"email":}', 'nonsense', '{"a":1}{']) {
      expect(await login(body)).toMatchObject({ status: 400, body: { code: 'malformed_json' } });
    }
  });

  test('another media type: 415', async () => {
    const { status, body } = await login('email=x', { 'Content-Type': 'application/x-www-form-urlencoded' });
    expect({ status, code: body.code }).toEqual({ status: 415, code: 'unsupported_media_type' });
  });

  test('nothing acceptable: 406', async () => {
    const answer = async (accept: string) =>
      (await portal.request('GET', '/api/v1/doctors', { token: patient, headers: { Accept: accept } })).status;
    expect(await answer('text/csv')).toBe(406);
    expect(await answer('application/json;q=0')).toBe(406);
    expect(await answer('text/html, application/*;q=0.8')).toBe(200);
    expect(await answer('*/*')).toBe(200);
  });

  test('too large: 413, whether or not the length was declared', async () => {
    const body = JSON.stringify({ email: 'a@b.example', password: 'x'.repeat(200_000) });
    expect(await login(body)).toMatchObject({ status: 413, body: { code: 'payload_too_large' } });
  });

  test('R60: a body that stalls is given up', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const body = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode('{"em')) });
    const init = { method: 'POST', body, duplex: 'half', headers: { 'Content-Type': 'application/json' } };
    const reply = portal.fetch(new Request('https://portal.example/api/v1/auth/login', init as RequestInit));
    await vi.advanceTimersByTimeAsync(21_000);
    expect((await reply).status).toBe(408);
  });

  test('wrong method: 405 with Allow', async () => {
    const { status, headers, body } = await portal.request('PATCH', '/api/v1/auth/login', { body: {} });
    expect({ status, code: body.code, allow: headers.get('allow') }).toEqual({
      status: 405,
      code: 'method_not_allowed',
      allow: 'POST',
    });
  });

  test('schema violations: 422 with a pointer for each field', async () => {
    const { status, body } = await portal.request('POST', '/api/v1/auth/register', {
      body: { email: 'nobody', password: '', firstName: ' ', dateOfBirth: '2026-02-30', role: 'admin' },
    });
    expect(status).toBe(422);
    const pointers = body.errors.map(({ pointer }: { pointer: string }) => pointer).sort();
    expect(pointers).toEqual(['/dateOfBirth', '/email', '/firstName', '/lastName', '/password', '/role']);
  });

  test('NUL, half surrogates and deep nesting: 422, pointing at them', async () => {
    const bad = async (password: unknown) => (await login({ email: 'a@b.example', password })).body;
    expect((await bad('a\0b')).errors).toEqual([
      expect.objectContaining({ pointer: '/password', code: 'unsound_text' }),
    ]);
    expect((await login('{"email":"a@b.example","password":"\\ud800"}')).body.errors[0].pointer).toBe('/password');
    let deep: unknown = 'x';
    for (let i = 0; i < 100; i++) deep = [deep];
    expect((await bad(deep)).errors[0].code).toBe('too_deep');
  });

  test('query parameters: 422, named', async () => {
    const { status, body } = await portal.request('GET', '/api/v1/doctors?limit=0', { token: patient });
    expect({ status, errors: body.errors }).toMatchObject({
      status: 422,
      errors: [{ pointer: '/limit', parameter: 'limit' }],
    });
    expect((await portal.request('GET', '/api/v1/doctors?cursor=%00%ff', { token: patient })).status).toBe(422);
    expect((await portal.request('GET', '/api/v1/appointments/not-a-uuid', { token: patient })).status).toBe(422);
  });

  test('no input of any kind gives a 5xx', async () => {
    const posts = Object.keys(ACCESS)
      .filter((route) => route.startsWith('POST /api') && !route.includes('{'))
      .map((route) => route.slice('POST '.length));
    const nasty = fc.oneof(
      fc.json({ maxDepth: 4 }),
      fc.string({ unit: anyCharacter }),
      fc.constantFrom(
        '{"__proto__":{"admin":true}}',
        '{"constructor":{"prototype":1}}',
        '[]',
        'null',
        '1e999',
        '{"email":1e400}',
        '""',
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...posts), nasty, fc.boolean(), async (path, body, signedIn) => {
        const { status } = await portal.request('POST', path, { body, token: signedIn ? patient : undefined });
        expect(status, `${path} ${body}`).toBeLessThan(500);
        if (path.endsWith('logout') || path.endsWith('logout-all')) patient = await portal.signIn('pat@example.org');
      }),
      { seed: 30, numRuns: 300 },
    );
    const queries = [
      '?limit=1&limit=2',
      '?from=9999999999999999999',
      '?date=2026-02-30&date=x',
      `?q=${'%F0%9F%98%80'.repeat(99)}`,
      '?q=%00',
      '?status=x',
    ];
    const gets = Object.keys(ACCESS).filter((route) => route.startsWith('GET /api') && !route.includes('{'));
    for (const route of gets) {
      for (const query of queries) {
        const { status } = await portal.request('GET', `${route.slice(4)}${query}`, { token: patient });
        expect(status, `${route}${query}`).toBeLessThan(500);
      }
    }
  }, 120_000);
});

describe('R32: versions', () => {
  test('a profile is changed only by who has seen its latest version', async () => {
    const path = `/api/v1/users/${patientId}/profile`;
    const read = await portal.request('GET', path, { token: patient });
    const tag = read.headers.get('etag') ?? '';
    expect((await portal.request('GET', path, { token: patient, headers: { 'If-None-Match': tag } })).status).toBe(304);
    const put = (headers: Record<string, string>) =>
      portal.request('PUT', path, { token: patient, body: { bio: 'Gardener' }, headers });
    expect(await put({})).toMatchObject({ status: 428, body: { code: 'precondition_required' } });
    expect(await put({ 'If-Match': '"v999"' })).toMatchObject({ status: 412 });
    const changed = await put({ 'If-Match': tag });
    expect(changed).toMatchObject({ status: 200, body: { bio: 'Gardener', firstName: 'pat' } });
    expect((await put({ 'If-Match': tag })).status).toBe(412);
    expect(changed.headers.get('etag')).not.toBe(tag);
  });
});

describe('R35, R36: headers', () => {
  test('personal data is not stored on the way, and nothing is guessed or framed', async () => {
    const { headers } = await portal.request('GET', '/api/v1/users/me', { token: patient });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('strict-transport-security')).toContain('max-age=');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });
});

describe('the OpenAPI document', () => {
  test('R25: names every route of the access table, and the table every route', () => {
    const document = DOCUMENT;
    const described = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
      Object.keys(item as object).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(Object.keys(ACCESS).sort());
  });

  test('says of each operation what it may refuse', () => {
    const document = DOCUMENT;
    const responses = document.paths?.['/api/v1/appointments']?.post?.responses as Record<string, { $ref: string }>;
    expect(Object.keys(responses)).toEqual(
      expect.arrayContaining(['201', '401', '403', '409', '415', '422', '429', '503']),
    );
    expect(responses['409']?.$ref).toContain('SlotTaken');
  });
});

describe('health', () => {
  test('R58: with the database gone, liveness stays and readiness does not', async () => {
    const broken = await startPortal();
    await broken.driver.close();
    expect((await broken.request('GET', '/health')).status).toBe(200);
    expect(await broken.request('GET', '/ready')).toMatchObject({
      status: 503,
      body: {
        status: 'not_ready',
        dependencies: expect.arrayContaining([
          { name: 'database', required: true, status: 'down', reason: 'unreachable' },
        ]),
      },
    });
  });
});
