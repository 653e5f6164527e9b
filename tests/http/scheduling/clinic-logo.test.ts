/** The clinic's logo: who sets it, what is accepted, and who sees it. */
import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { PIXEL } from '../../../src/http/example.ts';
import { type Clinic, startClinic } from './clinic.ts';

const PNG = Uint8Array.from(Buffer.from(PIXEL, 'base64'));
const JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0);
const SVG = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.portal.close());

const settings = async () => (await clinic.get('/clinic/settings', clinic.admin.token)).body;

async function put(
  bytes: Uint8Array<ArrayBuffer>,
  { token = clinic.admin.token, type = 'image/png', version = -1 } = {},
) {
  const body = new FormData();
  body.set('file', new File([bytes], 'logo', { type }));
  const form = new Response(body);
  const headers = {
    Authorization: `Bearer ${token}`,
    'If-Match': `"v${version === -1 ? (await settings()).version : version}"`,
    'Content-Type': form.headers.get('Content-Type') ?? '',
  };
  const url = 'https://portal.example/api/v1/clinic/settings/logo';
  const reply = await clinic.portal.fetch(new Request(url, { method: 'PUT', headers, body: await form.arrayBuffer() }));
  return { status: reply.status, body: await reply.json() };
}

function show(headers: Record<string, string> = {}) {
  return clinic.portal.fetch(new Request('https://portal.example/api/v1/clinic/logo', { headers }));
}

test('everybody sees it without a session, and is not sent again what they have', async () => {
  expect((await show()).status).toBe(404);
  expect((await settings()).logo).toBeNull();
  expect(await put(PNG)).toMatchObject({ status: 200, body: { version: 2, logo: '/api/v1/clinic/logo' } });
  const { body } = await clinic.portal.request('GET', '/api/v1/clinic');
  expect(body.logo).toBe('/api/v1/clinic/logo');
  const shown = await show({ Accept: 'image/avif,image/webp,image/*,*/*;q=0.8' });
  expect(shown.headers.get('Content-Type')).toBe('image/png');
  expect(shown.headers.get('X-Content-Type-Options')).toBe('nosniff');
  expect(shown.headers.get('Cache-Control')).toBe('public, max-age=300');
  expect(new Uint8Array(await shown.arrayBuffer())).toEqual(PNG);
  const held = { 'If-None-Match': shown.headers.get('ETag') ?? '' };
  expect((await show(held)).status).toBe(304);
  await put(JPEG);
  const next = await show(held);
  expect([next.status, next.headers.get('Content-Type')]).toEqual([200, 'image/jpeg']);
});

test('the bytes decide the type: what can contain a script is refused, whatever it is declared as', async () => {
  for (const type of ['image/svg+xml', 'image/png']) {
    expect(await put(SVG, { type })).toMatchObject({ status: 422, body: { errors: [{ code: 'unsupported_image' }] } });
  }
  expect((await put(new Uint8Array(0))).status).toBe(422);
});

test('a field that the form does not have is refused, there and in the form of a picture of a person', async () => {
  for (const [method, path] of [
    ['PUT', '/clinic/settings/logo'],
    ['POST', `/users/${clinic.admin.id}/avatar`],
  ] as const) {
    const body = new FormData();
    body.set('file', new File([PNG], 'logo', { type: 'image/png' }));
    body.set('colour', 'red');
    const form = new Response(body);
    const headers = {
      Authorization: `Bearer ${clinic.admin.token}`,
      'If-Match': `"v${(await settings()).version}"`,
      'Content-Type': form.headers.get('Content-Type') ?? '',
    };
    const url = `https://portal.example/api/v1${path}`;
    const reply = await clinic.portal.fetch(new Request(url, { method, headers, body: await form.arrayBuffer() }));
    expect([path, reply.status]).toEqual([path, 422]);
    expect(await reply.json()).toMatchObject({ errors: [{ pointer: '/colour', code: 'unknown_field' }] });
  }
});

test('100 kB are accepted, and more is refused', async () => {
  const sized = (kilobytes: number) => {
    const bytes = new Uint8Array(kilobytes * 1024);
    bytes.set(PNG);
    return put(bytes);
  };
  expect((await sized(100)).status).toBe(200);
  expect((await sized(101)).status).toBe(413);
});

test('a change of the settings keeps it, and a stale version does not replace it', async () => {
  await put(PNG);
  const { version } = await settings();
  await clinic.put('/clinic/settings', clinic.admin.token, { name: 'Park', timezone: 'UTC' }, version);
  expect(await put(JPEG, { version })).toMatchObject({ status: 412, body: { code: 'precondition_failed' } });
  expect((await show()).headers.get('Content-Type')).toBe('image/png');
  expect(await put(JPEG, { token: clinic.staff.token })).toMatchObject({ status: 403 });
});

test('a removed one is gone, its file too, and the change is recorded', async () => {
  await put(PNG);
  const [rows = []] = await clinic.portal.driver.run([sql`SELECT logo_key FROM clinic_settings`], 'snapshot');
  const file = () => clinic.portal.deps.files.get(rows[0]?.logo_key as string);
  expect(await file()).toBeDefined();
  const remove = async () =>
    clinic.portal.request('DELETE', '/api/v1/clinic/settings/logo', {
      token: clinic.admin.token,
      headers: { 'If-Match': `"v${(await settings()).version}"` },
    });
  // The newest event is found by its time.
  clinic.portal.clock.advance(1);
  expect(await remove()).toMatchObject({ status: 200, body: { logo: null } });
  expect((await show()).status).toBe(404);
  await clinic.runJobs();
  expect(await file()).toBeUndefined();
  expect((await remove()).status).toBe(404);
  const { body } = await clinic.get('/audit/events?type=clinic.settings_updated', clinic.admin.token);
  expect(body.data[0].details).toEqual({ changed: 'logoKey' });
});
