import { describe, expect, test } from 'vitest';
import { CATEGORY_RULES, SENDING_CHANNELS } from '../../../domain/notifications/categories.ts';
import type { NotificationChange } from '../../../domain/notifications/changes.ts';
import type { StoredNotification } from '../../../domain/notifications/ports.ts';
import { DEFAULT_PREFERENCES } from '../../../domain/notifications/preferences.ts';
import type { PushSubscriptionId } from '../../../domain/notifications/push-subscription.ts';
import { routed, sendingTime, skipReason, uselessFrom, waysTo } from '../../../domain/notifications/routing.ts';
import type { DeliveryId } from '../../../domain/notifications/states.ts';
import type { NotificationId, UserId } from '../../../domain/shared/ids.ts';
import { MESSAGE_CATEGORIES, type MessageCategory } from '../../../domain/shared/messages.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');
const KEY = { ownerId: 'u', ringKeyId: '1', wrapped: new Uint8Array() };

const of = (
  category: MessageCategory,
  { variables = {}, isProven = true }: { variables?: object; isProven?: boolean } = {},
): StoredNotification => ({
  id: 'n' as NotificationId,
  message: { template: 'clinic-message', variables, category, channels: null } as never,
  isDamaged: false,
  status: 'pending',
  isRouted: false,
  usefulUntil: null,
  suppressed: [],
  receiverKey: KEY,
  receiver: {
    id: 'u' as UserId,
    email: 'ada@example.org',
    firstName: 'Ada',
    language: 'en',
    open: true,
    isProven,
    objects: false,
    phone: null,
    preferences: DEFAULT_PREFERENCES,
    devices: [],
  },
  appointment: null,
});
const IDS = SENDING_CHANNELS.map((channel) => channel as string as DeliveryId);
const reasons = (notification: StoredNotification) =>
  Object.fromEntries(SENDING_CHANNELS.map((channel) => [channel, skipReason(notification, channel)]));

describe('which channels a message takes', () => {
  test('mail by default; others say why not', () => {
    for (const category of ['security', 'account', 'appointment', 'reminder', 'message'] as const) {
      expect(reasons(of(category)), category).toEqual({ email: null, sms: 'not_chosen', push: 'no_address' });
    }
  });

  test('a code goes to the one address that it is for', () => {
    expect(reasons(of('code'))).toEqual({ email: null, sms: 'other_channel', push: 'other_channel' });
    const texted = of('code', { variables: { code: '123456', phoneNumber: '+14155550123' } });
    expect(reasons(texted)).toEqual({ email: 'other_channel', sms: null, push: 'other_channel' });
  });

  test('a message about a former address goes there and nowhere else', () => {
    const about = of('security', { variables: { to: 'former@example.org' }, isProven: false });
    expect(reasons(about)).toEqual({ email: null, sms: 'other_channel', push: 'other_channel' });
  });

  test('an alert takes every channel that there is: no choice and no objection keeps it back, and the text message goes first', () => {
    const alert = of('alert');
    expect(reasons(alert)).toEqual({ email: null, sms: 'no_address', push: 'no_address' });
    const reached = {
      ...alert,
      receiver: { ...alert.receiver, phone: { number: '+14155550123', provenAt: 0 }, objects: true },
    };
    expect(reasons(reached)).toEqual({ email: null, sms: null, push: 'no_address' });
    const urgency = routed(reached, IDS, NOW).jobs?.map(({ topic, priority }) => [topic, priority]);
    expect(urgency).toEqual([
      ['delivery.email', 2],
      ['delivery.sms', 1],
    ]);
    const message = of('message');
    expect(
      reasons({ ...message, receiver: { ...message.receiver, phone: { number: '+14155550123', provenAt: 0 } } }).sms,
    ).toBe('not_chosen');
  });

  test('a message takes no channel that was not asked for; an objection keeps what is optional in the portal', () => {
    const message = of('message');
    const asked = { ...message, message: { ...message.message, channels: ['sms' as const] } };
    expect(reasons(asked)).toEqual({ email: 'not_asked', sms: 'not_chosen', push: 'not_asked' });
    expect(reasons({ ...message, receiver: { ...message.receiver, objects: true } }).email).toBe('objection');
  });

  test('a digest is mailed unless its receiver wants none, and goes to no phone', () => {
    const digest = of('digest');
    expect(reasons(digest)).toEqual({ email: null, sms: 'other_channel', push: 'not_chosen' });
    const preferences = { ...DEFAULT_PREFERENCES, choices: { digest: { email: false, sms: true } } };
    const chosen = { ...digest, receiver: { ...digest.receiver, preferences } };
    expect(reasons(chosen)).toEqual({ email: 'not_chosen', sms: 'other_channel', push: 'not_chosen' });
    expect(reasons({ ...digest, receiver: { ...digest.receiver, objects: true } }).email).toBe('objection');
  });

  test('to an address that nobody has proven, nothing of the record is mailed', () => {
    const mailed = (category: MessageCategory) => skipReason(of(category, { isProven: false }), 'email');
    const held = MESSAGE_CATEGORIES.filter((category) => mailed(category) === 'address_unproven');
    expect(held).toEqual(['alert', 'appointment', 'reminder', 'message']);
  });
});

const pushedIn = (changes: readonly NotificationChange[]) =>
  changes
    .flatMap((change) => (change.type === 'notification.routed' ? change.deliveries : []))
    .filter(({ channel }) => channel === 'push');

describe('routing', () => {
  test('makes a row for each channel, and a job for each that is taken', () => {
    const { changes, jobs } = routed(of('reminder'), IDS, NOW);
    expect(changes).toEqual([
      {
        type: 'notification.routed',
        id: 'n',
        userId: of('reminder').receiver.id,
        isListed: true,
        at: NOW,
        deliveries: [
          { id: 'email', channel: 'email', subscriptionId: null, reason: null, sendAt: NOW },
          { id: 'sms', channel: 'sms', subscriptionId: null, reason: 'not_chosen', sendAt: NOW },
          { id: 'push', channel: 'push', subscriptionId: null, reason: 'no_address', sendAt: NOW },
        ],
      },
    ]);
    expect(jobs).toEqual([
      {
        topic: 'delivery.email',
        payload: { deliveryId: 'email' },
        notBefore: NOW,
        priority: CATEGORY_RULES.reminder.priority,
      },
    ]);
  });

  test('a push message goes to each device, by a delivery and a job of its own', () => {
    const message = of('reminder');
    const devices = ['phone', 'laptop'].map((each) => each as PushSubscriptionId);
    const reached = { ...message, receiver: { ...message.receiver, devices } };
    expect(waysTo(reached.receiver).map(({ channel, device }) => [channel, device])).toEqual([
      ['email', null],
      ['sms', null],
      ['push', 'phone'],
      ['push', 'laptop'],
    ]);
    const ids = ['1', '2', '3', '4'].map((each) => each as DeliveryId);
    const { changes, jobs } = routed(reached, ids, NOW);
    expect(pushedIn(changes)).toEqual([
      { id: '3', channel: 'push', subscriptionId: 'phone', reason: null, sendAt: NOW },
      { id: '4', channel: 'push', subscriptionId: 'laptop', reason: null, sendAt: NOW },
    ]);
    expect(jobs?.map(({ topic, payload }) => [topic, payload.deliveryId])).toEqual([
      ['delivery.email', '1'],
      ['delivery.push', '3'],
      ['delivery.push', '4'],
    ]);
  });

  test('whoever wants no push messages has one row that says so, however many devices there are', () => {
    const devices = ['phone', 'laptop'].map((each) => each as PushSubscriptionId);
    const message = of('reminder');
    const preferences = { ...DEFAULT_PREFERENCES, choices: { reminder: { push: false } } };
    const ids = ['1', '2', '3', '4'].map((each) => each as DeliveryId);
    const { changes } = routed({ ...message, receiver: { ...message.receiver, devices, preferences } }, ids, NOW);
    expect(pushedIn(changes)).toEqual([
      { id: '3', channel: 'push', subscriptionId: null, reason: 'not_chosen', sendAt: NOW },
    ]);
  });

  test('with a device, push is for every category that it may carry', () => {
    const taken = MESSAGE_CATEGORIES.filter((category) => {
      const message = of(category);
      const devices = ['phone' as PushSubscriptionId];
      return skipReason({ ...message, receiver: { ...message.receiver, devices } }, 'push') === null;
    });
    expect(taken).toEqual(['account', 'security', 'alert', 'appointment', 'reminder', 'message']);
  });

  test('the portal lists what its receiver can read there: no codes, and nothing that is sealed for the message alone', () => {
    const listed = (notification: StoredNotification) =>
      routed(notification, IDS, NOW).changes.map((change) => 'isListed' in change && change.isListed);
    expect(listed(of('security'))).toEqual([true]);
    expect(listed(of('code'))).toEqual([false]);
    expect(listed({ ...of('account'), receiverKey: null })).toEqual([false]);
  });

  test('codes go before notices, and both before what is sent to many', () => {
    const priority = (category: MessageCategory) => routed(of(category), IDS, NOW).jobs?.[0]?.priority ?? 0;
    const order = ['code', 'security', 'appointment', 'reminder', 'message', 'digest'] as const;
    expect(order.map(priority)).toEqual(order.map(priority).toSorted((a, b) => a - b));
    expect(new Set(order.map(priority)).size).toBe(order.length);
  });
});

test('a channel whose address gets nothing more is left out, and no other', () => {
  const suppressed: StoredNotification = { ...of('reminder'), suppressed: ['email'] };
  expect(skipReason(suppressed, 'email')).toBe('suppressed');
  expect(skipReason({ ...suppressed, suppressed: ['sms'] }, 'email')).toBeNull();
});

test('a reminder is of no use from the start of its appointment on, any message after it says so', () => {
  const from = (category: MessageCategory, start: number | null, usefulUntil: number | null) =>
    uselessFrom({ ...of(category), usefulUntil, appointment: start === null ? null : ({ start } as never) });
  expect([from('reminder', 5, null), from('reminder', 5, 7), from('reminder', 7, 5)]).toEqual([5, 5, 5]);
  expect([from('reminder', null, 7), from('message', 5, 7), from('message', 5, null)]).toEqual([7, 7, null]);
});

describe('a message in quiet hours', () => {
  const HOUR = 3_600_000;
  // It is noon, and they end at two.
  const quietHours = { from: '11:00', to: '14:00', zone: 'UTC' } as NonNullable<typeof DEFAULT_PREFERENCES.quietHours>;
  const sentAt = (category: MessageCategory, startsIn: number | null, usefulFor: number | null) => {
    const message = of(category);
    const appointment =
      startsIn === null
        ? null
        : {
            writtenForVersion: 1,
            version: 1,
            status: 'scheduled',
            start: NOW + startsIn * HOUR,
            concernsReceiver: true,
          };
    const sent = sendingTime(
      {
        ...message,
        usefulUntil: usefulFor === null ? null : NOW + usefulFor * HOUR,
        receiver: { ...message.receiver, preferences: { ...DEFAULT_PREFERENCES, quietHours } },
        appointment: appointment as StoredNotification['appointment'],
      },
      NOW,
    );
    return sent === null ? null : (sent - NOW) / HOUR;
  };

  test('is held until they end, unless it is urgent', () => {
    expect(sentAt('message', null, null)).toBe(2);
    expect(sentAt('security', null, null)).toBe(0);
  });

  test('is not sent if it is of no use by then', () => {
    expect(sentAt('message', null, 1)).toBeNull();
    expect(sentAt('message', null, 3)).toBe(2);
  });

  test('of a reminder is of use until the appointment starts, or earlier', () => {
    expect(sentAt('reminder', 1, null)).toBeNull();
    expect(sentAt('reminder', 3, null)).toBe(2);
    expect(sentAt('reminder', 3, 1)).toBeNull();
    expect(sentAt('reminder', 1, 3)).toBeNull();
    expect(sentAt('reminder', 3, 4)).toBe(2);
    expect(sentAt('reminder', null, 1)).toBeNull();
    expect(sentAt('reminder', null, null)).toBe(2);
    // Any other message is of use after the start too.
    expect(sentAt('appointment', 1, null)).toBe(2);
  });
});
