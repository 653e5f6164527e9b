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
