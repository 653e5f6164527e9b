/** What the lists of messages show: a person's own in the portal, and all of the clinic's with how they were delivered. */
import type { AppointmentId, NotificationId, UserId } from '../shared/ids.ts';
import type { MessageCategory, Sender } from '../shared/messages.ts';
import type { Instant } from '../shared/time.ts';
import type { SendingChannel } from './categories.ts';
import type { DeliveryId, NotificationStatus } from './states.ts';

/** A message as the portal shows it to its receiver. */
export interface ListedMessage {
  readonly id: NotificationId;
  readonly category: MessageCategory;
  readonly template: string;
  /** `null` if they cannot be decrypted. */
  readonly variables: object | null;
  readonly appointmentId: AppointmentId | null;
  /** When it was due. */
  readonly at: Instant;
  readonly readAt: Instant | null;
}

export interface ListedPage {
  readonly messages: readonly ListedMessage[];
  /** The receiver's, BCP 47. */
  readonly language: string;
  readonly sender: Sender;
}

/** Which of a person's messages are shown. */
export interface ListedQuery {
  readonly isUnread: boolean;
  readonly category: MessageCategory | null;
  /** The last one of the page before. */
  readonly after: { readonly at: Instant; readonly id: NotificationId } | null;
  readonly limit: number;
}

/** What became of a message by one channel. */
export interface DeliveryRecord {
  readonly id: DeliveryId;
  readonly channel: SendingChannel;
  readonly state: NotificationStatus;
  readonly reason: string | null;
  readonly provider: string | null;
  readonly attempts: number;
  readonly isOutcomeUnknown: boolean;
  readonly sendAt: Instant;
  readonly nextAttemptAt: Instant | null;
  readonly sentAt: Instant | null;
  readonly deliveredAt: Instant | null;
  readonly readAt: Instant | null;
}

/** A message of the clinic, without what it says. */
export interface MessageRecord {
  readonly id: NotificationId;
  readonly userId: UserId;
  readonly category: MessageCategory;
  readonly template: string;
  readonly status: NotificationStatus;
  /** Why it was not sent, or how the last attempt failed. */
  readonly reason: string | null;
  readonly appointmentId: AppointmentId | null;
  readonly createdAt: Instant;
  readonly sendAt: Instant;
  readonly sentAt: Instant | null;
  readonly isListed: boolean;
  /** When its receiver read it in the portal. */
  readonly readAt: Instant | null;
  /** None before it is due, and of messages of before there were deliveries. */
  readonly deliveries: readonly DeliveryRecord[];
}

export interface MessageQuery {
  readonly userId: UserId | null;
  readonly status: NotificationStatus | null;
  readonly after: NotificationId | null;
  readonly limit: number;
}

/** A delivery that was given up, or a message that no channel has taken. */
export interface DeadLetter {
  /** Of the delivery, or of the message. */
  readonly id: DeliveryId | NotificationId;
  readonly notificationId: NotificationId;
  readonly userId: UserId;
  /** `null`: a message that no channel has taken. */
  readonly channel: SendingChannel | null;
  readonly category: MessageCategory;
  readonly template: string;
  /** Of one that was looked up by its id; those of lists are `dead`. */
  readonly state: NotificationStatus;
  readonly reason: string | null;
  readonly provider: string | null;
  readonly attempts: number;
  /** The provider may have accepted it. */
  readonly isOutcomeUnknown: boolean;
  /** What it said was destroyed when it was given up, as of codes and secret links. */
  readonly isGone: boolean;
  readonly createdAt: Instant;
}

export interface DeadLetterFilter {
  /** `none`: messages that no channel has taken; `null`: all. */
  readonly channel: SendingChannel | 'none' | null;
  readonly provider: string | null;
  /** Only those made since then. */
  readonly since: Instant | null;
  /** The last one that an earlier request has looked at. */
  readonly after: DeadLetter['id'] | null;
}

/** A message to a person about the person's record, with what it says, for those of the clinic who may read the record. */
export interface PersonMessageRecord extends MessageRecord {
  /** `null` if they cannot be decrypted. */
  readonly variables: object | null;
  /** Who of the clinic wrote it; `null`: the portal. */
  readonly writtenBy: UserId | null;
}

export interface PersonMessagesPage {
  readonly messages: readonly PersonMessageRecord[];
  readonly language: string;
  readonly sender: Sender;
}

export interface PersonMessagesQuery {
  readonly personId: UserId;
  readonly after: NotificationId | null;
  readonly limit: number;
}

/** Nobody counts further. */
export const MOST_UNREAD = 1000;
