/** Whether a notification is still to be sent, and the changes after an attempt. */

import { decided } from '../shared/changes.ts';
import type { Instant } from '../shared/time.ts';
import type { AuditDraft } from './audit-events.ts';
import type { NotificationChange } from './changes.ts';
import type { Decision } from './decision.ts';
import type { SendRefusal, StoredNotification, UnsentNotification } from './ports.ts';

/** Attempts that reach the provider, before a notification is given up. */
export const MAXIMUM_ATTEMPTS = 3;
/** The delay after the first and the second failed attempt. */
const RETRY_DELAYS_SECONDS = [60, 300] as const;
/** A notification is given up when its provider has been unreachable for this long. */
const WAIT_FOR_PROVIDER_MS = 24 * 3_600_000;
const LONGEST_WAIT_MS = 15 * 60_000;

export type Verdict =
  | { readonly kind: 'send' }
  | { readonly kind: 'done' }
  | { readonly kind: 'skip'; readonly why: string };

/**
 * Delivering twice has the effect of delivering once (R48). A reminder is tied to the version of its appointment: it is not
 * sent when the appointment was changed or cancelled or is past (R51).
 */
export function judge(notification: StoredNotification, now: Instant): Verdict {
  const { status, receiver, appointment, message, usefulUntil, isDamaged } = notification;
  if (status !== 'pending' && status !== 'scheduled' && status !== 'failed') return { kind: 'done' };
  if (!receiver.open) return { kind: 'skip', why: 'receiver_closed' };
  if (isDamaged) return { kind: 'skip', why: 'damaged' };
  const isOptional = message.category === 'reminder' || message.category === 'message';
  if (receiver.objects && isOptional) return { kind: 'skip', why: 'objection' };
  // Nobody has followed a link that was mailed to this address, so it may be a stranger's: it gets links, and nothing of the record.
  const isOfRecord = message.category === 'appointment' || isOptional;
  if (!receiver.isProven && isOfRecord && message.channel === 'email') return { kind: 'skip', why: 'address_unproven' };
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

export function skipped(
  notification: StoredNotification,
  why: string,
  now: Instant,
): Decision<NotificationChange, void> {
  return decided({
    value: undefined,
    changes: [{ type: 'notification.skipped', id: notification.id, why, at: now }],
    audit: [],
  });
}

export function sent(
  notification: StoredNotification,
  providerId: string | null,
  now: Instant,
): Decision<NotificationChange, void> {
  const { id, receiver, message } = notification;
  return decided({
    value: undefined,
    changes: [{ type: 'notification.sent', id, providerId, at: now }],
    audit: [
      {
        type: 'notification.sent',
        stream: receiver.id,
        outcome: 'success',
        resource: { type: 'notification', id },
        details: { template: message.template, channel: message.channel },
      },
    ],
  });
}

/** The value is the time of the next attempt, or `null` when the notification is given up. */
export function failed(
  notification: StoredNotification,
  refusal: SendRefusal,
  now: Instant,
): Decision<NotificationChange, Instant | null> {
  const { id, receiver, message } = notification;
  const retryAt = nextAttempt(notification, refusal, now);
  const counted = refusal.kind !== 'unreachable';
  return decided({
    value: retryAt,
    changes: [{ type: 'notification.failed', id, error: refusal.detail, counted, retryAt, at: now }],
    audit: retryAt !== null ? [] : [deadLetter({ id, receiverId: receiver.id, ...message })],
  });
}

/** Gives up after too many failed jobs. One cause can be that the notification cannot be decrypted. */
export function abandoned(
  notification: UnsentNotification,
  why: string,
  now: Instant,
): Decision<NotificationChange, void> {
  const { id } = notification;
  return decided({
    value: undefined,
    changes: [{ type: 'notification.failed', id, error: why, counted: true, retryAt: null, at: now }],
    audit: [deadLetter(notification)],
  });
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
function nextAttempt(notification: StoredNotification, refusal: SendRefusal, now: Instant): Instant | null {
  const { usefulUntil } = notification;
  const retryAt = laterAttempt(notification, refusal, now);
  return retryAt === null || (usefulUntil !== null && usefulUntil <= retryAt) ? null : retryAt;
}

function laterAttempt({ attempts, sendAt }: StoredNotification, refusal: SendRefusal, now: Instant): Instant | null {
  if (refusal.kind === 'permanent') return null;
  if (refusal.kind === 'unreachable') {
    const waited = now - sendAt;
    // The interval grows with the length of the outage (R59).
    return waited >= WAIT_FOR_PROVIDER_MS ? null : now + Math.min(LONGEST_WAIT_MS, Math.max(60_000, waited / 2));
  }
  const delay = RETRY_DELAYS_SECONDS[attempts];
  return delay === undefined ? null : now + delay * 1000;
}
