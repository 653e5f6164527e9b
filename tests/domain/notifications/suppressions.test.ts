import { describe, expect, test } from 'vitest';
import { answerText, type TextAboutMessages } from '../../../domain/notifications/inbound.ts';
import { DEFAULT_PREFERENCES } from '../../../domain/notifications/preferences.ts';
import type { MessageNotice } from '../../../domain/notifications/provider-notices.ts';
import type { Suppression, SuppressionId } from '../../../domain/notifications/suppression.ts';
import {
  lift,
  normalisedAddress,
  reasonOf,
  reasonOfFault,
  tellAdministrators,
} from '../../../domain/notifications/suppressions.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');
const DAY = 86_400_000;
const dataKey: DataKey = { ownerId: 'u', ringKeyId: 'ring', wrapped: new Uint8Array(32) };
const NUMBER = '+4915112345678';

describe('the address as it is compared', () => {
  test.each([
    ['sms', ` ${NUMBER} `, NUMBER],
    ['sms', '+123456', '+123456'],
    ['sms', '+12345', undefined],
    ['sms', '+123456789012345', '+123456789012345'],
    ['sms', '+1234567890123456', undefined],
    ['sms', 'ada@example.org', undefined],
    ['email', ' Ada@Example.org', 'ada@example.org'],
    ['email', 'ada', undefined],
    ['email', NUMBER, undefined],
    ['email', `${'a'.repeat(308)}@example.org`, `${'a'.repeat(308)}@example.org`],
    ['email', `${'a'.repeat(309)}@example.org`, undefined],
  ] as const)('%s %s', (channel, address, expected) => {
    expect(normalisedAddress(channel, address)).toBe(expected);
  });
});

describe('why an address gets nothing more', () => {
  const notice = (event: MessageNotice['event']): MessageNotice => ({
    ...{ kind: 'message', eventId: 'e', at: NOW, providerId: null, messageId: null, address: null },
    event,
  });

  test.each<[MessageNotice['event'], string | null]>([
    [{ type: 'complained' }, 'complained'],
    [{ type: 'unsubscribed' }, 'unsubscribed'],
    [{ type: 'bounced', hardness: 'hard', detail: '' }, 'no_such_receiver'],
    [{ type: 'bounced', hardness: 'soft', detail: '' }, null],
    [{ type: 'failed', detail: '', reason: 'no_such_receiver' }, 'no_such_receiver'],
    [{ type: 'failed', detail: '', reason: 'opted_out' }, 'unsubscribed'],
    [{ type: 'failed', detail: '' }, null],
    [{ type: 'delivered' }, null],
    [{ type: 'opened' }, null],
  ])('%j: %s', (event, reason) => {
    expect(reasonOf(notice(event))).toBe(reason);
  });

  test('a message that is too large says nothing of the address', () => {
    expect(reasonOfFault('too_large')).toBeNull();
  });
});

describe('a text to the number of the clinic', () => {
  const text = (fields: Partial<TextAboutMessages> = {}): TextAboutMessages => ({
    ...{ kind: 'inbound', eventId: 'e', at: NOW, from: NUMBER, to: '+4930123456', text: '', keyword: null },
    isAnswered: false,
    ...fields,
  });
  const preferences = { ...DEFAULT_PREFERENCES, smsConsentedAt: NOW - DAY };
  const receiver = (name: string, isCurrent: boolean) => ({
    ...{ userId: name as UserId, dataKey, language: 'en', isCurrent, preferences },
  });
  const receivers = [receiver('now', true), receiver('formerly', false)];
  const suppressions = (['stopped', 'unsubscribed', 'no_such_receiver', 'complained'] as const).map(
    (reason): Suppression => ({
      ...{ id: reason as string as SuppressionId, userId: 'now' as UserId, channel: 'sms', address: NUMBER, reason },
      ...{ provider: 'twilio', since: NOW - DAY },
    }),
  );
  const answered = (given: TextAboutMessages, isHandled = false) => {
    let next = 0;
    const newId = () => `new ${next++}` as SuppressionId;
    return answerText('twilio', given, { receivers, suppressions, isHandled }, newId, NOW);
  };
  const handled = { type: 'provider.notices_handled', provider: 'twilio', eventIds: ['e'], at: NOW };

  test.each([
    ['stop', 'stopped'],
    ['start', 'started'],
    ['help', 'help'],
    [null, 'unread'],
  ] as const)('%s is answered with %s, unless the provider has answered', (keyword, answer) => {
    expect(answered(text({ keyword })).value).toBe(answer);
    expect(answered(text({ keyword, isAnswered: true })).value).toBeNull();
  });

  test('STOP suppresses the number for everybody, and withdraws the consent of those whose number it is', () => {
    const { changes, audit } = answered(text({ keyword: 'stop' }));
    const suppression = { type: 'suppression.added', channel: 'sms', address: NUMBER, reason: 'stopped', at: NOW };
    expect(changes).toMatchObject([
      handled,
      { type: 'preferences.changed', userId: 'now', preferences: { smsConsentedAt: null } },
      { ...suppression, id: 'new 0', userId: 'now' },
      { ...suppression, id: 'new 1', userId: 'formerly' },
    ]);
    expect(audit.filter(({ type }) => type === 'suppression.added')).toHaveLength(2);
  });

  test('START lifts what a reader has asked for, and no other', () => {
    const { changes, audit } = answered(text({ keyword: 'start' }));
    expect(changes).toEqual([
      handled,
      { type: 'suppression.lifted', id: 'stopped' },
      { type: 'suppression.lifted', id: 'unsubscribed' },
    ]);
    expect(audit.map(({ details }) => details)).toEqual([
      { channel: 'sms', reason: 'stopped' },
      { channel: 'sms', reason: 'unsubscribed' },
    ]);
  });

  test('changes nothing when it comes again, is none of these, or comes from no number', () => {
    const quiet = [
      answered(text({ keyword: 'stop' }), true),
      answered(text({ keyword: 'help' })),
      answered(text({ keyword: 'stop', from: 'Clinic' })),
    ];
    expect(quiet.flatMap(({ changes, audit }) => [...changes, ...audit])).toEqual([]);
  });
});

test('an administrator can lift a suppression that is there', () => {
  expect(lift(undefined)).toEqual({ ok: false, error: { code: 'not_found' } });
});

describe('administrators', () => {
  const administrators = [{ userId: 'admin' as UserId, dataKey }];
  const ids = ['a', 'b'] as SuppressionId[];
  const told = (toldAt: number | null, untold = ids) =>
    tellAdministrators({ ids: untold, toldAt }, administrators, NOW);

  test('are told how many addresses were suppressed', () => {
    expect(told(null)).toMatchObject({
      changes: [{ type: 'suppressions.told', ids, at: NOW }],
      messages: [{ template: 'addresses-suppressed', variables: { count: 2 }, userId: 'admin' }],
    });
  });

  test('are told once a day, and not of none', () => {
    expect(told(NOW - DAY + 1)).toBeUndefined();
    expect(told(NOW - DAY)).toBeDefined();
    expect(told(null, [])).toBeUndefined();
  });
});
