import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logoOf } from '../../../domain/mail-logo.ts';
import { hugePng, PICTURE, photo, WEBP } from '../../support/pictures.ts';
import { CASES, rendered, renderedCase, SENDER } from './rendering.ts';

const KEY = 'clinic/logo/019a0000-0000-7000-8000-000000000003';
const logo = (bytes: Uint8Array, type = 'image/png', url = 'https://portal.example') => logoOf(KEY, type, bytes, url);

describe('the logo as a part of mails', () => {
  test('has a Content-ID of its own and of the portal, whatever its address is', () => {
    const id = 'logo.019a0000-0000-7000-8000-000000000003';
    const ids = ['https://portal.example', 'http://localhost:8000/x', 'http://[::1]:8000', 'https://a>b@c'].map(
      (url) => logo(PICTURE, 'image/png', url).picture.contentId,
    );
    expect(ids).toEqual([`${id}@portal.example`, `${id}@localhost`, `${id}@1`, `${id}@abc`]);
  });

  test('is named after its type', () => {
    expect(logo(PICTURE).picture).toMatchObject({ filename: 'logo.png', type: 'image/png', bytes: PICTURE });
    expect(logo(WEBP, 'image/webp').picture).toMatchObject({ filename: 'logo.webp', type: 'image/webp' });
  });

  test('is shown as large as it is, turned upright, and reduced to 240 by 64 pixels', () => {
    expect(logo(PICTURE).size).toEqual({ width: 96, height: 64 });
    expect(logo(hugePng(20, 10)).size).toEqual({ width: 20, height: 10 });
    expect(logo(hugePng(960, 100)).size).toEqual({ width: 240, height: 25 });
    expect(logo(hugePng(100, 960)).size).toEqual({ width: 7, height: 64 });
    expect(logo(hugePng(5000, 1)).size).toEqual({ width: 240, height: 1 });
    expect(logo(photo(6), 'image/jpeg').size).toEqual({ width: 43, height: 64 });
    expect(logo(new Uint8Array(20)).size).toBeNull();
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 5000 }), (wide, high) => {
        const size = logo(hugePng(wide, high)).size;
        expect(size?.width).toBeLessThanOrEqual(Math.min(wide, 240));
        expect(size?.height).toBeLessThanOrEqual(Math.min(high, 64));
      }),
      { seed: 261 },
    );
  });
});

describe('a mail with a logo', () => {
  const size = { width: 120, height: 40 };
  const page = (src: string, name: string | null = SENDER.name) =>
    rendered('welcome', {}, { sender: { ...SENDER, name, logo: { src, size } } }).html;

  test('says the name of the clinic in its place, once to who hears the mail', () => {
    const html = page('cid:a@b');
    expect(html).toContain('<img src="cid:a@b" alt="Park &amp; Partners" width="120" height="40"');
    expect(html).toContain('<p class="mute" aria-hidden="true"');
    expect(page('cid:a@b', null)).toContain('alt="Patient portal"');
    const unknown = rendered('welcome', {}, { sender: { ...SENDER, logo: { src: 'cid:a@b', size: null } } }).html;
    expect(unknown).toContain('max-width:240px;max-height:64px');
    expect(unknown).not.toContain('width="null"');
  });

  test('has it in every template and language, and loads nothing else', () => {
    const sender = { ...SENDER, logo: { src: 'cid:a@b', size } };
    const wrong = CASES.filter((one) => {
      const { html } = renderedCase(one, { sender });
      return [...html.matchAll(/\bsrc=|url\(/g)].length !== 1 || !html.includes('<img src="cid:a@b" alt="Park &amp; P');
    });
    expect(wrong).toEqual([]);
  });

  test('keeps what is in the names out of its attributes', () => {
    const html = page('cid:"onload="x', '" onerror="alert(1)');
    expect(html).not.toMatch(/ onerror="| onload="|"onload=/);
  });
});
