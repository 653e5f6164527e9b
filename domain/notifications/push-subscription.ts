/** The devices of a person that get push messages: browsers (RFC 8030) and installed apps (Firebase Cloud Messaging). */
import type { UserActor } from '../shared/actor.ts';
import { decided } from '../shared/changes.ts';
import type { Id, SessionId, UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { AuditDraft } from './audit-events.ts';
import type { Decision } from './decision.ts';
import { isPushEndpoint, normalisedEndpoint } from './push-endpoint.ts';
import { isPushPublicKey } from './push-keys.ts';

export type PushSubscriptionId = Id<'push_subscription'>;

/** A browser that subscribed to push messages (RFC 8030), with its keys (RFC 8291) in base64url. */
export interface WebPushTarget {
  readonly kind: 'web';
  readonly endpoint: string;
  readonly p256dh: string;
  readonly auth: string;
}

/** An installed app that registered with Firebase Cloud Messaging. */
export interface FcmTarget {
  readonly kind: 'fcm';
  readonly token: string;
}

export type PushTarget = WebPushTarget | FcmTarget;

/** What tells devices apart: the endpoint of a browser, or the token of an app. */
export function addressOf(target: PushTarget): string {
  return target.kind === 'web' ? normalisedEndpoint(target.endpoint) : target.token;
}

export const PUSH_KINDS = ['web', 'fcm'] as const;
export type PushKind = (typeof PUSH_KINDS)[number];

/** A device as its owner sees it: without address and keys. */
export interface PushSubscription {
  readonly id: PushSubscriptionId;
  readonly kind: PushKind;
  /** U+FFFD if it cannot be decrypted. */
  readonly label: string;
  /** The session in which it was registered last. It ends with it. */
  readonly sessionId: SessionId;
  readonly createdAt: Instant;
  /** When it was registered last. */
  readonly registeredAt: Instant;
  /** When a push service last took a message for it. */
  readonly lastUsedAt: Instant | null;
  /** When the push service ends it, as far as it has said so. */
  readonly expiresAt: Instant | null;
}

/** Where a delivery goes. */
export interface PushDevice {
  readonly id: PushSubscriptionId;
  readonly target: PushTarget;
  readonly registeredAt: Instant;
}

export type PushSubscriptionChange =
  /**
   * What somebody else has registered with this address ends. Guarded: with it the person has at most `atMost`; the address is not being
   * registered by somebody else at the same time; and unless it is new, it is still there.
   */
  | {
      readonly type: 'push_subscription.registered';
      readonly subscription: PushSubscription;
      readonly userId: UserId;
      readonly dataKey: DataKey;
      readonly target: PushTarget;
      readonly isNew: boolean;
      readonly atMost: number;
    }
  | { readonly type: 'push_subscription.used'; readonly id: PushSubscriptionId; readonly at: Instant }
  /** `registeredAt`: unless it was registered again since then; `null`: in any case. */
  | {
      readonly type: 'push_subscription.ended';
      readonly id: PushSubscriptionId;
      readonly registeredAt: Instant | null;
    };

/** How many devices one person may have. */
export const MAXIMUM_DEVICES = 10;

/** What the operator has set up. */
export interface PushSettings {
  /** VAPID (RFC 8292): an uncompressed point of P-256 in base64url. `null`: nothing is pushed to browsers. */
  readonly publicKey: string | null;
  /** Hosts of push services beside those of the common browsers: see `isPushEndpoint`. */
  readonly hosts: readonly string[];
  /** Whether messages are pushed to apps. */
  readonly fcm: boolean;
}

export const PUSH_FAULTS = ['unknown_push_service', 'unusable_keys', 'expired'] as const;
export type PushRefused = { readonly code: 'push_subscription_refused'; readonly why: (typeof PUSH_FAULTS)[number] };
export type PushNotConfigured = { readonly code: 'push_not_configured' };
export type TooManyDevices = { readonly code: 'too_many_push_subscriptions'; readonly limit: number };
export type PushSubscriptionNotFound = { readonly code: 'push_subscription_not_found' };

export interface NewDevice {
  readonly target: PushTarget;
  readonly label: string;
  readonly expiresAt: Instant | null;
}

export interface Devices {
  readonly own: readonly PushSubscription[];
  readonly sameAddress: PushSubscriptionId | undefined;
}

export interface Registered {
  readonly subscription: PushSubscription;
  readonly isNew: boolean;
}

export function isConfigured(settings: PushSettings, kind: PushKind): boolean {
  return kind === 'web' ? settings.publicKey !== null : settings.fcm;
}

/**
 * Registers a device, or renews it: browsers and apps register again whenever they start. Of two persons who use one browser, the one who
 * registered last gets the messages.
 * @param own all of the person; `sameAddress`: the one of them that has the address already
 */
export function registerDevice(
  actor: Pick<UserActor, 'userId' | 'sessionId' | 'dataKey'>,
  { target, label, expiresAt }: NewDevice,
  { own, sameAddress }: Devices,
  settings: PushSettings,
  { id, now }: { readonly id: PushSubscriptionId; readonly now: Instant },
): Result<Decision<PushSubscriptionChange, Registered>, PushRefused | PushNotConfigured | TooManyDevices> {
  const { userId, sessionId, dataKey } = actor;
  if (!isConfigured(settings, target.kind)) return refuse({ code: 'push_not_configured' });
  const why = faultOf(target, expiresAt, settings, now);
  if (why !== null) return refuse({ code: 'push_subscription_refused', why });
  const known = own.find((each) => each.id === sameAddress);
  if (known === undefined && own.length >= MAXIMUM_DEVICES) {
    return refuse({ code: 'too_many_push_subscriptions', limit: MAXIMUM_DEVICES });
  }
  const first = { id, kind: target.kind, createdAt: now, lastUsedAt: null };
  const subscription = { ...(known ?? first), label, sessionId, expiresAt, registeredAt: now };
  const isNew = known === undefined;
  const kept = target.kind === 'web' ? { ...target, endpoint: normalisedEndpoint(target.endpoint) } : target;
  const change = { type: 'push_subscription.registered', subscription, userId, dataKey, target: kept, isNew } as const;
  return ok(
    decided({
      value: { subscription, isNew },
      changes: [{ ...change, atMost: MAXIMUM_DEVICES }],
      audit: [
        {
          type: isNew ? 'push_subscription.registered' : 'push_subscription.renewed',
          stream: userId,
          outcome: 'success',
          resource: { type: 'push_subscription', id: subscription.id },
          details: { kind: target.kind },
        },
      ],
    }),
  );
}

function faultOf(
  target: PushTarget,
  expiresAt: Instant | null,
  { hosts }: PushSettings,
  now: Instant,
): PushRefused['why'] | null {
  if (target.kind === 'web') {
    if (!isPushEndpoint(target.endpoint, hosts)) return 'unknown_push_service';
    if (!isPushPublicKey(target.p256dh)) return 'unusable_keys';
  }
  return expiresAt !== null && expiresAt <= now ? 'expired' : null;
}

/** By its owner. */
export function endDevice(
  userId: UserId,
  own: readonly PushSubscription[],
  id: PushSubscriptionId,
): Result<Decision<PushSubscriptionChange, void>, PushSubscriptionNotFound> {
  const found = own.find((each) => each.id === id);
  if (found === undefined) return refuse({ code: 'push_subscription_not_found' });
  return ok(
    decided({
      value: undefined,
      changes: [{ type: 'push_subscription.ended', id, registeredAt: null }],
      audit: [endAudit(userId, found, 'by_owner')],
    }),
  );
}

/** @param why `gone`: its push service knows it no more */
export function endAudit(userId: UserId, { id }: Pick<PushSubscription, 'id'>, why: 'by_owner' | 'gone'): AuditDraft {
  return {
    type: 'push_subscription.ended',
    stream: userId,
    outcome: 'success',
    resource: { type: 'push_subscription', id },
    details: { why },
  };
}
