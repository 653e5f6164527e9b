/** Deliveries that were given up, and sending them again. */
import { decided } from '../shared/changes.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import { rulesOf } from './categories.ts';
import type { NotificationChange } from './changes.ts';
import type { Decision } from './decision.ts';
import type { DeadLetter } from './lists.ts';
import { deliveryTopic } from './routing.ts';

export type DeliveryNotFound = { readonly code: 'not_found' };
/**
 * - `not_dead`: it was sent, is still to be sent, or was skipped
 * - `message_gone`: its text was destroyed with its secret
 * - `may_have_arrived`: its provider may have accepted it
 */
export const NOT_REDRIVABLE = ['not_dead', 'message_gone', 'may_have_arrived'] as const;
export type NotRedrivable = {
  readonly code: 'delivery_not_redrivable';
  readonly why: (typeof NOT_REDRIVABLE)[number];
};

/** @param evenTwice also if it may have arrived already. Even then no provider but the one that may have it is asked */
export function redrive(
  letter: DeadLetter | undefined,
  evenTwice: boolean,
  now: Instant,
): Result<Decision<NotificationChange, void>, DeliveryNotFound | NotRedrivable> {
  if (letter === undefined) return refuse({ code: 'not_found' });
  const why =
    letter.state !== 'dead'
      ? 'not_dead'
      : letter.isGone
        ? 'message_gone'
        : letter.isOutcomeUnknown && !evenTwice
          ? 'may_have_arrived'
          : null;
  if (why !== null) return refuse({ code: 'delivery_not_redrivable', why });
  return ok(again([letter], now));
}

/** @param letters those that can be sent again without arriving twice */
export function again(letters: readonly DeadLetter[], now: Instant): Decision<NotificationChange, void> {
  return decided({
    value: undefined,
    changes: letters.map(({ id, notificationId }) => ({ type: 'delivery.redriven', id, notificationId, at: now })),
    audit: letters.map(({ userId, notificationId, channel, template }) => ({
      type: 'notification.redriven',
      stream: userId,
      outcome: 'success',
      resource: { type: 'notification', id: notificationId },
      details: { template, channel },
    })),
    jobs: letters.map(({ id, channel, category }) => ({
      topic: deliveryTopic(channel),
      payload: { deliveryId: id },
      priority: rulesOf(category).priority,
    })),
  });
}
