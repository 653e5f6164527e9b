/** What a proxy reads in the own history of what was done for a patient. */
import { expect, test } from 'vitest';
import { actInWords } from '../../../domain/audit/own-history.ts';
import { AUDIT_CATALOG, AUDIT_EVENT_TYPES } from '../../../domain/audit-catalog.ts';
import { id } from '../scheduling/builders.ts';

const ANA = { id: id<'user'>('ana'), name: 'Ana $& Silva' };

test.each([
  ['appointment.booked', 'Ana $& Silva’s appointment was booked by you.'],
  ['appointment.requested', 'An appointment was asked for by you, for Ana $& Silva.'],
  ['appointment.intake_answered', 'Questions about Ana $& Silva’s visit were answered by you.'],
  ['hold.created', 'A time was held for Ana $& Silva by you.'],
  ['waitlist.joined', 'Ana $& Silva was put on the waitlist by you.'],
] as const)('%s: %s', (type, expected) => {
  expect(actInWords(AUDIT_CATALOG[type].text, ANA)).toBe(expected);
});

test('says of everything for whom it was, and “you” of the reader alone', () => {
  for (const type of AUDIT_EVENT_TYPES.filter((each) => /^(appointment|hold|waitlist)/.test(each))) {
    const told = actInWords(AUDIT_CATALOG[type].text, { ...ANA, name: null });
    expect(told, type).toMatch(/^[A-Z].*\bthe patient\b.*\.$|^The patient.*\.$/);
    expect(told.replace('by you', ''), type).not.toMatch(/\byou(r)?\b/i);
  }
});
