import { describe, expect, test } from 'vitest';
import {
  endDevice,
  isConfigured,
  MAXIMUM_DEVICES,
  type NewDevice,
  type PushSettings,
  type PushSubscription,
  type PushSubscriptionId,
  registerDevice,
} from '../../../domain/notifications/push-subscription.ts';
import type { SessionId, UserId } from '../../../domain/shared/ids.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');
const SETTINGS: PushSettings = { publicKey: 'B', hosts: ['push.example'], fcm: true };
const ACTOR = {
  userId: 'ada' as UserId,
  sessionId: 'session' as SessionId,
  dataKey: { ownerId: 'ada', ringKeyId: '1', wrapped: new Uint8Array() },
};
const BROWSER: NewDevice = {
  target: {
    kind: 'web',
    endpoint: 'https://push.example/1',
    p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
    auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  },
  label: 'Laptop',
  expiresAt: null,
};
const APP: NewDevice = { target: { kind: 'fcm', token: 'token' }, label: 'Phone', expiresAt: null };
const ID = 'new' as PushSubscriptionId;

const known = (id: string): PushSubscription => ({
  id: id as PushSubscriptionId,
  kind: 'web',
  label: 'Before',
  sessionId: 'earlier' as SessionId,
  createdAt: NOW - 1000,
  registeredAt: NOW - 500,
  lastUsedAt: NOW - 100,
  expiresAt: null,
});
const many = (count: number) => Array.from({ length: count }, (_, n) => known(`device-${n}`));

function register(
  device: NewDevice,
  own: readonly PushSubscription[] = [],
  sameAddress?: string,
  settings: PushSettings = SETTINGS,
) {
  const devices = { own, sameAddress: sameAddress as PushSubscriptionId | undefined };
  const result = registerDevice(ACTOR, device, devices, settings, { id: ID, now: NOW });
  return result.ok ? result.value : result.error;
}

describe('registering a device', () => {
  test('makes a new one in the session of the request', () => {
    const made = register(BROWSER);
    const subscription = {
      id: ID,
      kind: 'web',
      label: 'Laptop',
      sessionId: 'session',
      createdAt: NOW,
      registeredAt: NOW,
      lastUsedAt: null,
      expiresAt: null,
    };
    expect(made).toMatchObject({
      value: { subscription, isNew: true },
      changes: [
        {
          type: 'push_subscription.registered',
          subscription,
          target: BROWSER.target,
          isNew: true,
          atMost: MAXIMUM_DEVICES,
        },
      ],
      audit: [{ type: 'push_subscription.registered', stream: 'ada', details: { kind: 'web' } }],
    });
    expect(JSON.stringify((made as { audit: unknown }).audit)).not.toContain('push.example');
  });

  test('renews the one with this address: it keeps its id and its times, and belongs to the session of now', () => {
    expect(register({ ...BROWSER, expiresAt: NOW + 1 }, many(3), 'device-1')).toMatchObject({
      value: {
        isNew: false,
        subscription: {
          ...known('device-1'),
          label: 'Laptop',
          sessionId: 'session',
          registeredAt: NOW,
          expiresAt: NOW + 1,
        },
      },
      audit: [{ type: 'push_subscription.renewed' }],
    });
  });

  test(`is refused for more than ${MAXIMUM_DEVICES}, but not for one of them`, () => {
    const limit = { code: 'too_many_push_subscriptions', limit: MAXIMUM_DEVICES };
    expect(register(APP, many(MAXIMUM_DEVICES))).toEqual(limit);
    expect(register(APP, many(MAXIMUM_DEVICES - 1))).toMatchObject({ value: { isNew: true } });
    expect(register(APP, many(MAXIMUM_DEVICES), 'device-0')).toMatchObject({ value: { isNew: false } });
  });

  test('is refused for an address of no push service, for a key that is none, and once it has expired', () => {
    const refused = (change: object, more: Partial<NewDevice> = {}) =>
      register({ ...BROWSER, ...more, target: { ...BROWSER.target, ...change } as NewDevice['target'] });
    const why = (reason: string) => ({ code: 'push_subscription_refused', why: reason });
    expect(refused({ endpoint: 'https://other.example/1' })).toEqual(why('unknown_push_service'));
    expect(refused({ p256dh: `B${'A'.repeat(86)}` })).toEqual(why('unusable_keys'));
    expect(refused({}, { expiresAt: NOW })).toEqual(why('expired'));
    expect(refused({}, { expiresAt: NOW + 1 })).toMatchObject({ value: { isNew: true } });
  });

  test('is possible for what the operator has set up', () => {
    const none = { ...SETTINGS, publicKey: null, fcm: false };
    expect([isConfigured(none, 'web'), isConfigured(none, 'fcm')]).toEqual([false, false]);
    expect(register(BROWSER, [], undefined, { ...SETTINGS, publicKey: null })).toEqual({ code: 'push_not_configured' });
    expect(register(APP, [], undefined, { ...SETTINGS, fcm: false })).toEqual({ code: 'push_not_configured' });
    expect(register(APP, [], undefined, { ...SETTINGS, publicKey: null })).toMatchObject({ value: { isNew: true } });
  });
});

describe('ending a device', () => {
  test('is for its owner', () => {
    const own = many(2);
    const end = (id: string) => endDevice(ACTOR.userId, own, id as PushSubscriptionId);
    expect(end('device-1')).toMatchObject({
      ok: true,
      value: {
        changes: [{ type: 'push_subscription.ended', id: 'device-1', registeredAt: null }],
        audit: [{ type: 'push_subscription.ended', stream: 'ada', details: { why: 'by_owner' } }],
      },
    });
    expect(end('of somebody else')).toEqual({ ok: false, error: { code: 'push_subscription_not_found' } });
  });
});
