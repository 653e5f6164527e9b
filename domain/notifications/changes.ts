/** The changes of notifications. */

import type { AppointmentId, NotificationId, OutboxId, UserId } from '../shared/ids.ts';
import type { AnyMessageDraft, MessageCategory } from '../shared/messages.ts';
import type { Instant, LocalDate } from '../shared/time.ts';
import type { AlertChange } from './alert.ts';
import type { SendingChannel } from './categories.ts';
import type { Preferences } from './preferences.ts';
import type { PushSubscriptionChange, PushSubscriptionId } from './push-subscription.ts';
import type { RemindersPlanned } from './reminders.ts';
import type { CapShare } from './sending-day.ts';
import type { DeliveryId, NotificationStatus } from './states.ts';
import type { SuppressionChange } from './suppression.ts';

/**
 * - `not_chosen`: the receiver has not chosen the channel, or the category does not take it
 * - `no_address`: there is none: no e-mail address, no number, no device
 * - `address_unproven`: nobody has proven that the address is the receiver's
 * - `subscription_ended`: the device gets no push messages any more
 * - `no_consent`: the receiver has not consented to text messages to this number
 * - `quiet_hours`: once the receiver's quiet hours end, it is of no use any more
 * - `suppressed`: the address does not exist, or its reader wants nothing more
 * - `other_channel`: the message is about one address, or has a secret for one
 * - `not_asked`: who wrote the message has asked for other channels
 * - `objection`: the receiver objects to what is optional, and finds the message in the portal
 */
export type SkipReason =
  | 'not_chosen'
  | 'no_address'
  | 'address_unproven'
  | 'subscription_ended'
  | 'no_consent'
  | 'quiet_hours'
  | 'other_channel'
  | 'suppressed'
  | 'not_asked'
  | 'objection';

/** Of a message that went out by no channel: its receiver could not be reached, and may be later. */
export const UNREACHED_REASONS = [
  'no_address',
  'address_unproven',
  'no_consent',
  'suppressed',
] as const satisfies readonly SkipReason[];

/** What becomes of one channel of a message that was routed. */
export interface RoutedDelivery {
  readonly id: DeliveryId;
  readonly channel: SendingChannel;
  /** Where a push message goes; `null` for other channels, and for one that is not sent. */
  readonly subscriptionId: PushSubscriptionId | null;
  /** `null`: it is sent. */
  readonly reason: SkipReason | null;
  readonly sendAt: Instant;
}

/** What takes the place of a delivery. */
export interface OtherWay {
  readonly id: DeliveryId;
  readonly channel: SendingChannel;
  /** Of push: the device that was registered last. */
  readonly subscriptionId: PushSubscriptionId | null;
}

/** A delivery, and the message that it delivers. */
interface OfDelivery {
  readonly id: DeliveryId;
  readonly notificationId: NotificationId;
  readonly at: Instant;
}

export type DeliveryChange =
  /** Guarded: no other provider may have accepted it, but for the one that has certainly not. */
  | (OfDelivery & { readonly type: 'delivery.begun'; readonly provider: string; readonly freedBy: string | null })
  | (OfDelivery & {
      readonly type: 'delivery.sent';
      /** The number that a text message went to; `null` if it is not known, and of other channels. */
      readonly number: string | null;
      readonly provider: string | null;
      /** What the provider calls it. */
      readonly providerId: string | null;
    })
  /** A provider has told what became of it. Guarded: nothing else was told or done meanwhile. */
  | (OfDelivery & {
      readonly type: 'delivery.reported';
      readonly from: { readonly state: NotificationStatus; readonly isReported: boolean };
      readonly state: 'delivered' | 'dead';
      /** Why it did not arrive. */
      readonly reason: string | null;
      readonly now: Instant;
    })
  /** Waits, until quiet hours end for instance. It gets a job of its own in place of its open one. `reason`: as administrators see it, if at all. */
  | (OfDelivery & { readonly type: 'delivery.held'; readonly sendAt: Instant; readonly reason: string | null })
  /** Not sent; a delivery by another channel, which was skipped, takes its place with this job, if it is skipped still. */
  | (OfDelivery & {
      readonly type: 'delivery.rerouted';
      readonly reason: string;
      readonly instead: OtherWay;
      readonly jobId: OutboxId;
      readonly priority: number;
    })
  /** Given up, and sent again. Guarded: it is still given up. */
  | (OfDelivery & { readonly type: 'delivery.redriven' })
  /** Not sent: stale (R51), or its receiver no longer takes the channel. */
  | (OfDelivery & {
      readonly type: 'delivery.skipped';
      readonly reason: string;
      /** The appointment of a reminder that waited while it was changed: its reminders are planned again. */
      readonly lapsed: AppointmentId | null;
    })
  | (OfDelivery & {
      readonly type: 'delivery.failed';
      readonly error: string;
      /** `null`: no provider was asked. */
      readonly provider: string | null;
      /** The provider may have accepted it. */
      readonly isOutcomeUnknown: boolean;
      /** Whether it counts as an attempt. */
      readonly counted: boolean;
      /** When to try again; `null` gives up. */
      readonly retryAt: Instant | null;
    });

export type NotificationChange =
  /** Administrators are told how much of a cap is used. Guarded: they were not told before. */
  | {
      readonly type: 'sending_day.told';
      readonly channel: SendingChannel;
      readonly date: LocalDate;
      readonly share: CapShare;
      readonly at: Instant;
    }
  | {
      readonly type: 'notification.queued';
      readonly id: NotificationId;
      readonly message: AnyMessageDraft;
      readonly category: MessageCategory;
      /** The link that confirms the appointment; `null` if the message has none. */
      readonly confirmation?: {
        readonly hash: Uint8Array;
        readonly start: Instant;
        readonly rescheduleCount: number;
      } | null;
      /** Of a reminder; `null` for other messages. */
      readonly reminds?: AnyMessageDraft['reminds'] | null;
      /** For the version before, which sends a message by one channel. */
      readonly channel: 'email' | 'sms';
      readonly sendAt: Instant;
      readonly createdAt: Instant;
    }
  /** Guarded: it was not routed before. */
  | {
      readonly type: 'notification.routed';
      readonly id: NotificationId;
      /** Its receiver. */
      readonly userId: UserId;
      /** One of each channel; of push one of each device. */
      readonly deliveries: readonly RoutedDelivery[];
      /** Whether the portal shows it to its receiver. */
      readonly isListed: boolean;
      readonly at: Instant;
    }
  /** Not routed, because its appointment changed or its receiver closed the account (R51). */
  | { readonly type: 'notification.skipped'; readonly id: NotificationId; readonly why: string; readonly at: Instant }
  /**
   * Routed again, because no channel has taken it. Guarded: it is still unreached, and nothing was sent that may have
   * arrived.
   */
  | { readonly type: 'notification.redriven'; readonly id: NotificationId }
  /** Not routed, because it cannot be read. */
  | {
      readonly type: 'notification.abandoned';
      readonly id: NotificationId;
      readonly error: string;
      readonly at: Instant;
    }
  /** Guarded: none of them was handled before. */
  | {
      readonly type: 'provider.notices_handled';
      readonly provider: string;
      /** What the provider calls them, sorted. */
      readonly eventIds: readonly string[];
      readonly at: Instant;
    }
  | {
      readonly type: 'notifications.read';
      readonly userId: UserId;
      /** `null`: all that were shown by `until`. */
      readonly ids: readonly NotificationId[] | null;
      readonly until: Instant;
      readonly at: Instant;
    }
  | RemindersPlanned
  | PushSubscriptionChange
  /** Guarded: nobody has changed the version before. */
  | {
      readonly type: 'preferences.changed';
      readonly userId: UserId;
      readonly preferences: Preferences;
      readonly at: Instant;
    }
  | SuppressionChange
  | DeliveryChange
  | AlertChange;
