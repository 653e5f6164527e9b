import { describe, expect, test } from 'vitest';
import { render } from '../../../domain/messages.ts';
import { CONTEXT, rendered, SENDER, TEXTS, wordsOnPage } from './rendering.ts';

const FACTS = { doctorName: 'Dora "D" Okafor', date: '2026-03-03', startTime: '14:00', timezone: 'Europe/Berlin' };
const OVERRIDES = ['\u202A', '\u202B', '\u202C', '\u202D', '\u202E', '\u2066', '\u2067', '\u2068', '\u2069', '\u200F'];

describe('messages', () => {
  test('a template of another version of the portal is not rendered', () => {
    expect(render('appointment-forgotten', {}, CONTEXT, TEXTS.en)).toBeUndefined();
    expect(render('toString', {}, CONTEXT, TEXTS.en)).toBeUndefined();
  });

  test('R8, R35: a link starts with the configured address and carries its token in the fragment', () => {
    const { links, codes, text } = rendered('verify-email', { token: 'tok_123' });
    expect(links).toEqual(['https://portal.example/verify-email#token=tok_123']);
    expect(codes).toEqual(['tok_123']);
    expect(text).toContain(links[0]);
    expect(new URL(links[0] ?? '').search).toBe('');
  });

  test.each([
    ['en', 'Your appointment on Tuesday 3 March 2026 at 14:00', 'Tuesday 3 March 2026 at 14:00 (Berlin time)'],
    [
      'en-US',
      'Your appointment on Tuesday, March 3, 2026 at 2:00 PM',
      'Tuesday, March 3, 2026 at 2:00 PM (Berlin time)',
    ],
    ['de-AT', 'Ihr Termin am Dienstag, 3. März 2026 um 14:00 Uhr', '14:00 Uhr (Ortszeit Berlin)'],
    ['es', 'Su cita del martes, 3 de marzo de 2026, a las 14:00', '14:00 (hora de Berlin)'],
    ['es-MX', 'Su cita del martes, 3 de marzo de 2026, a las 2:00 p. m.', '2:00 p. m. (hora de Berlin)'],
    ['fr-CA', 'Votre rendez-vous du mardi 3 mars 2026 à 14:00', 'mardi 3 mars 2026 à 14:00 (heure de Berlin)'],
    ['ar', 'موعدك يوم الثلاثاء 3 مارس 2026 في الساعة 2:00 مساءً', '(بتوقيت \u2068Berlin\u2069)'],
    ['ar-MA', 'موعدك يوم الثلاثاء 3 مارس 2026 في الساعة 14:00', '14:00 (بتوقيت \u2068Berlin\u2069)'],
    // Languages that the portal does not write are told in English.
    ['pt-BR', 'Your appointment on Tuesday 3 March 2026 at 14:00', '14:00 (Berlin time)'],
  ])('in %s dates and times are as its readers write them, with the city of the clock', (language, subject, when) => {
    const mail = rendered('appointment-confirmation', FACTS, { language });
    expect(mail.subject).toBe(subject);
    expect(mail.text).toContain(when);
  });

  test('who chose another clock than the region has gets it', () => {
    expect(rendered('appointment-reminder', FACTS, { language: 'en-US', hour12: false }).text).toContain('at 14:00');
    expect(rendered('appointment-reminder', FACTS, { language: 'de', hour12: true }).text).toContain(
      'nachmittags 2:00',
    );
  });

  test('a deadline is told on the clock of the appointment, and which of two equal times it is', () => {
    const offer = (expiresAt: number) => rendered('waitlist-offer', { ...FACTS, expiresAt }).text;
    expect(offer(Date.UTC(2026, 2, 3, 8))).toContain('until Tuesday 3 March 2026 at 09:00 (Berlin time).');
    expect(offer(Date.UTC(2026, 9, 25, 0, 30))).toContain(
      'until Sunday 25 October 2026 at 02:30 (first) (Berlin time).',
    );
    expect(offer(Date.UTC(2026, 9, 25, 1, 30))).toContain(
      'until Sunday 25 October 2026 at 02:30 (second) (Berlin time).',
    );
  });

  test('zones without a city are named as they are', () => {
    const inZone = (timezone: string) => rendered('appointment-reminder', { ...FACTS, timezone }).text;
    expect(inZone('UTC')).toContain('at 14:00 (UTC).');
    expect(inZone('US/Pacific')).toContain('(US/Pacific time)');
    expect(inZone('America/Argentina/Buenos_Aires')).toContain('(Buenos Aires time)');
  });

  test('text is plain, HTML is escaped', () => {
    const { text, html } = rendered('appointment-confirmation', FACTS, { firstName: '<b>Ada</b> & co' });
    expect(text).toContain('Hello <b>Ada</b> & co,');
    expect(html).toContain('Hello &lt;b&gt;Ada&lt;/b&gt; &amp; co,');
    expect(html).not.toContain('<b>');
    expect(html).toContain('&quot;D&quot;');
  });

  test('the greeting has no name for an address that is not verified', () => {
    expect(rendered('verify-email', { token: 't' }, { firstName: null }).text).toMatch(/^Hello,\n/);
    expect(rendered('verify-email', { token: 't' }, { firstName: '' }).text).toMatch(/^Hello,\n/);
  });

  test('the last lines say who sends the mail and why one gets it, and lead to the choices', () => {
    const { text, html } = rendered(
      'clinic-message',
      { subject: 'News', body: 'Hello.' },
      {
        preferencesUrl: 'https://portal.example/preferences',
        unsubscribeUrl: 'https://portal.example/unsubscribe/abc?a=1&b=2',
      },
    );
    expect(text.split('\n-- \n')[1]?.split('\n')).toEqual([
      ...SENDER.signature,
      'You get this message from the clinic because you have an account at its patient portal.',
      'Choose which messages you get: https://portal.example/preferences',
      'Stop messages of this kind: https://portal.example/unsubscribe/abc?a=1&b=2',
    ]);
    expect(html).toContain('href="https://portal.example/unsubscribe/abc?a=1&amp;b=2"');
    const { text: without } = rendered('clinic-message', { subject: 'News', body: 'Hello.' });
    expect(without).not.toContain('Stop messages');
  });

  test('the page has the colours of the clinic, and none that is not a colour', () => {
    const page = (primary: string) =>
      rendered('welcome', {}, { sender: { ...SENDER, colours: { primary, onPrimary: '#ffffff' } } }).html;
    expect(page('#7a0044')).toContain('bgcolor="#7a0044"');
    const forged = page('#fff" onload="alert(1)');
    expect(forged).not.toContain('onload');
    expect(forged).toContain('bgcolor="#0b6270"');
  });

  test('a link that is no address of a page is not followed', () => {
    const facts = { ...FACTS, visitMode: 'video', videoLink: 'javascript:alert(1)' } as const;
    const { html, text } = rendered('appointment-confirmation', facts);
    expect(html).not.toContain('href="javascript');
    expect(text).toContain('javascript:alert(1)');
  });

  test('a free text keeps its lines, and markup in it is text', () => {
    const body = 'First line\r\nsecond <script>alert(1)</script>\n\n\n\nNext paragraph';
    const { html, text } = rendered('clinic-message', { subject: 'News', body });
    expect(text).toContain('First line\nsecond <script>alert(1)</script>\n\nNext paragraph');
    expect(html).toContain('First line<br>\nsecond &lt;script&gt;alert(1)&lt;/script&gt;</p>');
    expect(wordsOnPage(html)).toContain('Next paragraph');
  });

  test('no subject has a second line: a line break in a name would begin another header', () => {
    for (const lineBreak of ['\r\n', '\n', '\r', '\u2028', '\u0085', '\v']) {
      const name = `Ada${lineBreak}Bcc: all@example.net`;
      const { subject, text, sms } = rendered('proxy', { what: 'began', isProxy: true, name }, { firstName: name });
      expect(subject).toBe('You may act for Ada Bcc: all@example.net');
      expect(text).toMatch(/^Hello Ada Bcc: all@example\.net,\n/);
      expect(sms).not.toMatch(/[\r\n\u2028\u0085\v]/);
      expect(rendered('clinic-message', { subject: name, body: 'Text.' }).subject).toBe('Ada Bcc: all@example.net');
    }
  });

  test('characters that turn the direction around are taken out of names, places and free texts', () => {
    for (const mark of OVERRIDES) {
      const name = `Ada${mark}gpj.exe`;
      const { subject, text } = rendered('proxy', { what: 'began', isProxy: true, name }, { firstName: name });
      expect(subject).toBe('You may act for Adagpj.exe');
      expect(text).not.toContain(mark);
      expect(rendered('clinic-message', { subject: name, body: name }).text).not.toContain(mark);
      const sender = { ...SENDER, name, signature: [name] };
      expect(rendered('welcome', {}, { sender }).html).not.toContain(mark);
    }
  });

  test('a huge text is cut: the subject, the text message and the body', () => {
    const huge = 'Wörter '.repeat(10_000);
    const { subject, sms, text } = rendered('clinic-message', { subject: huge, body: huge });
    expect([...subject].length).toBeLessThanOrEqual(150);
    expect(subject.endsWith('…')).toBe(true);
    expect(text.length).toBeLessThan(11_000);
    expect(sms?.length).toBeLessThanOrEqual(306);
    const told = rendered('appointment-reminder', { ...FACTS, doctorName: huge }, { firstName: huge });
    expect(told.text.length).toBeLessThan(6_000);
    expect(told.sms).toMatch(/ at|on Tue 3 Mar, 14:00 \(Berlin\)\.$/);
    expect(rendered('emergency-alert', { body: huge }).sms).toMatch(/\.\.\.$/);
  });

  test('a code goes out by SMS in one segment and alone', () => {
    const { sms, push, codes } = rendered('sign-in-code', { code: '123456', phoneNumber: '+14155550123' });
    expect(sms).toBe(
      '123456 is your code for the patient portal. It works for 5 minutes. Do not share it with anyone.',
    );
    expect([push, codes]).toEqual([null, ['123456']]);
  });

  test('a push message has the name of the clinic as its title', () => {
    const { push } = rendered('appointment-reminder', FACTS);
    expect(push).toEqual({
      title: 'Park & Partners',
      body: 'Reminder: your appointment with Dora "D" Okafor is on Tue 3 Mar, 14:00 (Berlin).',
    });
    const nameless = rendered('welcome', {}, { language: 'de', sender: { ...SENDER, name: null } });
    expect(nameless.push?.title).toBe('Patientenportal');
  });
});
