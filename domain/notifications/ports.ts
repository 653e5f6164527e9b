/** What notifications need of the outside world. */
import type { Load } from '../shared/changes.ts';
import type { NotificationId, UserId } from '../shared/ids.ts';
import type { AnyMessageDraft } from '../shared/messages.ts';
import type { DataKey } from '../shared/ports.ts';
import type { Result } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';

export type NotificationStatus =
  | 'pending'
  | 'scheduled'
  | 'sent'
  | 'delivered'
  | 'failed'
  | 'dead'
  | 'read'
  | 'skipped';

/** A notification with all that decides whether it is still to be sent. */
export interface StoredNotification {
  readonly id: NotificationId;
  readonly message: Pick<AnyMessageDraft, 'template' | 'variables' | 'channel' | 'category'>;
  /** What it says or to whom it goes cannot be opened. */
  readonly isDamaged: boolean;
  readonly status: NotificationStatus;
  readonly attempts: number;
  readonly sendAt: Instant;
  readonly usefulUntil: Instant | null;
  readonly receiver: {
    readonly id: UserId;
    readonly email: string;
    /** `null` while the address is not proven: a stranger may have chosen both. */
    readonly firstName: string | null;
    readonly language: string;
    readonly open: boolean;
    /** To whatever is optional (GDPR Art. 21). */
    readonly objects: boolean;
  };
  /** What seals it: the receiver's own key, or `null` where the message had to bring one, which ends with it. */
  readonly receiverKey: DataKey | null;
  /** The appointment it speaks of: the version it was written for, and what it has become. */
  readonly appointment: {
    readonly writtenForVersion: number;
    readonly version: number;
    readonly status: string;
    readonly start: Instant;
  } | null;
}

/** What can be told of a message that was not sent, without opening anything of it. */
export interface UnsentNotification {
  readonly id: NotificationId;
  readonly receiverId: UserId;
  readonly template: string;
  readonly channel: string;
}

export interface NotificationLoads {
  /** `undefined` when there is nothing left to send. */
  unsent(id: NotificationId): Load<UnsentNotification | undefined>;
  notification(id: NotificationId): Load<StoredNotification | undefined>;
}

export const CHANNELS = ['email', 'sms', 'push', 'in_app'] as const;
export type ChannelName = (typeof CHANNELS)[number];

export interface OutgoingMessage {
  /** The same for every attempt, so that a provider that knows it sends once. */
  readonly id: NotificationId;
  readonly channel: ChannelName;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly template: string;
  /** Links and one-time codes in the text, for those who read it by machine. */
  readonly links: readonly string[];
  readonly codes: readonly string[];
  /** Seals a copy, where one is kept. `null`: nobody's key is left for it, so none is kept beyond the process. */
  readonly receiverKey: DataKey | null;
}

export type SendRefusal =
  /** The receiver or the message is at fault: trying again is of no use. */
  | { readonly kind: 'permanent'; readonly detail: string }
  /** The provider looked at it and could not: such attempts are counted. */
  | { readonly kind: 'transient'; readonly detail: string }
  /**
   * There is no provider, it does not answer, or it does not take anything from us: nothing was attempted. `rejected`: our
   * credentials are wrong; `throttled`: we ask too often.
   */
  | { readonly kind: 'unreachable'; readonly detail: string; readonly reason?: 'rejected' | 'throttled' };

export interface MessageChannel {
  send(message: OutgoingMessage): Promise<Result<{ readonly providerId: string | null }, SendRefusal>>;
}
