/** The clinic's logo: who sets it, what is accepted, what is made of it, and who sees it. */
import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import type { Deps } from '../../../src/app/context.ts';
import { MALWARE } from '../../support/held-files.ts';
import {
  halves,
  hugePng,
  noisyPng,
  PICTURE,
  PLANTED,
  photo,
  quadrants,
  TRANSPARENT,
  WEBP,
} from '../../support/pictures.ts';
import { type Clinic, startClinic } from './clinic.ts';

const JPEG = photo();
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
  expect(await put(PICTURE)).toMatchObject({ status: 200, body: { version: 2, logo: '/api/v1/clinic/logo' } });
  const { body } = await clinic.portal.request('GET', '/api/v1/clinic');
  expect(body.logo).toBe('/api/v1/clinic/logo');
  const shown = await show({ Accept: 'image/avif,image/webp,image/*,*/*;q=0.8' });
  expect(shown.headers.get('Content-Type')).toBe('image/png');
  expect(shown.headers.get('X-Content-Type-Options')).toBe('nosniff');
  expect(shown.headers.get('Cache-Control')).toBe('public, max-age=300');
  expect(await quadrants(new Uint8Array(await shown.arrayBuffer()))).toEqual({
    width: 96,
    height: 64,
    colours: 'rgbw',
  });
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

async function shownBytes() {
  const shown = await show();
  return { type: shown.headers.get('Content-Type'), bytes: new Uint8Array(await shown.arrayBuffer()) };
}

test('everybody sees the pixels alone, upright; what is transparent stays so, and WebP becomes PNG', async () => {
  expect((await put(photo(6))).status).toBe(200);
  const photographed = await shownBytes();
  expect(photographed.type).toBe('image/jpeg');
  expect(await quadrants(photographed.bytes)).toEqual({ width: 64, height: 96, colours: 'brwg' });
  expect(PLANTED.filter((word) => Buffer.from(photographed.bytes).toString('latin1').includes(word))).toEqual([]);
  await put(TRANSPARENT);
  const transparent = await shownBytes();
  expect(transparent.type).toBe('image/png');
  expect(await halves(transparent.bytes)).toMatchObject({ left: [0, 0, 0, 0], right: [0, 0, 0, 255] });
  await put(WEBP);
  expect((await shownBytes()).type).toBe('image/png');
});

test('what is made of 100 kB has no more, whatever it shows', async () => {
  expect((await put(noisyPng(310))).status).toBe(200);
  const { bytes } = await shownBytes();
  expect(bytes.length).toBeLessThanOrEqual(100 * 1024);
  expect((await quadrants(bytes)).width).toBe(128);
});

test.for([
  ['of too many pixels', hugePng(50_000, 50_000), 'picture_too_large'],
  ['that is cut short', PICTURE.slice(0, 60), 'picture_damaged'],
  ['with malware in it', Uint8Array.from(Buffer.concat([PICTURE, Buffer.from(MALWARE)])), 'malware'],
] as const)('R52, R53: one %s is refused, and the former one stays', async ([, bytes, code]) => {
  await put(PICTURE);
  expect(await put(bytes)).toMatchObject({ status: 422, body: { errors: [{ pointer: '/file', code }] } });
  expect((await quadrants((await shownBytes()).bytes)).colours).toBe('rgbw');
});

async function withoutScanner(work: () => Promise<void>) {
  const deps = clinic.portal.deps as { scanner: Deps['scanner'] };
  const { scanner } = deps;
  deps.scanner = null;
  await work();
  deps.scanner = scanner;
}

test('R53: without a scanner none is taken, and the former one stays', async () => {
  await put(PICTURE);
  await withoutScanner(async () => {
    expect(await put(JPEG)).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  });
  expect((await shownBytes()).type).toBe('image/png');
});

describe('one that a version before has kept as it was uploaded', () => {
  const FORMER = 'clinic/logo/former';
  const formerLogo = async (bytes: Uint8Array) => {
    await put(PICTURE);
    await clinic.runJobs();
    await clinic.portal.deps.files.put(FORMER, bytes, 'image/jpeg');
    await clinic.portal.driver.run([sql`UPDATE clinic_settings SET logo_key = ${FORMER}`], 'write');
  };
  const sweep = async () => {
    await clinic.portal.platform.jobs.everyMinute();
    await clinic.runJobs();
  };

  test('is shown until it is made anew, and then deleted', async () => {
    await formerLogo(photo(6));
    const { version } = await settings();
    expect((await shownBytes()).bytes).toEqual(photo(6));
    await withoutScanner(sweep);
    expect((await shownBytes()).bytes).toEqual(photo(6));
    await sweep();
    const { bytes, type } = await shownBytes();
    expect([type, (await quadrants(bytes)).colours]).toEqual(['image/jpeg', 'brwg']);
    expect(PLANTED.filter((word) => Buffer.from(bytes).toString('latin1').includes(word))).toEqual([]);
    expect(await clinic.portal.deps.files.get(FORMER)).toBeUndefined();
    expect((await settings()).version).toBe(version + 1);
    await sweep();
    expect((await settings()).version).toBe(version + 1);
  });

  test('is removed if it is refused', async () => {
    await formerLogo(PICTURE.slice(0, 60));
    await sweep();
    expect((await settings()).logo).toBeNull();
    expect(await clinic.portal.deps.files.get(FORMER)).toBeUndefined();
  });

  test('does not replace one that is set meanwhile', async () => {
    await formerLogo(photo());
    const deps = clinic.portal.deps as { scanner: Deps['scanner'] };
    const { scanner } = deps;
    deps.scanner = {
      name: 'service',
      async scan() {
        deps.scanner = scanner;
        await put(TRANSPARENT);
        return { verdict: 'clean' };
      },
    };
    await sweep();
    expect(await halves((await shownBytes()).bytes)).toMatchObject({ left: [0, 0, 0, 0] });
  });
});

test('a field that the form does not have is refused, there and in the form of a picture of a person', async () => {
  for (const [method, path] of [
    ['PUT', '/clinic/settings/logo'],
    ['POST', `/users/${clinic.admin.id}/avatar`],
  ] as const) {
    const body = new FormData();
    body.set('file', new File([PICTURE], 'logo', { type: 'image/png' }));
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
    bytes.set(PICTURE);
    return put(bytes);
  };
  expect((await sized(100)).status).toBe(200);
  expect((await sized(101)).status).toBe(413);
});

test('a change of the settings keeps it, and a stale version does not replace it', async () => {
  await put(PICTURE);
  const { version } = await settings();
  await clinic.put('/clinic/settings', clinic.admin.token, { name: 'Park', timezone: 'UTC' }, version);
  expect(await put(JPEG, { version })).toMatchObject({ status: 412, body: { code: 'precondition_failed' } });
  expect((await show()).headers.get('Content-Type')).toBe('image/png');
  expect(await put(JPEG, { token: clinic.staff.token })).toMatchObject({ status: 403 });
});

test('a removed one is gone, its file too, and the change is recorded', async () => {
  await put(PICTURE);
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
