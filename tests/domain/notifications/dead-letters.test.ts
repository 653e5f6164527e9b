import { describe, expect, test } from 'vitest';
import { again, redrive } from '../../../domain/notifications/dead-letters.ts';
import type { DeadLetter } from '../../../domain/notifications/lists.ts';
import { DEFAULT_PREFERENCES, type MailedCategory } from '../../../domain/notifications/preferences.ts';
import type { DeliveryId } from '../../../domain/notifications/states.ts';
import { canUnsubscribe, chooseByLink } from '../../../domain/notifications/unsubscribing.ts';
import type { NotificationId, UserId } from '../../../domain/shared/ids.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');
const LETTER: DeadLetter = {
  id: 'd' as DeliveryId,
  notificationId: 'n' as NotificationId,
  userId: 'u' as UserId,
  channel: 'sms',
  category: 'reminder',
  template: 'appointment-reminder',
  state: 'dead',
  reason: null,
  provider: 'twilio',
  attempts: 5,
  isOutcomeUnknown: false,
  isGone: false,
  createdAt: NOW,
};

describe('sending a delivery again that was given up', () => {
  test.each<[string, Partial<DeadLetter>, boolean, string | null]>([
    ['given up', {}, false, null],
    ['sent', { state: 'sent' }, true, 'not_dead'],
    ['with its secret destroyed', { isGone: true }, true, 'message_gone'],
    ['that may have arrived', { isOutcomeUnknown: true }, false, 'may_have_arrived'],
    ['that may arrive twice', { isOutcomeUnknown: true }, true, null],
  ])('one %s', (_, fields, evenTwice, why) => {
    const redriven = redrive({ ...LETTER, ...fields }, evenTwice, NOW);
    expect(redriven.ok ? null : redriven.error).toEqual(why && { code: 'delivery_not_redrivable', why });
  });

  test('is refused when it is not there', () => {
    expect(redrive(undefined, true, NOW)).toEqual({ ok: false, error: { code: 'not_found' } });
  });

  test('makes its job, with the priority of its category', () => {
    expect(again([LETTER], NOW)).toMatchObject({
      changes: [{ type: 'delivery.redriven', id: 'd', notificationId: 'n', at: NOW }],
      audit: [{ type: 'notification.redriven', stream: 'u', details: { channel: 'sms' } }],
      jobs: [{ topic: 'delivery.sms', payload: { deliveryId: 'd' }, priority: 6 }],
    });
  });
});

describe('the link that ends mails', () => {
  test.each([
    ['reminder', {}, true],
    ['message', {}, true],
    ['appointment', {}, true],
    ['security', {}, false],
    ['code', {}, false],
    // To an address that the message names, of which no account is known.
    ['reminder', { to: 'ada@example.org' }, false],
  ] as const)('is in mails of %s with %j: %s', (category, variables, expected) => {
    expect(canUnsubscribe({ category, variables })).toBe(expected);
  });

  const mailed = (category: MailedCategory['category']): MailedCategory => ({
    ...{ userId: 'u' as UserId, category, language: 'en', preferences: DEFAULT_PREFERENCES },
  });

  test('ends those of one category, and wants them again', () => {
    const ended = chooseByLink(mailed('reminder'), false, NOW);
    if (!ended.ok) throw new Error(ended.error.code);
    const preferences = ended.value.value;
    const version = DEFAULT_PREFERENCES.version + 1;
    expect(preferences).toMatchObject({ choices: { reminder: { email: false } }, version });
    const wanted = chooseByLink({ ...mailed('reminder'), preferences }, true, NOW);
    expect(wanted.ok && wanted.value.changes).toHaveLength(1);
  });

  test('is refused when it is unknown, or its mails cannot be ended', () => {
    for (const found of [undefined, mailed('security')]) {
      expect(chooseByLink(found, false, NOW)).toEqual({ ok: false, error: { code: 'not_found' } });
    }
  });
});
