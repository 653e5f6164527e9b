/** The ports of notifications. */
import type { Load } from '../shared/changes.ts';
import type { NotificationId, UserId } from '../shared/ids.ts';
import type { AnyMessageDraft, MessageCategory } from '../shared/messages.ts';
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

/** A notification with everything that decides whether it is still to be sent. */
export interface StoredNotification {
  readonly id: NotificationId;
  readonly message: Pick<AnyMessageDraft, 'template' | 'variables'> & {
    readonly category: MessageCategory;
    readonly channel: ChannelName;
  };
  /** The variables or the receiver's address cannot be decrypted. */
  readonly isDamaged: boolean;
  readonly status: NotificationStatus;
  readonly attempts: number;
  readonly sendAt: Instant;
  readonly usefulUntil: Instant | null;
  readonly receiver: {
    readonly id: UserId;
    readonly email: string;
    /** `null` while the address is not verified: a stranger may have entered both. */
    readonly firstName: string | null;
    readonly language: string;
    readonly open: boolean;
    /** Whether the e-mail address is verified. */
    readonly isProven: boolean;
    /** Whether the person objects to optional messages (GDPR Art. 21). */
    readonly objects: boolean;
  };
  /** The receiver's key, or `null` if the message is encrypted with a key of its own, which is destroyed with it. */
  readonly receiverKey: DataKey | null;
  /** The appointment that the message describes: the version that it describes, and the current state. */
  readonly appointment: {
    readonly writtenForVersion: number;
    readonly version: number;
    readonly status: string;
    readonly start: Instant;
  } | null;
}

/** What is known of an unsent message without decrypting it. */
export interface UnsentNotification {
  readonly id: NotificationId;
  readonly receiverId: UserId;
  readonly template: string;
  readonly channel: string;
}

export interface NotificationLoads {
  /** `undefined` when it is already sent, skipped or given up. */
  unsent(id: NotificationId): Load<UnsentNotification | undefined>;
  notification(id: NotificationId): Load<StoredNotification | undefined>;
}

export const CHANNELS = ['email', 'sms', 'push', 'in_app'] as const;
export type ChannelName = (typeof CHANNELS)[number];

/** A file beside the text of a mail. */
export interface Attachment {
  readonly filename: string;
  /** The media type, without parameters. */
  readonly type: string;
  readonly text: string;
}

export interface OutgoingMessage {
  /** The same for every attempt: a provider that supports idempotency keys sends the message once. */
  readonly id: NotificationId;
  readonly channel: ChannelName;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Channels without files leave them out. */
  readonly attachments: readonly Attachment[];
  readonly template: string;
  /** Links and one-time codes in the text, so that a program need not search for them. */
  readonly links: readonly string[];
  readonly codes: readonly string[];
  /** Encrypts a stored copy, where one is kept. `null`: no key outlives the message, so a copy stays in memory only. */
  readonly receiverKey: DataKey | null;
}

export type SendRefusal =
  /** The provider refuses the receiver or the message: it is not tried again. */
  | { readonly kind: 'permanent'; readonly detail: string }
  /** The provider answered that it could not send it now: the attempt is counted. */
  | { readonly kind: 'transient'; readonly detail: string }
  /**
   * No provider is configured, it does not answer, or it accepts no request of ours: the attempt is not counted. `rejected`:
   * our credentials are wrong; `throttled`: too many requests.
   */
  | { readonly kind: 'unreachable'; readonly detail: string; readonly reason?: 'rejected' | 'throttled' };

export interface MessageChannel {
  send(message: OutgoingMessage): Promise<Result<{ readonly providerId: string | null }, SendRefusal>>;
}
