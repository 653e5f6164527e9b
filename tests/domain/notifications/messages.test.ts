import { describe, expect, test } from 'vitest';
import { type MessageVariables, render, type TemplateName } from '../../../domain/messages.ts';
import type { RenderContext } from '../../../domain/shared/messages.ts';

const CONTEXT = { firstName: '<b>Ada</b> & co', publicUrl: 'https://portal.example' };
const FACTS = { doctorName: 'Dora "D" Okafor', date: '2026-03-03', startTime: '10:00', timezone: 'Europe/Berlin' };

function rendered<T extends TemplateName>(template: T, variables: MessageVariables[T], context: RenderContext) {
  const found = render(template, variables, context);
  if (found === undefined) throw new Error(`no text for ${template}`);
  return found;
}

describe('messages', () => {
  test('a template of another version of the portal is not rendered', () => {
    expect(render('appointment-forgotten', {}, CONTEXT)).toBeUndefined();
    expect(render('toString', {}, CONTEXT)).toBeUndefined();
  });

  test('R8, R35: a link starts with the configured address and carries its token in the fragment', () => {
    const { links, codes, text } = rendered('verify-email', { token: 'tok_123' }, CONTEXT);
    expect(links).toEqual(['https://portal.example/verify-email#token=tok_123']);
    expect(codes).toEqual(['tok_123']);
    expect(text).toContain(links[0]);
    expect(new URL(links[0] ?? '').search).toBe('');
  });

  test('text is plain, HTML is escaped, and both say the same', () => {
    const { text, html, subject } = rendered('appointment-confirmation', FACTS, CONTEXT);
    expect(text).toContain('Hello <b>Ada</b> & co,');
    expect(html).toContain('Hello &lt;b&gt;Ada&lt;/b&gt; &amp; co,');
    expect(html).not.toContain('<b>');
    expect(html).toContain('&quot;D&quot;');
    expect(subject).toBe('Your appointment on 2026-03-03 at 10:00');
    expect(text).toContain('2026-03-03 at 10:00 (Europe/Berlin)');
  });

  test('nobody is greeted by a name that is not theirs to tell', () => {
    const { text, html } = rendered('verify-email', { token: 'tok_123' }, { ...CONTEXT, firstName: null });
    expect(text).toMatch(/^Hello,\n/);
    expect(html).toMatch(/^<p>Hello,<\/p>/);
  });

  test('what has no action has no link', () => {
    expect(rendered('appointment-cancelled', FACTS, CONTEXT)).toMatchObject({ links: [], codes: [] });
    expect(rendered('appointment-reminder', FACTS, CONTEXT).subject).toMatch(/^Reminder/);
    expect(rendered('account-exists', {}, CONTEXT).links).toEqual(['https://portal.example/login']);
    expect(rendered('invitation', { token: 't', role: 'doctor' }, CONTEXT).text).toContain('(doctor)');
  });
});
