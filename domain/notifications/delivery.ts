/** Whether a message is still to be sent, and the changes after an attempt to deliver it. */
import { decided } from '../shared/changes.ts';
import type { Instant } from '../shared/time.ts';
import { untrue } from './announcements.ts';
import type { AuditDraft } from './audit-events.ts';
import { rulesOf } from './categories.ts';
import type { NotificationChange } from './changes.ts';
import type { Decision } from './decision.ts';
import type { SendRefusal, StoredDelivery, StoredNotification, UnsentDelivery, UnsentNotification } from './ports.ts';
import { endAudit, type PushDevice } from './push-subscription.ts';
import { deliveryTopic, sendingTime, skipReason } from './routing.ts';
import type { NewSuppression } from './suppression.ts';
import { addition, additionAudit } from './suppressions.ts';

/** Attempts that reach the provider, before a delivery is given up. */
export const MAXIMUM_ATTEMPTS = 3;
/** The delay after the first and the second failed attempt. */
const RETRY_DELAYS_SECONDS = [60, 300] as const;
/** A delivery is given up when its provider has been unreachable for this long. */
const WAIT_FOR_PROVIDER_MS = 24 * 3_600_000;
const LONGEST_WAIT_MS = 15 * 60_000;

export type Verdict =
  | { readonly kind: 'send' }
  | { readonly kind: 'done' }
  | { readonly kind: 'skip'; readonly why: string }
  /** The receiver has quiet hours until then. */
  | { readonly kind: 'hold'; readonly until: Instant };

type State = StoredNotification['status'];

function isOpen(state: State): boolean {
  return state === 'pending' || state === 'scheduled' || state === 'failed';
}

/** Whether a due message is to be routed. Routing twice has the effect of routing once (R48). */
export function judge(notification: StoredNotification, now: Instant): Exclude<Verdict, { readonly kind: 'hold' }> {
  if (notification.isRouted || !isOpen(notification.status)) return { kind: 'done' };
  return judgeContent(notification, now);
}

/** Whether a delivery is to be sent. Sending twice has the effect of sending once (R48). */
export function judgeDelivery({ state, channel, notification, device, sendAt }: StoredDelivery, now: Instant): Verdict {
  if (!isOpen(state)) return { kind: 'done' };
  const verdict = judgeContent(notification, now);
  if (verdict.kind !== 'send') return verdict;
  const wait = { since: sendAt, wasHeld: state === 'scheduled' };
  const why = skipReason(notification, channel) ?? untrue(notification, wait, now);
  if (why !== null) return { kind: 'skip', why };
  if (channel === 'push' && device === null) return { kind: 'skip', why: 'subscription_ended' };
  const until = sendingTime(notification, now);
  if (until === null) return { kind: 'skip', why: 'quiet_hours' };
  return until > now ? { kind: 'hold', until } : verdict;
}

/**
 * A reminder is tied to the version of its appointment: it is not sent when the appointment was changed or cancelled or is
 * past (R51).
 */
function judgeContent(
  { receiver, appointment, message, usefulUntil, isDamaged }: StoredNotification,
  now: Instant,
): Exclude<Verdict, { readonly kind: 'hold' }> {
  if (!receiver.open) return { kind: 'skip', why: 'receiver_closed' };
  if (isDamaged) return { kind: 'skip', why: 'damaged' };
  const { isOptional, isListedAnyway = false } = rulesOf(message.category);
  if (receiver.objects && isOptional && !isListedAnyway) return { kind: 'skip', why: 'objection' };
  // A code that no longer works would only confuse the receiver.
  if (usefulUntil !== null && usefulUntil <= now) return { kind: 'skip', why: 'void' };
  if (appointment?.concernsReceiver === false) return { kind: 'skip', why: 'no_longer_proxy' };
  if (appointment !== null && message.category === 'reminder') {
    if (appointment.version !== appointment.writtenForVersion) return { kind: 'skip', why: 'appointment_changed' };
    if (appointment.status !== 'scheduled' && appointment.status !== 'confirmed')
      return { kind: 'skip', why: 'appointment_closed' };
    if (appointment.start <= now) return { kind: 'skip', why: 'appointment_past' };
  }
  return { kind: 'send' };
}

export function skipped({ id }: StoredNotification, why: string, now: Instant): Decision<NotificationChange, void> {
  return decided({ value: undefined, changes: [{ type: 'notification.skipped', id, why, at: now }], audit: [] });
}

export function deliverySkipped(
  delivery: StoredDelivery,
  reason: string,
  now: Instant,
): Decision<NotificationChange, void> {
  const { message, appointment } = delivery.notification;
  const lapsed = message.category === 'reminder' && reason === 'appointment_changed' ? (appointment?.id ?? null) : null;
  return decided({
    value: undefined,
    changes: [{ type: 'delivery.skipped', ...placeOf(delivery), reason, lapsed, at: now }],
    audit: [],
  });
}

/** Its push service knows the device no more. Nothing failed, so it is no dead letter. */
export function deviceGone(
  delivery: StoredDelivery,
  { id, registeredAt }: PushDevice,
  now: Instant,
): Decision<NotificationChange, void> {
  return decided({
    value: undefined,
    changes: [
      { type: 'delivery.skipped', ...placeOf(delivery), reason: 'subscription_ended', lapsed: null, at: now },
      { type: 'push_subscription.ended', id, registeredAt },
    ],
    audit: [endAudit(delivery.notification.receiver.id, { id }, 'gone')],
  });
}

/**
 * It gets a job for a later time: quiet hours began, or were chosen, after it was routed, or its channel has no room today.
 * @param reason as administrators see it. Default: none
 */
export function held(
  delivery: StoredDelivery,
  until: Instant,
  now: Instant,
  reason: string | null = null,
): Decision<NotificationChange, void> {
  const { id, channel, notification } = delivery;
  return decided({
    value: undefined,
    changes: [{ type: 'delivery.held', ...placeOf(delivery), sendAt: until, reason, at: now }],
    audit: [],
    jobs: [
      {
        topic: deliveryTopic(channel),
        payload: { deliveryId: id },
        notBefore: until,
        priority: rulesOf(notification.message.category).priority,
      },
    ],
  });
}

/**
 * Before an attempt: which provider gets the delivery, so that no other one sends it too (ADR 0223).
 * @param freedBy the provider that was asked before, if it certainly has not taken the delivery
 */
export function begun(
  delivery: StoredDelivery,
  provider: string,
  freedBy: string | null,
  now: Instant,
): Decision<NotificationChange, void> {
  return decided({
    value: undefined,
    changes: [{ type: 'delivery.begun', ...placeOf(delivery), provider, freedBy, at: now }],
    audit: [],
  });
}

/** The provider that may have accepted the delivery. */
export function holderOf({ provider, isOutcomeUnknown }: StoredDelivery): string | null {
  return isOutcomeUnknown ? provider : null;
}

/** @param by the provider that has accepted it, what it calls it, and the number that it went to. Default: to none, or to an unknown one */
export function sent(
  delivery: StoredDelivery,
  by: { readonly provider: string | null; readonly providerId: string | null; readonly number?: string | null },
  now: Instant,
): Decision<NotificationChange, void> {
  const { channel, notification, device } = delivery;
  const { receiver, message } = notification;
  return decided({
    value: undefined,
    changes: [
      { type: 'delivery.sent', ...placeOf(delivery), number: null, ...by, at: now },
      ...(device === null ? [] : [{ type: 'push_subscription.used', id: device.id, at: now } as const]),
    ],
    audit: [
      {
        type: 'notification.sent',
        stream: receiver.id,
        outcome: 'success',
        resource: { type: 'notification', id: notification.id },
        details: { template: message.template, channel },
      },
    ],
  });
}

/**
 * @param provider the one that was asked; `null` if none was
 * @param suppression of the address, if the provider says that it gets nothing more
 * @returns the time of the next attempt, or `null` when the delivery is given up
 */
export function failed(
  delivery: StoredDelivery,
  refusal: SendRefusal,
  provider: string | null,
  now: Instant,
  suppression?: NewSuppression,
): Decision<NotificationChange, Instant | null> {
  const { channel, notification } = delivery;
  const retryAt = nextAttempt(delivery, refusal, now);
  // What an earlier attempt has left open stays open: a refusal tells of this attempt alone.
  const isOutcomeUnknown = refusal.outcome === 'unknown' || holderOf(delivery) !== null;
  return decided({
    value: retryAt,
    changes: [
      {
        type: 'delivery.failed',
        ...placeOf(delivery),
        error: refusal.detail,
        provider: provider ?? delivery.provider,
        isOutcomeUnknown,
        counted: refusal.kind !== 'unreachable',
        retryAt,
        at: now,
      },
      ...(suppression === undefined ? [] : [addition(suppression, now)]),
    ],
    audit: [
      ...(suppression === undefined ? [] : [additionAudit(suppression)]),
      ...(retryAt !== null
        ? []
        : [
            deadLetter({
              id: notification.id,
              receiverId: notification.receiver.id,
              template: notification.message.template,
              channel,
            }),
          ]),
    ],
  });
}

/** Gives up a message that cannot be routed, after too many failed jobs. One cause can be that it cannot be decrypted. */
export function abandoned(message: UnsentNotification, why: string, now: Instant): Decision<NotificationChange, void> {
  return decided({
    value: undefined,
    changes: [{ type: 'notification.abandoned', id: message.id, error: why, at: now }],
    audit: [deadLetter(message)],
  });
}

/** Gives up a delivery after too many failed jobs. */
export function deliveryAbandoned(
  unsent: UnsentDelivery,
  why: string,
  now: Instant,
): Decision<NotificationChange, void> {
  const { deliveryId, ...message } = unsent;
  return decided({
    value: undefined,
    changes: [
      {
        type: 'delivery.failed',
        id: deliveryId,
        notificationId: message.id,
        error: why,
        provider: unsent.provider,
        isOutcomeUnknown: unsent.isOutcomeUnknown,
        counted: true,
        retryAt: null,
        at: now,
      },
    ],
    audit: [deadLetter(message)],
  });
}

function placeOf({ id, notification }: StoredDelivery) {
  return { id, notificationId: notification.id };
}

function deadLetter({ id, receiverId, template, channel }: UnsentNotification): AuditDraft {
  return {
    type: 'notification.dead_lettered',
    stream: receiverId,
    outcome: 'failure',
    resource: { type: 'notification', id },
    details: { template, channel },
  };
}

/** `null` also when the message is no longer useful at the time of the next attempt. */
function nextAttempt(delivery: StoredDelivery, refusal: SendRefusal, now: Instant): Instant | null {
  const { usefulUntil } = delivery.notification;
  const retryAt = laterAttempt(delivery, refusal, now);
  return retryAt === null || (usefulUntil !== null && usefulUntil <= retryAt) ? null : retryAt;
}

function laterAttempt({ attempts, sendAt }: StoredDelivery, refusal: SendRefusal, now: Instant): Instant | null {
  if (refusal.kind === 'permanent') return null;
  if (refusal.kind === 'unreachable') {
    const waited = now - sendAt;
    // The interval grows with the length of the outage (R59).
    return waited >= WAIT_FOR_PROVIDER_MS ? null : now + Math.min(LONGEST_WAIT_MS, Math.max(60_000, waited / 2));
  }
  const delay = RETRY_DELAYS_SECONDS[attempts];
  return delay === undefined ? null : now + delay * 1000;
}
