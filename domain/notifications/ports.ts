/** The ports of notifications. */
import type { Load } from '../shared/changes.ts';
import type { RecordedLoad } from '../shared/database.ts';
import type { AppointmentId, NotificationId, UserId } from '../shared/ids.ts';
import type { Announcement, AnyMessageDraft, MessageCategory } from '../shared/messages.ts';
import type { DataKey } from '../shared/ports.ts';
import type { Result } from '../shared/result.ts';
import type { SeriesDate } from '../shared/series-dates.ts';
import type { Instant } from '../shared/time.ts';
import type { TopicRates } from '../shared/topic-rates.ts';
import type { Viewer } from '../shared/viewer.ts';
import type { AlertAudience, AlertDetail, AlertId, AlertPortion, AlertProgress, ReachPortion } from './alert.ts';
import type { SendingChannel } from './categories.ts';
import type {
  DeadLetter,
  DeadLetterFilter,
  ListedPage,
  ListedQuery,
  MessageQuery,
  MessageRecord,
  PersonMessagesPage,
  PersonMessagesQuery,
} from './lists.ts';
import type { HeldDelivery, MailedCategory, OwnPreferences } from './preferences.ts';
import type { PushEnvelope } from './push-message.ts';
import type { PushDevice, PushSubscription, PushSubscriptionId, PushTarget } from './push-subscription.ts';
import type { Queues } from './queues.ts';
import type { Addressed, MessageReceiver, NumberReceiver } from './receiver.ts';
import type { StoredReminders } from './reminders.ts';
import type { OtherDelivery, SendingDay } from './sending-day.ts';
import type { DeliveryId, NotificationStatus, ReceiverFault } from './states.ts';
import type { SuppressedChannel, Suppression, SuppressionId, UntoldSuppressions } from './suppression.ts';
import type { TrackedDelivery } from './tracking.ts';

/** A notification with everything that decides whether it is still to be sent. */
export interface StoredNotification {
  readonly id: NotificationId;
  readonly message: Pick<AnyMessageDraft, 'template' | 'variables'> & {
    readonly category: MessageCategory;
    /** What it says of its appointment; `null`: nothing that a change makes untrue. */
    readonly announces: Announcement | null;
    /** Those that were asked for; `null`: all that the receiver takes. */
    readonly channels: readonly SendingChannel[] | null;
  };
  /** The variables or the receiver's address cannot be decrypted. */
  readonly isDamaged: boolean;
  readonly status: NotificationStatus;
  /** Its channels were chosen. */
  readonly isRouted: boolean;
  readonly usefulUntil: Instant | null;
  readonly receiver: MessageReceiver;
  /** Channels whose address, of this message, gets nothing more. */
  readonly suppressed: readonly SuppressedChannel[];
  /** The receiver's key, or `null` if the message is encrypted with a key of its own, which is destroyed with it. */
  readonly receiverKey: DataKey | null;
  /** The appointment that the message describes: the version that it describes, and the current state. */
  readonly appointment: {
    readonly writtenForVersion: number;
    readonly version: number;
    readonly status: string;
    readonly start: Instant;
    readonly id: AppointmentId;
    /** Whether it is the receiver's own, or of a patient for whom the receiver still acts. */
    readonly concernsReceiver: boolean;
    /** The receiver has a later message that announces how the same appointment stands, or how late it is. */
    readonly isReplaced: boolean;
    /** Of a message about a series: its appointments as they stand. `null`: it is about this one. */
    readonly series: readonly SeriesDate[] | null;
  } | null;
}

/** One delivery of a message, with everything that decides whether it is still to be sent. */
export interface StoredDelivery {
  readonly id: DeliveryId;
  readonly channel: SendingChannel;
  readonly state: NotificationStatus;
  /** Of those that reached a provider. */
  readonly attempts: number;
  readonly sendAt: Instant;
  /** The one that was asked last; `null` before the first attempt. */
  readonly provider: string | null;
  /** That provider may have accepted it. */
  readonly isOutcomeUnknown: boolean;
  /** The other deliveries of the message. */
  readonly others: readonly OtherDelivery[];
  /** Of a push message; `null`: it is registered no more, or cannot be decrypted. */
  readonly device: PushDevice | null;
  readonly notification: StoredNotification;
}

/** What is known of an unsent message without decrypting it. */
export interface UnsentNotification {
  readonly id: NotificationId;
  readonly receiverId: UserId;
  readonly template: string;
  readonly channel: string;
}

/** The same of one of its deliveries. */
export interface UnsentDelivery extends UnsentNotification {
  readonly deliveryId: DeliveryId;
  readonly provider: string | null;
  readonly isOutcomeUnknown: boolean;
}

export interface NotificationLoads {
  /** The reminders of an appointment, whatever became of them, and the preferences of who gets them. */
  reminders(id: AppointmentId): Load<StoredReminders>;
  /** What decides how many an alert would reach. @param after where a portion ended. Default: from the beginning */
  alertReceivers(audience: AlertAudience, now: Instant, after?: UserId): Load<ReachPortion>;
  /** `undefined` once everybody is told. @throws if its words cannot be opened */
  alertPortion(id: AlertId): Load<AlertPortion | undefined>;
  /** The newest first; one more than the limit if there is a next page. */
  alerts(page: { readonly after: AlertId | null; readonly limit: number }): Load<AlertProgress[]>;
  /** Recorded in the stream of each who has to be called. */
  alertRead(id: AlertId): RecordedLoad<AlertDetail | undefined>;
  /** `undefined` for a person to whom the viewer may not write, and for one that does not exist. */
  addressed(personId: UserId, viewer: Viewer, now: Instant): Load<Addressed | undefined>;
  /** `undefined` when it is already routed, skipped or given up. */
  unsent(id: NotificationId): Load<UnsentNotification | undefined>;
  /** `undefined` when it is already sent, skipped or given up. */
  unsentDelivery(id: DeliveryId): Load<UnsentDelivery | undefined>;
  /** What a person has chosen, or the defaults, and where the person can be reached. */
  preferences(userId: UserId): Load<OwnPreferences | undefined>;
  /** Deliveries to the person that are held until quiet hours end, and are due later than `after`. The next 100. */
  held(userId: UserId, after: Instant): Load<HeldDelivery[]>;
  /** All devices of the person, the oldest first. */
  pushSubscriptions(userId: UserId): Load<PushSubscription[]>;
  /** The device of the person with this address. */
  pushSubscriptionAt(userId: UserId, target: PushTarget): Load<PushSubscriptionId | undefined>;
  /** Whom a mail is for, for the link in it that ends its kind; `undefined` for accounts that are closed. */
  mailedCategory(id: DeliveryId): Load<MailedCategory | undefined>;
  notification(id: NotificationId): Load<StoredNotification | undefined>;
  /** Those of them that exist, in no order. */
  notificationsOf(ids: readonly string[]): Load<StoredNotification[]>;
  deliveriesOf(ids: readonly string[]): Load<StoredDelivery[]>;
  delivery(id: DeliveryId): Load<StoredDelivery | undefined>;
  /** One more than the limit if there is a next page; recorded in the person's stream. */
  listedRead(userId: UserId, query: ListedQuery): RecordedLoad<ListedPage>;
  /** How many the person has not read, up to `MOST_UNREAD`. */
  unread(userId: UserId): Load<number | undefined>;
  /** One more than the limit if there is a next page; recorded in the stream of each receiver. */
  messagesRead(query: MessageQuery, now: Instant): RecordedLoad<MessageRecord[]>;
  /** Deliveries that were given up and messages that no channel has taken, the newest first; one more than the limit if there is a next page. Recorded as those. */
  deadLettersRead(query: {
    readonly channel: DeadLetterFilter['channel'];
    readonly after: DeadLetter['id'] | null;
    readonly limit: number;
  }): RecordedLoad<DeadLetter[]>;
  /** Recorded in the portal's own stream. */
  queuesRead(now: Instant, rates: TopicRates): RecordedLoad<Queues>;
  /** The same for metrics, which show no more than numbers: it is not recorded. */
  queues(now: Instant, rates: TopicRates): Load<Omit<Queues, 'today'>>;
  /** Messages that were given up, by channel; `none`: no channel has taken them. @param most of each, at which counting stops */
  deadLetterCounts(most: number): Load<readonly { readonly channel: string; readonly count: number }[]>;
  /** In whatever state it is. */
  deadLetter(id: DeadLetter['id']): Load<DeadLetter | undefined>;
  /** The newest first; one more than the limit if there is a next page. Recorded in the stream of each person. */
  suppressionsRead(query: {
    readonly channel: SuppressedChannel | null;
    readonly userId: UserId | null;
    readonly after: SuppressionId | null;
    readonly limit: number;
  }): RecordedLoad<Suppression[]>;
  suppression(id: SuppressionId): Load<Suppression | undefined>;
  /** Of whomever an address is. */
  suppressionsOf(channel: SuppressedChannel, address: string): Load<Suppression[]>;
  /** Of yesterday, today and tomorrow. */
  sendingDays(now: Instant): Load<SendingDay[]>;
  untoldSuppressions(): Load<UntoldSuppressions | undefined>;
  /** To whom the last text messages to a number went. */
  receiversAt(number: string): Load<NumberReceiver[]>;
  /** Those of these deliveries that exist. */
  tracked(ids: readonly string[]): Load<TrackedDelivery[]>;
  /** Which of these events were handled before. */
  handled(provider: string, eventIds: readonly string[]): Load<string[]>;
  /** The oldest that can be sent again without arriving twice, as far as that is known without their text. */
  redrivable(filter: DeadLetterFilter, limit: number): Load<DeadLetter[]>;
  /** The same messages that no channel has taken, with what decides whether one takes them now. */
  redrivableMessages(filter: DeadLetterFilter, limit: number): Load<StoredNotification[]>;
  /** What a patient is told about the record. `undefined` if the viewer may not know of the patient. */
  messagesToRead(query: PersonMessagesQuery, viewer: Viewer): RecordedLoad<PersonMessagesPage | undefined>;
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

/** A picture of a mail, which its HTML names as `cid:` and the Content-ID (RFC 2392). */
export interface InlinePicture {
  /** `id@host`, without angle brackets. */
  readonly contentId: string;
  readonly filename: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

interface MessageContent {
  /** The same for every attempt: a provider that supports idempotency keys sends the message once. */
  readonly id: DeliveryId;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Channels without files leave them out. */
  readonly attachments: readonly Attachment[];
  /** Of the HTML. Only e-mail has one. Default: none. */
  readonly picture?: InlinePicture;
  readonly template: string;
  /** Links and one-time codes in the text, so that a program need not search for them. */
  readonly links: readonly string[];
  readonly codes: readonly string[];
  /** Where one POST ends messages of this kind (RFC 8058). Only e-mail says so. Default: the receiver cannot end them. */
  readonly unsubscribeUrl?: string;
  /** Encrypts a stored copy, where one is kept. `null`: no key outlives the message, so a copy stays in memory only. */
  readonly receiverKey: DataKey | null;
}

/** What is sent, and where: each channel has its own kind of address. */
export type OutgoingMessage = MessageContent &
  (
    | { readonly channel: Exclude<ChannelName, 'push'>; readonly to: string }
    | { readonly channel: 'push'; readonly to: PushTarget; readonly envelope: PushEnvelope }
  );

interface Refused {
  /** For operators. It names no person. */
  readonly detail: string;
  /**
   * `unknown`: the provider may have accepted the message, because its answer did not arrive. Only the same provider may
   * be tried again. Default: nothing was sent.
   */
  readonly outcome?: 'unknown';
  /** How long the provider asks to be left alone. */
  readonly retryAfterSeconds?: number;
}

export type SendRefusal = Refused &
  (
    | /** The provider refuses the receiver or the message: it is not tried again. */
    { readonly kind: 'permanent'; readonly reason?: ReceiverFault | 'too_large' }
    /** The provider answered that it could not send it now: the attempt is counted. */
    | { readonly kind: 'transient' }
    /**
     * No provider is configured, it does not answer, or it accepts no request of ours: the attempt is not counted.
     * `rejected`: our credentials are wrong; `throttled`: too many requests; `paused`: it was not asked, because it has
     * just failed.
     */
    | { readonly kind: 'unreachable'; readonly reason?: 'rejected' | 'throttled' | 'paused' }
  );

export type SendResult = Result<{ readonly providerId: string | null }, SendRefusal>;

/** One provider of one channel. */
export interface MessageChannel {
  send(message: OutgoingMessage): Promise<SendResult>;
}

/** What this process or isolate knows of a provider, from what it answered last. */
export interface ProviderStatus {
  /** `sendgrid`, `smtp`, `twilio`, `web_push`, `fcm`. */
  readonly provider: string;
  readonly channels: readonly ChannelName[];
  /** `untried`: it has not been asked yet. `paused`: it is left alone for now, because it has just failed. */
  readonly state: 'untried' | 'up' | 'failing' | 'paused';
  readonly pausedUntil: Instant | null;
  /** When it was first left alone since it last answered; `null`: it is not. */
  readonly pausedSince: Instant | null;
  readonly failuresInARow: number;
  /** It has rejected our credentials since it last took a message. */
  readonly isRejecting: boolean;
  readonly lastFailure: {
    readonly at: Instant;
    readonly detail: string;
    readonly reason: 'rejected' | 'throttled' | 'unreachable';
  } | null;
  /** When it last accepted or refused a message. */
  readonly lastAnsweredAt: Instant | null;
  /** Messages that another provider was asked to send, although this one is preferred. */
  readonly failOvers: number;
}

/** All providers that are configured. The caller chooses one by `chooseProvider` and records it before it sends. */
export interface MessageProviders extends MessageChannel {
  /** Those that can send to this address, the preferred one first. */
  providersFor(address: Pick<OutgoingMessage, 'channel' | 'to'>): readonly ProviderStatus[];
  statuses(): readonly ProviderStatus[];
  /**
   * @param provider one of `providersFor`. Default: the preferred one
   * @returns `unreachable` without asking the provider while it is paused
   */
  send(message: OutgoingMessage, provider?: string): Promise<SendResult>;
}
