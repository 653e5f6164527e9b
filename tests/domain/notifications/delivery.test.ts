import { describe, expect, test } from 'vitest';
import {
  begun,
  deliverySkipped,
  deviceGone,
  failed,
  holderOf,
  judge,
  judgeDelivery,
  MAXIMUM_ATTEMPTS,
  sent,
  skipped,
} from '../../../domain/notifications/delivery.ts';
import type { StoredDelivery, StoredNotification } from '../../../domain/notifications/ports.ts';
import { DEFAULT_PREFERENCES } from '../../../domain/notifications/preferences.ts';
import type { PushSubscriptionId } from '../../../domain/notifications/push-subscription.ts';
import type { DeliveryId, NotificationStatus } from '../../../domain/notifications/states.ts';
import type { AppointmentId, NotificationId, UserId } from '../../../domain/shared/ids.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');

function notification(overrides: Partial<StoredNotification> = {}): StoredNotification {
  return {
    id: 'n' as NotificationId,
    message: {
      template: 'appointment-reminder',
      variables: { doctorName: 'Dr. Okafor', date: '2026-03-03', startTime: '10:00', timezone: 'UTC' },
      category: 'reminder',
      announces: null,
      channels: null,
    },
    isDamaged: false,
    status: 'pending',
    isRouted: false,
    usefulUntil: null,
    suppressed: [],
    receiverKey: null,
    receiver: {
      id: 'u' as UserId,
      email: 'a@b.example',
      firstName: 'Ada',
      language: 'en',
      open: true,
      isProven: true,
      objects: false,
      phone: null,
      preferences: DEFAULT_PREFERENCES,
      devices: [],
    },
    appointment: {
      id: 'a' as AppointmentId,
      writtenForVersion: 2,
      version: 2,
      status: 'scheduled',
      start: NOW + 86_400_000,
      concernsReceiver: true,
      isReplaced: false,
      series: null,
    },
    ...overrides,
  };
}

function delivery(
  overrides: Partial<Omit<StoredDelivery, 'notification'>> = {},
  of: Partial<StoredNotification> = {},
): StoredDelivery {
  return {
    id: 'd' as DeliveryId,
    channel: 'email',
    state: 'pending',
    attempts: 0,
    sendAt: NOW,
    provider: null,
    isOutcomeUnknown: false,
    others: [],
    device: null,
    notification: notification({ isRouted: true, ...of }),
    ...overrides,
  };
}

const appointment = (overrides: Partial<NonNullable<StoredNotification['appointment']>>) => ({
  id: 'a' as AppointmentId,
  writtenForVersion: 2,
  version: 2,
  status: 'scheduled',
  start: NOW + 86_400_000,
  concernsReceiver: true,
  isReplaced: false,
  series: null,
  ...overrides,
});

describe('whether a notification is still to be sent', () => {
  test('a pending one is, and one that failed before is', () => {
    expect(judge(notification(), NOW)).toEqual({ kind: 'send' });
    expect(judge(notification({ status: 'scheduled' }), NOW)).toEqual({ kind: 'send' });
    expect(judge(notification({ status: 'failed' }), NOW)).toEqual({ kind: 'send' });
  });

  test('to an address that nobody has verified, only links are mailed, and nothing of the record', () => {
    const { receiver } = notification();
    const unproven = { ...receiver, isProven: false };
    const of = (category: StoredNotification['message']['category']) =>
      judgeDelivery(
        delivery({}, { receiver: unproven, message: { ...notification().message, category } as never }),
        NOW,
      );
    for (const category of ['appointment', 'reminder', 'message'] as const) {
      expect(of(category)).toEqual({ kind: 'skip', why: 'address_unproven' });
    }
    for (const category of ['account', 'security'] as const) expect(of(category)).toEqual({ kind: 'send' });
  });

  test('one that is no longer useful is not sent, nor retried for a later time', () => {
    const code = delivery({ state: 'failed', attempts: 1 }, { usefulUntil: NOW + 300_000, appointment: null });
    expect(judgeDelivery(code, NOW + 299_999)).toEqual({ kind: 'send' });
    expect(judgeDelivery(code, NOW + 300_000)).toEqual({ kind: 'skip', why: 'void' });
    expect(judge({ ...code.notification, isRouted: false }, NOW + 300_000)).toEqual({ kind: 'skip', why: 'void' });
    const down = { kind: 'unreachable', detail: 'TimeoutError' } as const;
    expect(failed(code, down, 'p', NOW).value).toBe(NOW + 60_000);
    expect(failed(code, down, 'p', NOW + 240_000)).toMatchObject({
      value: null,
      changes: [{ type: 'delivery.failed', retryAt: null }],
      audit: [{ type: 'notification.dead_lettered' }],
    });
    // The second attempt would be five minutes after the first.
    expect(failed(code, { kind: 'transient', detail: 'answered 500' }, 'p', NOW + 1).value).toBe(null);
  });

  test('R48: one that was sent, skipped or given up is not sent again', () => {
    const ended: NotificationStatus[] = ['sent', 'delivered', 'read', 'dead', 'skipped'];
    for (const status of ended) {
      expect(judge(notification({ status }), NOW)).toEqual({ kind: 'done' });
      expect(judgeDelivery(delivery({ state: status }), NOW)).toEqual({ kind: 'done' });
    }
    expect(judge(notification({ isRouted: true }), NOW)).toEqual({ kind: 'done' });
  });

  test('a push message to a device that is registered no more is not sent, and one to a device that is gone ends it', () => {
    const device = { id: 'phone' as PushSubscriptionId, target: { kind: 'fcm', token: 't' } as const, registeredAt: 7 };
    const receiver = { ...notification().receiver, devices: [device.id] };
    const pushed = (change: Partial<StoredDelivery>) => delivery({ channel: 'push', ...change }, { receiver });
    expect(judgeDelivery(pushed({ device: null }), NOW)).toEqual({ kind: 'skip', why: 'subscription_ended' });
    expect(judgeDelivery(pushed({ device }), NOW)).toEqual({ kind: 'send' });
    expect(deviceGone(pushed({ device }), device, NOW)).toMatchObject({
      changes: [
        { type: 'delivery.skipped', id: 'd', reason: 'subscription_ended' },
        { type: 'push_subscription.ended', id: 'phone', registeredAt: 7 },
      ],
      audit: [{ type: 'push_subscription.ended', stream: 'u', details: { why: 'gone' } }],
    });
    const by = { provider: 'fcm', providerId: null };
    expect(sent(pushed({ device }), by, NOW).changes).toContainEqual({
      type: 'push_subscription.used',
      id: 'phone',
      at: NOW,
    });
    expect(sent(delivery(), by, NOW).changes).toHaveLength(1);
  });

  test('R51: a reminder of a moved, cancelled, missed or past appointment is not sent', () => {
    const why = (change: Parameters<typeof appointment>[0]) =>
      judgeDelivery(delivery({}, { appointment: appointment(change) }), NOW);
    expect(why({ version: 3 })).toEqual({ kind: 'skip', why: 'appointment_changed' });
    expect(why({ status: 'cancelled' })).toEqual({ kind: 'skip', why: 'appointment_closed' });
    expect(why({ status: 'no_show' })).toEqual({ kind: 'skip', why: 'appointment_closed' });
    expect(why({ start: NOW })).toEqual({ kind: 'skip', why: 'appointment_past' });
    expect(why({ concernsReceiver: false })).toEqual({ kind: 'skip', why: 'no_longer_proxy' });
    expect(why({ status: 'confirmed' })).toEqual({ kind: 'send' });
  });

  test('a confirmation is routed even if the appointment has changed since: it stands in the portal', () => {
    const confirmation = notification({ appointment: appointment({ version: 9, status: 'cancelled' }) });
    const message = { ...confirmation.message, category: 'appointment' as const };
    expect(judge({ ...confirmation, message }, NOW)).toEqual({ kind: 'send' });
  });

  test('nothing is sent to a closed account', () => {
    const receiver = { ...notification().receiver, open: false };
    expect(judge(notification({ receiver }), NOW)).toEqual({ kind: 'skip', why: 'receiver_closed' });
  });
});

describe('the outcome of an attempt', () => {
  test('sent and skipped are recorded with the notification', () => {
    expect(sent(delivery(), { provider: 'smtp', providerId: 'provider-1' }, NOW)).toMatchObject({
      changes: [{ type: 'delivery.sent', id: 'd', notificationId: 'n', provider: 'smtp', providerId: 'provider-1' }],
      audit: [{ type: 'notification.sent', stream: 'u', outcome: 'success' }],
    });
    expect(skipped(notification(), 'appointment_changed', NOW).changes).toEqual([
      { type: 'notification.skipped', id: 'n', why: 'appointment_changed', at: NOW },
    ]);
    expect(deliverySkipped(delivery(), 'no_address', NOW).changes).toEqual([
      { type: 'delivery.skipped', id: 'd', notificationId: 'n', reason: 'no_address', lapsed: null, at: NOW },
    ]);
  });

  test('a transient failure is retried after 1 and after 5 minutes; the third failure gives up', () => {
    const ending = (attempts: number) =>
      failed(delivery({ attempts }), { kind: 'transient', detail: 'timeout' }, 'p', NOW);
    expect(ending(0).value).toBe(NOW + 60_000);
    expect(ending(1).value).toBe(NOW + 300_000);
    expect(ending(MAXIMUM_ATTEMPTS - 1).value).toBeNull();
    expect(ending(0).audit).toEqual([]);
    expect(ending(2).audit).toMatchObject([{ type: 'notification.dead_lettered', outcome: 'failure' }]);
  });

  test('R59: an unreachable provider is retried for a day at growing intervals, without counting attempts', () => {
    const away = (hours: number) =>
      failed(delivery({ sendAt: NOW - hours * 3_600_000 }), { kind: 'unreachable', detail: 'TimeoutError' }, 'p', NOW);
    expect(away(0)).toMatchObject({ value: NOW + 60_000, changes: [{ counted: false }] });
    expect(away(0.1).value).toBe(NOW + 180_000);
    expect(away(5).value).toBe(NOW + 900_000);
    expect(away(24).value).toBeNull();
  });

  test('a permanent failure gives up at once', () => {
    expect(failed(delivery(), { kind: 'permanent', detail: 'no such address' }, 'p', NOW)).toMatchObject({
      value: null,
      changes: [{ type: 'delivery.failed', retryAt: null, error: 'no such address' }],
    });
  });

  test('a provider that may have the message keeps it, whatever a later attempt says', () => {
    const asked = (isOutcomeUnknown: boolean) => delivery({ provider: 'smtp', isOutcomeUnknown });
    expect(holderOf(asked(false))).toBeNull();
    expect(holderOf(asked(true))).toBe('smtp');
    const lost = { kind: 'unreachable', detail: 'TimeoutError', outcome: 'unknown' } as const;
    const busy = { kind: 'transient', detail: 'answered 451' } as const;
    const isOpen = (of: StoredDelivery, refusal: typeof lost | typeof busy) =>
      failed(of, refusal, 'smtp', NOW).changes.map((change) => 'isOutcomeUnknown' in change && change.isOutcomeUnknown);
    expect(isOpen(asked(false), busy)).toEqual([false]);
    expect(isOpen(asked(false), lost)).toEqual([true]);
    expect(isOpen(asked(true), busy)).toEqual([true]);
  });

  test('the provider is named before it is asked, with the one that has certainly not taken the message', () => {
    expect(begun(delivery(), 'smtp', 'sendgrid', NOW).changes).toEqual([
      { type: 'delivery.begun', id: 'd', notificationId: 'n', provider: 'smtp', freedBy: 'sendgrid', at: NOW },
    ]);
  });
});
