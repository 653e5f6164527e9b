import { describe, expect, test } from 'vitest';
import { CATEGORY_RULES } from '../../../domain/notifications/categories.ts';
import { envelopeOf, type PushedMessage } from '../../../domain/notifications/push-message.ts';
import type { PushSubscriptionId } from '../../../domain/notifications/push-subscription.ts';
import type { AppointmentId, NotificationId } from '../../../domain/shared/ids.ts';
import { MESSAGE_CATEGORIES, type MessageCategory } from '../../../domain/shared/messages.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');
const PHONE = 'phone' as PushSubscriptionId;
const LAPTOP = 'laptop' as PushSubscriptionId;
const VISIT = 'visit' as AppointmentId;

const message = (category: MessageCategory, more: Partial<PushedMessage> = {}): PushedMessage => ({
  id: 'message' as NotificationId,
  category,
  appointmentId: null,
  uselessFrom: null,
  ...more,
});
const envelope = (category: MessageCategory, more: Partial<PushedMessage> = {}, device = PHONE) =>
  envelopeOf(message(category, more), device, NOW);
const tag = (...of: Parameters<typeof envelope>) => envelope(...of).tag;

describe('how a push message is sent', () => {
  test('by its category: how long it is kept, how urgent it is, and which page it opens', () => {
    const pushed = MESSAGE_CATEGORIES.filter((category) => CATEGORY_RULES[category].channels.push !== 'never');
    const rows = pushed.map((category) => {
      const { ttlSeconds, urgency, path } = envelope(category);
      return [category, ttlSeconds / 3600, urgency, path];
    });
    expect(rows).toEqual([
      ['account', 168, 'low', '/notifications'],
      ['security', 168, 'high', '/notifications'],
      ['alert', 24, 'high', '/notifications'],
      ['appointment', 72, 'normal', '/appointments'],
      ['reminder', 24, 'normal', '/appointments'],
      ['message', 168, 'normal', '/notifications'],
      ['digest', 24, 'low', '/appointments'],
    ]);
  });

  test('R51: it is not kept until it is of no use any more', () => {
    expect(envelope('reminder', { uselessFrom: NOW + 7_200_999 }).ttlSeconds).toBe(7200);
    expect(envelope('reminder', { uselessFrom: NOW }).ttlSeconds).toBe(0);
    expect(envelope('reminder', { uselessFrom: NOW - 1 }).ttlSeconds).toBe(0);
    expect(envelope('reminder', { uselessFrom: NOW + 1e12 }).ttlSeconds).toBe(86_400);
  });

  test('a category of a later version is sent as a message of the clinic', () => {
    expect(envelope('newsletter' as MessageCategory)).toMatchObject({ urgency: 'normal', path: '/notifications' });
  });
});

describe('which push message replaces which', () => {
  const other = { id: 'other' as NotificationId };

  test('each attempt has the same tag, which is a topic of RFC 8030', () => {
    expect(tag('message')).toBe(tag('message'));
    expect(tag('message')).toMatch(/^[A-Za-z0-9_-]{32}$/);
    expect(envelope('message').messageId).toBe('message');
  });

  test('what is told of one appointment replaces what was told of it before', () => {
    const about = { appointmentId: VISIT };
    expect(tag('reminder', { ...about, ...other })).toBe(tag('appointment', about));
    expect(tag('appointment', { appointmentId: 'another' as AppointmentId })).not.toBe(tag('appointment', about));
  });

  test('nothing replaces another message, an alert or a security notice', () => {
    expect(tag('message', other)).not.toBe(tag('message'));
    for (const category of ['alert', 'security'] as const) {
      const about = { appointmentId: VISIT };
      expect(tag(category, { ...about, ...other }), category).not.toBe(tag(category, about));
      expect(tag(category, about), category).not.toBe(tag('appointment', about));
    }
  });

  test('push services cannot tell by it that two devices got the same', () => {
    const about = { appointmentId: VISIT };
    expect(tag('appointment', about, LAPTOP)).not.toBe(tag('appointment', about));
    expect(tag('message', {}, LAPTOP)).not.toBe(tag('message'));
  });
});
