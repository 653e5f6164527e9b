/**
 * Which channels a message takes, and why it does not take the others. Decided when the message is due, and again for each
 * delivery when it is sent.
 */
import { decided } from '../shared/changes.ts';
import type { Instant } from '../shared/time.ts';
import { rulesOf, SENDING_CHANNELS, type SendingChannel } from './categories.ts';
import type { NotificationChange, RoutedDelivery, SkipReason } from './changes.ts';
import type { Decision } from './decision.ts';
import type { StoredNotification } from './ports.ts';
import type { DeliveryId } from './states.ts';

/** The channel of the one address that a message names. `null`: it goes to its receiver, wherever that is. */
export function namedChannel(variables: object): 'email' | 'sms' | null {
  if ('phoneNumber' in variables) return 'sms';
  return 'to' in variables ? 'email' : null;
}

/** What decides which channels a message takes. */
export interface Routable {
  readonly message: Pick<StoredNotification['message'], 'category' | 'variables' | 'channels'>;
  readonly receiver: Pick<StoredNotification['receiver'], 'isProven' | 'objects' | 'phone'>;
}

/** @returns `null` if the message takes the channel */
export function skipReason({ message, receiver }: Routable, channel: SendingChannel): SkipReason | null {
  const { category, variables, channels: asked } = message;
  const named = namedChannel(variables);
  if (named !== null) return named === channel ? null : 'other_channel';
  if (asked !== null && !asked.includes(channel)) return 'not_asked';
  const { channels, isOfRecord, isOptional } = rulesOf(category);
  if (isOptional && receiver.objects) return 'objection';
  const rule = channels[channel];
  if (rule === 'never' || rule === 'off') return rule === 'never' ? 'other_channel' : 'not_chosen';
  if (channel === 'sms') return receiver.phone === null ? 'no_address' : null;
  if (channel === 'push') return 'no_address';
  // Nobody has followed a link that was mailed to this address, so it may be a stranger's: it gets links, and nothing of the record.
  return isOfRecord && !receiver.isProven ? 'address_unproven' : null;
}

export function deliveryTopic(channel: SendingChannel): string {
  return `delivery.${channel}`;
}

/**
 * @param ids one for each of {@link SENDING_CHANNELS}
 */
export function routed(
  notification: StoredNotification,
  ids: readonly DeliveryId[],
  now: Instant,
): Decision<NotificationChange, void> {
  const { id, message, receiverKey } = notification;
  const { isListed, priority, first } = rulesOf(message.category);
  const deliveries = SENDING_CHANNELS.flatMap((channel, index): RoutedDelivery[] => {
    const delivery = ids[index];
    return delivery === undefined
      ? []
      : [{ id: delivery, channel, reason: skipReason(notification, channel), sendAt: now }];
  });
  return decided({
    value: undefined,
    // What is sealed with a key of its own can be read by nobody once it is sent.
    changes: [{ type: 'notification.routed', id, deliveries, isListed: isListed && receiverKey !== null, at: now }],
    audit: [],
    jobs: deliveries
      .filter(({ reason }) => reason === null)
      .map((delivery) => ({
        topic: deliveryTopic(delivery.channel),
        payload: { deliveryId: delivery.id },
        notBefore: delivery.sendAt,
        priority: first === undefined || first === delivery.channel ? priority : priority + 1,
      })),
  });
}
