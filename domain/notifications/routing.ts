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
import { isChosen, obstacle } from './preferences.ts';
import type { PushSubscriptionId } from './push-subscription.ts';
import { heldUntil } from './quiet-hours.ts';
import type { Reachable } from './receiver.ts';
import type { DeliveryId } from './states.ts';

/** The channel of the one address that a message names. `null`: it goes to its receiver, wherever that is. */
export function namedChannel(variables: object): 'email' | 'sms' | null {
  if ('phoneNumber' in variables) return 'sms';
  return 'to' in variables ? 'email' : null;
}

/** What decides which channels a message takes. */
export interface Routable {
  readonly message: Pick<StoredNotification['message'], 'category' | 'variables' | 'channels'>;
  readonly receiver: Pick<
    StoredNotification['receiver'],
    'isProven' | 'objects' | 'email' | 'phone' | 'preferences' | 'devices'
  >;
  /** Channels whose address gets nothing more. Default: none is known. */
  readonly suppressed?: StoredNotification['suppressed'];
}

/** @returns `null` if the message takes the channel */
export function skipReason(
  { message, receiver, suppressed = [] }: Routable,
  channel: SendingChannel,
): SkipReason | null {
  const { isProven, phone, devices, objects, preferences } = receiver;
  const reach = { hasEmail: receiver.email !== '', isProven, phone, hasDevice: devices.length > 0 };
  return whyNotTaken(message, { reach, objects, preferences, suppressed }, channel);
}

/** @returns `null` if the message takes the channel to such a receiver */
export function whyNotTaken(
  message: Routable['message'],
  receiver: Reachable,
  channel: SendingChannel,
): SkipReason | null {
  const isSuppressed = receiver.suppressed.some((suppressed) => suppressed === channel);
  return whyNotRouted(message, receiver, channel) ?? (isSuppressed ? 'suppressed' : null);
}

function whyNotRouted(
  { category, variables, channels: asked }: Routable['message'],
  { reach, objects, preferences }: Reachable,
  channel: SendingChannel,
): SkipReason | null {
  const named = namedChannel(variables);
  if (named !== null) return named === channel ? null : 'other_channel';
  if (asked !== null && !asked.includes(channel)) return 'not_asked';
  const { channels, isOptional } = rulesOf(category);
  if (isOptional && objects) return 'objection';
  if (channels[channel] === 'never') return 'other_channel';
  if (!isChosen(preferences, category, channel)) return 'not_chosen';
  return obstacle(reach, preferences, category, channel);
}

/** Whether any channel would take the message. */
export function reachesReceiver(routable: Routable): boolean {
  return SENDING_CHANNELS.some((channel) => skipReason(routable, channel) === null);
}

/** @returns when a message that is due can be sent; `null` if it is of no use any more once quiet hours end */
export function sendingTime(notification: StoredNotification, due: Instant): Instant | null {
  const { message, receiver } = notification;
  if (rulesOf(message.category).isUrgent) return due;
  return heldUntil(receiver.preferences.quietHours, uselessFrom(notification), due);
}

/** From when on it is of no use; `null`: it always is. */
export function uselessFrom({ message, usefulUntil, appointment }: StoredNotification): Instant | null {
  const start = message.category === 'reminder' ? (appointment?.start ?? null) : null;
  return start === null || usefulUntil === null ? (start ?? usefulUntil) : Math.min(start, usefulUntil);
}

/** Routes a message that is due. */
export const DELIVER_NOTIFICATION = 'notification.deliver';

/** Sends one delivery. */
export function deliveryTopic(channel: SendingChannel): string {
  return `delivery.${channel}`;
}

/** One way of a message to its receiver. */
interface Way {
  readonly channel: SendingChannel;
  /** Of push; `null` if there is no device. */
  readonly device: PushSubscriptionId | null;
}

/** One for each channel; for push one for each device. */
export function waysTo({ devices }: Pick<StoredNotification['receiver'], 'devices'>): readonly [Way, ...Way[]] {
  const [email, ...others] = SENDING_CHANNELS;
  return [
    { channel: email, device: null },
    ...others.flatMap((channel): Way[] =>
      channel === 'push' && devices.length > 0
        ? devices.map((device) => ({ channel, device }))
        : [{ channel, device: null }],
    ),
  ];
}

/**
 * What a device would not get is one row of the channel: its reason is that of the person, not of a device.
 * @param ids one for each of {@link waysTo} the receiver
 */
export function routed(
  notification: StoredNotification,
  ids: readonly DeliveryId[],
  now: Instant,
): Decision<NotificationChange, void> {
  const { id, message, receiverKey } = notification;
  const { isListed, priority, first } = rulesOf(message.category);
  const sendAt = sendingTime(notification, now);
  const deliveries = waysTo(notification.receiver).flatMap(({ channel, device }, index): RoutedDelivery[] => {
    const delivery = ids[index];
    if (delivery === undefined) return [];
    const reason = skipReason(notification, channel) ?? (sendAt === null ? 'quiet_hours' : null);
    if (reason === null) return [{ id: delivery, channel, subscriptionId: device, reason, sendAt: sendAt ?? now }];
    const isFurtherDevice = device !== null && device !== notification.receiver.devices[0];
    return isFurtherDevice ? [] : [{ id: delivery, channel, subscriptionId: null, reason, sendAt: now }];
  });
  return decided({
    value: undefined,
    // What is sealed with a key of its own can be read by nobody once it is sent.
    changes: [
      {
        type: 'notification.routed',
        id,
        userId: notification.receiver.id,
        deliveries,
        isListed: isListed && receiverKey !== null,
        at: now,
      },
    ],
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
