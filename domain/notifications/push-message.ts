/** How a push message is sent, by what it is about: how long it is kept, how urgent it is, and which one it replaces. */
import { sha256 } from '@noble/hashes/sha2.js';
import { toBase64Url, utf8 } from '../shared/bytes.ts';
import type { AppointmentId, NotificationId } from '../shared/ids.ts';
import type { PagePath } from '../shared/link-targets.ts';
import { MESSAGE_CATEGORIES, type MessageCategory } from '../shared/messages.ts';
import type { Instant } from '../shared/time.ts';
import { rulesOf } from './categories.ts';
import type { PushSubscriptionId } from './push-subscription.ts';

/**
 * RFC 8030 section 5.3. `high` wakes a device whose battery is low; `low` waits until it is on power or Wi-Fi. `very-low` is not used.
 */
export type PushUrgency = 'low' | 'normal' | 'high';

export interface PushEnvelope {
  /** The message, not the delivery: the app reads it in the portal by this id. */
  readonly messageId: NotificationId;
  /**
   * 32 characters of base64url. A message with the same one replaces the earlier: at the push service as long as the device has not
   * fetched it (RFC 8030 section 5.4), and on the screen after that.
   */
  readonly tag: string;
  /** RFC 8030 section 5.2. 0: it is delivered now or not at all. */
  readonly ttlSeconds: number;
  readonly urgency: PushUrgency;
  /** The page of the portal that it opens. */
  readonly path: PagePath;
}

const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;

interface PushRules {
  readonly keptSeconds: number;
  readonly urgency: PushUrgency;
  readonly path: PagePath;
}

const PUSH_RULES: Readonly<Record<MessageCategory, PushRules>> = {
  // Never pushed: `CATEGORY_RULES`.
  code: { keptSeconds: 0, urgency: 'high', path: '/notifications' },
  alert: { keptSeconds: DAY_S, urgency: 'high', path: '/notifications' },
  security: { keptSeconds: 7 * DAY_S, urgency: 'high', path: '/notifications' },
  account: { keptSeconds: 7 * DAY_S, urgency: 'low', path: '/notifications' },
  appointment: { keptSeconds: 3 * DAY_S, urgency: 'normal', path: '/appointments' },
  reminder: { keptSeconds: DAY_S, urgency: 'normal', path: '/appointments' },
  message: { keptSeconds: 7 * DAY_S, urgency: 'normal', path: '/notifications' },
  digest: { keptSeconds: DAY_S, urgency: 'low', path: '/appointments' },
};

/** The longest that any push message is kept for a device that is off, in seconds. */
export const LONGEST_KEPT_SECONDS = Math.max(...MESSAGE_CATEGORIES.map((category) => PUSH_RULES[category].keptSeconds));

export interface PushedMessage {
  readonly id: NotificationId;
  readonly category: MessageCategory;
  readonly appointmentId: AppointmentId | null;
  /** It is of no use from then on; `null`: it stays true. */
  readonly uselessFrom: Instant | null;
}

/**
 * What is told of one appointment replaces what was told of it before: who was off for a day does not read that it was booked, moved and
 * moved again. A push service sees the tag, so it is made of the subscription too, whose id no push service knows: the tags of two devices,
 * or of two persons, do not show that they are about one appointment.
 */
export function envelopeOf(message: PushedMessage, subscription: PushSubscriptionId, now: Instant): PushEnvelope {
  const { id, category, appointmentId, uselessFrom } = message;
  const { keptSeconds, urgency, path } = PUSH_RULES[category] ?? PUSH_RULES.message;
  const useful = uselessFrom === null ? keptSeconds : Math.floor((uselessFrom - now) / 1000);
  // An alert stays on the screen, whatever comes of the appointment that it is about.
  const subject = rulesOf(category).isOfRecord && category !== 'alert' ? (appointmentId ?? id) : id;
  return {
    messageId: id,
    tag: toBase64Url(sha256(utf8(`push ${subscription} ${subject}`)).subarray(0, 24)),
    ttlSeconds: Math.max(0, Math.min(keptSeconds, useful)),
    urgency,
    path,
  };
}
