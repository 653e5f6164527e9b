import { describe, expect, test } from 'vitest';
import { type MessageVariables, render, type TemplateName } from '../../../domain/messages.ts';
import type { RenderContext } from '../../../domain/shared/messages.ts';

const CONTEXT = { firstName: '<b>Ada</b> & co', publicUrl: 'https://portal.example', signature: [] };
const FACTS = { doctorName: 'Dora "D" Okafor', date: '2026-03-03', startTime: '10:00', timezone: 'Europe/Berlin' };

const NEW_ADDRESS = { to: 'ada@example.net', token: 'tok_123' };
/** Variables for each template: every variant whose words differ. */
const SAMPLES: { readonly [T in TemplateName]: readonly MessageVariables[T][] } = {
  'verify-email': [{ token: 'tok_123' }],
  'account-exists': [{}],
  invitation: [{ token: 'tok_123', role: 'doctor' }],
  'password-reset': [{ token: 'tok_123' }],
  'password-changed': [{ how: 'reset' }, { how: 'changed' }],
  'confirm-email-change': [NEW_ADDRESS],
  'email-change-requested': [NEW_ADDRESS],
  'email-changed': [{ to: 'ada@example.net' }],
  'email-restored': [NEW_ADDRESS],
  'signed-out-everywhere': [{}],
  'credential-made': [{ what: 'api_key' }, { what: 'calendar_feed' }, { what: 'export' }],
  'emergency-access': [true, false].map((isPatient) => ({ doctorName: 'Dora Okafor', until: 0, isPatient })),
  'acted-on-behalf': [{ what: 'export_requested' }, { what: 'export_downloaded' }, { what: 'rectified' }],
  'processing-limit': [true, false].flatMap((isSet) => [
    { kind: 'restriction', isSet },
    { kind: 'objection', isSet },
  ]),
  'records-merged': [{ undoUntil: 0 }],
  'account-merged': [{ email: 'ada@example.net', firstName: 'Ada' }],
  'records-parted': [{ isAlias: true }, { isAlias: false }],
  'new-sign-in': [
    { deviceName: 'Phone', place: null, at: 0 },
    { deviceName: 'https://evil.example', place: 'Berlin', at: 0 },
  ],
  'mfa-changed': (
    ['enabled', 'replaced', 'disabled', 'backup_codes', 'phone_added', 'phone_removed', 'reset'] as const
  ).map((what) => ({ what })),
  'backup-code-used': [{ left: 7 }, { left: 1 }],
  'audit-alert': [
    { problems: 1, first: 'edited' },
    { problems: 2, first: 'edited' },
  ],
  proxy: (['requested', 'began', 'ended'] as const).flatMap((what) =>
    [true, false].map((isProxy) => ({ what, isProxy, name: 'Maria Silva' })),
  ),
  'account-closed': [{ email: 'ada@example.net', firstName: 'Ada' }],
  'sign-in-code': [{ code: '123456', phoneNumber: '+14155550123' }],
  'appointment-confirmation': [FACTS],
  'appointment-reminder': [FACTS],
  'appointment-requested': [FACTS],
  'appointment-declined': [FACTS],
  'appointment-request-expired': [FACTS],
  'appointment-cancelled': [FACTS],
  'appointment-given-up': [
    { ...FACTS, message: null, offer: null, isWaiting: false },
    { ...FACTS, message: 'The doctor is ill.', offer: null, isWaiting: true },
    { ...FACTS, message: null, offer: { ...FACTS, expiresAt: Date.UTC(2026, 2, 3, 8) }, isWaiting: false },
    { ...FACTS, message: null, offer: null, isWaiting: false, patientId: 'child' as never, patientName: 'Ana Silva' },
  ],
  'appointment-restored': [FACTS],
  'appointment-zone-changed': [{ ...FACTS, start: Date.UTC(2026, 2, 3, 8) }],
  'appointment-rescheduled': [{ ...FACTS, previousDate: '2026-03-02', previousStartTime: '09:00' }],
  'appointment-series-booked': [
    { ...FACTS, times: [FACTS, { date: '2026-03-10', startTime: '10:00' }] },
    { ...FACTS, isRequest: true, times: [FACTS, FACTS] },
  ],
  'offer-kept': [{ expiresAt: 0, timezone: 'Europe/Berlin' }],
  'waitlist-offer': [
    { ...FACTS, expiresAt: 0 },
    { ...FACTS, expiresAt: 0, patientId: 'child' as never },
    { ...FACTS, expiresAt: 0, patientId: 'child' as never, patientName: 'Ana Silva' },
  ],
  'doctor-running-late': [
    { ...FACTS, minutes: 30, expectedTime: '10:30' },
    { ...FACTS, minutes: 0, expectedTime: '10:00' },
  ],
  'waitlist-ended': [
    { doctorName: FACTS.doctorName },
    { doctorName: null, typeName: 'Checkup' },
    { doctorName: FACTS.doctorName, typeName: 'Checkup', patientId: 'child' as never, patientName: 'Ana Silva' },
  ],
};

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

  test.each(
    Object.entries(SAMPLES).flatMap(([template, variants]) =>
      variants.map((variables) => [template, variables] as const),
    ),
  )('%s %j is written in whole sentences', (template, variables) => {
    const { subject, text, links } = render(template, variables, { ...CONTEXT, firstName: 'Ada' }) ?? {};
    expect(subject).toMatch(/^[A-Z].*[^.\s]$/);
    const [greeting, ...lines] = (text ?? '').split('\n\n');
    expect(greeting).toBe('Hello Ada,');
    const sentences = links?.length === 1 ? lines.slice(0, -1) : lines;
    expect(sentences.filter((line) => !/^[A-Z\d].*(?:[.:]|\d\d:\d\d)$/.test(line))).toEqual([]);
    expect(text).not.toMatch(/undefined|null|NaN|\$\{|\.\./);
  });

  test('mails about booked, moved and restored appointments link to the appointments', () => {
    const linked = (template: TemplateName, variables: object) =>
      expect(render(template, variables, CONTEXT)?.links).toEqual([`${CONTEXT.publicUrl}/appointments`]);
    for (const template of [
      'appointment-confirmation',
      'appointment-requested',
      'appointment-declined',
      'appointment-restored',
      'appointment-rescheduled',
      'appointment-zone-changed',
      'appointment-series-booked',
    ] as const) {
      for (const variables of SAMPLES[template]) linked(template, variables);
    }
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

  test('the greeting has no name for an address that is not verified', () => {
    const { text, html } = rendered('verify-email', { token: 'tok_123' }, { ...CONTEXT, firstName: null });
    expect(text).toMatch(/^Hello,\n/);
    expect(html).toMatch(/^<p>Hello,<\/p>/);
  });

  test('a signature is the last part of both, after the line that mail programs know', () => {
    const signature = ['Park & Partners', 'Lindenstraße 12, 10969 Berlin'];
    const { text, html } = rendered('appointment-cancelled', FACTS, { ...CONTEXT, signature });
    expect(text.endsWith('\n\n-- \nPark & Partners\nLindenstraße 12, 10969 Berlin')).toBe(true);
    expect(html.endsWith('<hr>\n<p>Park &amp; Partners<br>\nLindenstraße 12, 10969 Berlin</p>')).toBe(true);
    expect(rendered('appointment-cancelled', FACTS, CONTEXT).text).not.toContain('--');
  });

  test('a message without an action has no link', () => {
    expect(rendered('appointment-cancelled', FACTS, CONTEXT)).toMatchObject({ links: [], codes: [] });
    expect(rendered('appointment-reminder', FACTS, CONTEXT).subject).toMatch(/^Reminder/);
    expect(rendered('account-exists', {}, CONTEXT).links).toEqual(['https://portal.example/login']);
    expect(rendered('invitation', { token: 't', role: 'doctor' }, CONTEXT).text).toContain('(doctor)');
  });
});
