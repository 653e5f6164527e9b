/** What becomes of a message and of its deliveries. */
import type { Id } from '../shared/ids.ts';

export type DeliveryId = Id<'delivery'>;

/** Of a delivery; and of a message, the best that became of its deliveries. */
export const NOTIFICATION_STATUSES = [
  'pending',
  'scheduled',
  'sent',
  'delivered',
  'failed',
  'dead',
  'read',
  'skipped',
] as const;
export type NotificationStatus = (typeof NOTIFICATION_STATUSES)[number];

/**
 * Why the receiver gets nothing more. `gone`: the subscription has ended, so it is deleted. `no_such_receiver`: the address
 * or number does not exist. `opted_out`: the receiver has blocked the sender. The last two are suppressed.
 */
export type ReceiverFault = 'gone' | 'no_such_receiver' | 'opted_out';
