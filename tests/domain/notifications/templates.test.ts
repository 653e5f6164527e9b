import { describe, expect, test } from 'vitest';
import { render } from '../../../domain/notifications/templates.ts';

const CONTEXT = { firstName: '<b>Ada</b> & co', publicUrl: 'https://portal.example' };
const FACTS = { doctorName: 'Dora "D" Okafor', date: '2026-03-03', startTime: '10:00', timezone: 'Europe/Berlin' };

describe('messages', () => {
  test('R8, R35: a link starts with the configured address and carries its token in the fragment', () => {
    const { links, codes, text } = render('verify-email', { token: 'tok_123' }, CONTEXT);
    expect(links).toEqual(['https://portal.example/verify-email#token=tok_123']);
    expect(codes).toEqual(['tok_123']);
    expect(text).toContain(links[0]);
    expect(new URL(links[0] ?? '').search).toBe('');
  });

  test('text is plain, HTML is escaped, and both say the same', () => {
    const { text, html, subject } = render('appointment-confirmation', FACTS, CONTEXT);
    expect(text).toContain('Hello <b>Ada</b> & co,');
    expect(html).toContain('Hello &lt;b&gt;Ada&lt;/b&gt; &amp; co,');
    expect(html).not.toContain('<b>');
    expect(html).toContain('&quot;D&quot;');
    expect(subject).toBe('Your appointment on 2026-03-03 at 10:00');
    expect(text).toContain('2026-03-03 at 10:00 (Europe/Berlin)');
  });

  test('nobody is greeted by a name that is not theirs to tell', () => {
    const { text, html } = render('verify-email', { token: 'tok_123' }, { ...CONTEXT, firstName: null });
    expect(text).toMatch(/^Hello,\n/);
    expect(html).toMatch(/^<p>Hello,<\/p>/);
  });

  test('what has no action has no link', () => {
    expect(render('appointment-cancelled', FACTS, CONTEXT)).toMatchObject({ links: [], codes: [] });
    expect(render('appointment-reminder', FACTS, CONTEXT).subject).toMatch(/^Reminder/);
    expect(render('account-exists', {}, CONTEXT).links).toEqual(['https://portal.example/login']);
    expect(render('invitation', { token: 't', role: 'doctor' }, CONTEXT).text).toContain('(doctor)');
  });
});
