/** Deliveries that were given up and messages that no channel has taken, and sending them again. */
import { decided } from '../shared/changes.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import { rulesOf } from './categories.ts';
import type { NotificationChange } from './changes.ts';
import type { Decision } from './decision.ts';
import type { DeadLetter } from './lists.ts';
import type { StoredNotification } from './ports.ts';
import { DELIVER_NOTIFICATION, deliveryTopic, reachesReceiver } from './routing.ts';
import type { DeliveryId } from './states.ts';

export type DeliveryNotFound = { readonly code: 'not_found' };
/**
 * - `not_dead`: it was sent, is still to be sent, or was skipped
 * - `message_gone`: its text was destroyed with its secret, or cannot be read
 * - `may_have_arrived`: its provider may have accepted it
 * - `no_channel`: no channel would take the message now either
 */
export const NOT_REDRIVABLE = ['not_dead', 'message_gone', 'may_have_arrived', 'no_channel'] as const;
export type NotRedrivable = {
  readonly code: 'delivery_not_redrivable';
  readonly why: (typeof NOT_REDRIVABLE)[number];
};

/**
 * @param evenTwice also if the delivery may have arrived already. Even then no provider but the one that may have it is asked
 * @param message of a letter that no channel has taken, unless its text is gone
 */
export function redrive(
  letter: DeadLetter | undefined,
  evenTwice: boolean,
  now: Instant,
  message?: StoredNotification,
): Result<Decision<NotificationChange, void>, DeliveryNotFound | NotRedrivable> {
  if (letter === undefined) return refuse({ code: 'not_found' });
  const why = letter.channel === null ? whyNotRouted(letter, message) : whyNotSent(letter, evenTwice);
  if (why !== null) return refuse({ code: 'delivery_not_redrivable', why });
  return ok(again([letter], now));
}

function whyNotSent(letter: DeadLetter, evenTwice: boolean): NotRedrivable['why'] | null {
  if (letter.state !== 'dead') return 'not_dead';
  if (letter.isGone) return 'message_gone';
  return letter.isOutcomeUnknown && !evenTwice ? 'may_have_arrived' : null;
}

/** Routing makes new deliveries, which any provider may get: so nothing is routed again that may have arrived. */
function whyNotRouted(letter: DeadLetter, message: StoredNotification | undefined): NotRedrivable['why'] | null {
  if (letter.state !== 'dead') return 'not_dead';
  if (letter.isGone || message === undefined || message.isDamaged) return 'message_gone';
  if (letter.isOutcomeUnknown) return 'may_have_arrived';
  return reachesReceiver(message) ? null : 'no_channel';
}

/** Of those that were found, the ones that can be sent again without arriving twice, and that a channel takes. */
export function sendable(letters: readonly DeadLetter[], messages: readonly StoredNotification[]): DeadLetter[] {
  const byId = new Map<string, StoredNotification>(messages.map((message) => [message.id, message]));
  return letters.filter((letter) =>
    letter.channel === null ? whyNotRouted(letter, byId.get(letter.id)) === null : whyNotSent(letter, false) === null,
  );
}

/** @param letters those that can be sent again */
export function again(letters: readonly DeadLetter[], now: Instant): Decision<NotificationChange, void> {
  return decided({
    value: undefined,
    changes: letters.map(
      ({ id, notificationId, channel }): NotificationChange =>
        channel === null
          ? { type: 'notification.redriven', id: notificationId }
          : { type: 'delivery.redriven', id: id as DeliveryId, notificationId, at: now },
    ),
    audit: letters.map(({ userId, notificationId, channel, template }) => ({
      type: 'notification.redriven',
      stream: userId,
      outcome: 'success',
      resource: { type: 'notification', id: notificationId },
      details: { template, channel },
    })),
    jobs: letters.map(({ id, notificationId, channel, category }) => ({
      ...(channel === null
        ? { topic: DELIVER_NOTIFICATION, payload: { notificationId } }
        : { topic: deliveryTopic(channel), payload: { deliveryId: id } }),
      priority: rulesOf(category).priority,
    })),
  });
}
