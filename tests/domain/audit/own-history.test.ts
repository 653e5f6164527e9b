/** What a proxy reads in the own history of what was done for a patient. */
import { describe, expect, test } from 'vitest';
import { actInWords, actorInWords, type EventInBrief } from '../../../domain/audit/own-history.ts';
import { AUDIT_CATALOG, AUDIT_EVENT_TYPES } from '../../../domain/audit-catalog.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
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

describe('the actor, as the person concerned reads it', () => {
  const READER = id<'user'>('reader') as UserId;
  const words = (
    content: Partial<EventInBrief['content']>,
    actorName: string | null = null,
    patient: { name: string } | null = null,
  ) =>
    actorInWords(
      {
        actorName,
        patient,
        content: {
          actorKind: 'user',
          actorId: 'other',
          type: 'session.opened',
          outcome: 'success',
          details: {},
          ...content,
        },
      },
      READER,
    );

  test.each<[string, Partial<EventInBrief['content']>, (string | null)?]>([
    ['you', { actorId: READER }],
    ['a program with one of your API keys', { actorId: READER, actorKind: 'api_key' }],
    ['somebody who was not signed in', { actorKind: 'anonymous' }],
    ['somebody who was not signed in', { actorKind: 'anonymous', details: { by: 'proxy' } }],
    ['the link that was mailed to you', { actorKind: 'anonymous', details: { channel: 'email' } }],
    [
      'the link that was mailed to somebody who acts for you',
      { actorKind: 'anonymous', details: { channel: 'email', by: 'proxy' } },
    ],
    ['a text message from your phone', { actorKind: 'anonymous', details: { channel: 'sms' } }],
    [
      'a text message from the phone of somebody who acts for you',
      { actorKind: 'anonymous', details: { channel: 'sms', by: 'proxy' } },
    ],
    ['the clinic', { actorKind: 'system' }],
    ['a program of the clinic', { actorKind: 'api_key' }],
    ['a program of somebody, for you', { actorKind: 'api_key', details: { actorRole: 'patient' } }],
    ['a program of Ben', { actorKind: 'api_key' }, 'Ben'],
    ['a program of Ben, for you', { actorKind: 'api_key', details: { onBehalfOf: 'reader' } }, 'Ben'],
    ['Ben', {}, 'Ben'],
    ['Ben', { details: { actorRole: 'staff' } }, 'Ben'],
    ['Ben, for you', { details: { actorRole: 'patient' } }, 'Ben'],
    ['somebody whose account is closed', {}],
  ])('%s: %j', (expected, content, actorName = null) => {
    expect(words(content, actorName)).toBe(expected);
  });

  test('is “you” in the record of a patient for whom the reader acted', () => {
    expect(words({}, 'Ben', { name: 'Ana' })).toBe('you');
  });
});
