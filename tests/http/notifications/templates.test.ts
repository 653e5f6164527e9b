import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TEMPLATE_NAMES } from '../../../domain/messages.ts';
import { noisyPng } from '../../support/pictures.ts';
import { type Clinic, startClinic } from '../scheduling/clinic.ts';

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.portal.close());

function preview(name: string, query: string) {
  return clinic.portal.fetch(
    new Request(`https://portal.example/api/v1/admin/templates/${name}/preview?${query}`, {
      headers: { Authorization: `Bearer ${clinic.admin.token}` },
    }),
  );
}

describe('the templates of messages', () => {
  test('are listed with what they are for', async () => {
    const { body } = await clinic.get('/admin/templates', clinic.admin.token);
    expect(body.data.map(({ name }: { name: string }) => name)).toEqual(TEMPLATE_NAMES);
    expect(body.data).toContainEqual({
      name: 'appointment-reminder',
      category: 'reminder',
      languages: ['en', 'de', 'es', 'fr', 'ar'],
      _links: { preview: { href: '/api/v1/admin/templates/appointment-reminder/preview' } },
    });
  });

  test.each([
    ['html', 'text/html; charset=utf-8', /^<!doctype html>\n<html lang="ar" dir="rtl">/],
    ['text', 'text/plain; charset=utf-8', /^مرحبًا/],
    ['sms', 'text/plain; charset=utf-8', /تم حجز موعدك/],
    ['push', 'text/plain; charset=utf-8', /\nتم حجز موعدك/],
    ['ics', 'text/calendar; charset=utf-8', /^BEGIN:VCALENDAR\r\n[\s\S]*\r\nEND:VCALENDAR\r\n$/],
  ])('are shown as %s, and load and run nothing', async (format, type, content) => {
    const answer = await preview('appointment-confirmation', `language=ar&format=${format}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe(type);
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; .*\bsandbox\b/);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await answer.text()).toMatch(content);
  });

  test('have the name and the colours of the clinic', async () => {
    expect(await (await preview('welcome', '')).text()).toContain('>Patient portal</p>');
    const colours = { primary: '#7a0044', onPrimary: '#ffffff' };
    const { body } = await clinic.get('/clinic/settings', clinic.admin.token);
    const { version: _, _links, logo: __, ...settings } = body;
    const saved = await clinic.put('/clinic/settings', clinic.admin.token, { ...settings, name: 'Park', colours }, 1);
    expect(saved.status).toBe(200);
    const page = await (await preview('welcome', 'language=de')).text();
    expect(page).toContain('>Park</p>');
    expect(page).toContain('bgcolor="#7a0044"');
  });

  test('have the logo of the clinic in the page itself, which the policy lets be shown and nothing else', async () => {
    const without = await preview('welcome', '');
    expect(await without.text()).not.toContain('<img');
    const form = new FormData();
    form.set('file', new File([noisyPng(200)], 'logo', { type: 'image/png' }));
    const { version } = (await clinic.get('/clinic/settings', clinic.admin.token)).body;
    const url = 'https://portal.example/api/v1/clinic/settings/logo';
    const headers = { Authorization: `Bearer ${clinic.admin.token}`, 'If-Match': `"v${version}"` };
    const saved = await clinic.portal.fetch(new Request(url, { method: 'PUT', headers, body: form }));
    expect(saved.status).toBe(200);
    const shown = await preview('welcome', 'language=ar');
    const logo = await clinic.portal.fetch(new Request('https://portal.example/api/v1/clinic/logo'));
    const bytes = Buffer.from(await logo.arrayBuffer());
    expect(bytes.length).toBeGreaterThan(40_000);
    expect(await shown.text()).toContain(`<img src="data:image/png;base64,${bytes.toString('base64')}"`);
    expect(shown.headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'",
    );
    expect(await (await preview('welcome', 'format=text')).text()).not.toContain('data:');
  });

  test('are not found in a form that they have not, nor under another name', async () => {
    for (const [name, format] of [
      ['verify-email', 'sms'],
      ['verify-email', 'push'],
      ['welcome', 'ics'],
      ['toString', 'text'],
    ] as const) {
      expect((await preview(name, `format=${format}`)).status).toBe(404);
    }
    expect((await preview('welcome', 'language=pt')).status).toBe(422);
  });
});
