/** What a person has chosen: which messages by which channel, when not, and how long before an appointment. */
import type { NotificationId, UserId } from '../shared/ids.ts';
import type { MessageCategory } from '../shared/messages.ts';
import type { Instant } from '../shared/time.ts';
import type { ZoneId } from '../shared/zone.ts';
import { rulesOf, type SendingChannel } from './categories.ts';
import type { QuietHours } from './quiet-hours.ts';
import type { DeliveryId } from './states.ts';
import type { SuppressedChannel } from './suppression.ts';

/** Those that are left out are as the rules of the category say. */
export type Choices = Readonly<Partial<Record<MessageCategory, Readonly<Partial<Record<SendingChannel, boolean>>>>>>;

export interface Preferences {
  readonly choices: Choices;
  readonly quietHours: QuietHours | null;
  /** Before the start of an appointment, the longest first. Empty: no reminders. */
  readonly reminderMinutes: readonly number[];
  /** `null`: no text messages but codes. */
  readonly smsConsentedAt: Instant | null;
  /** 0: nothing is stored. */
  readonly version: number;
}

export const REMINDERS = { most: 5, leastMinutes: 15, mostMinutes: 30 * 24 * 60 } as const;

export const DEFAULT_PREFERENCES: Preferences = {
  choices: {},
  quietHours: null,
  reminderMinutes: [1440, 120],
  smsConsentedAt: null,
  version: 0,
};

/** Why no message can take a channel: see `SkipReason`. */
export type Obstacle = 'no_address' | 'address_unproven' | 'no_consent';

/** Where a person can be reached. */
export interface Reach {
  readonly hasEmail: boolean;
  /** Whether the e-mail address is proven. */
  readonly isProven: boolean;
  /** `provenAt`: when a code that was sent there came back; `null`: never. */
  readonly phone: { readonly provenAt: Instant | null } | null;
  /** Whether a device gets push messages. */
  readonly hasDevice: boolean;
}

/** Whether messages of the category are to take the channel, if they can. */
export function isChosen(
  { choices }: Pick<Preferences, 'choices'>,
  category: MessageCategory,
  channel: SendingChannel,
): boolean {
  const rule = rulesOf(category).channels[channel];
  if (rule === 'always' || rule === 'never') return rule === 'always';
  return choices[category]?.[channel] ?? rule === 'on';
}

/** Why no message of the category can take the channel, whatever the person has chosen. */
export function obstacle(
  reach: Reach,
  { smsConsentedAt }: Pick<Preferences, 'smsConsentedAt'>,
  category: MessageCategory,
  channel: SendingChannel,
): Obstacle | null {
  switch (channel) {
    case 'email':
      if (!reach.hasEmail) return 'no_address';
      // Nobody has followed a link that was mailed to this address, so it may be a stranger's: it gets links, and nothing of the record.
      return rulesOf(category).isOfRecord && !reach.isProven ? 'address_unproven' : null;
    case 'sms':
      // What cannot be switched off asks for no consent.
      if (rulesOf(category).channels.sms === 'always') return phoneObstacle(reach);
      return phoneObstacle(reach) ?? (consents(reach, smsConsentedAt) ? null : 'no_consent');
    case 'push':
      return reach.hasDevice ? null : 'no_address';
  }
}

export function phoneObstacle({ phone }: Pick<Reach, 'phone'>): Obstacle | null {
  if (phone === null) return 'no_address';
  return phone.provenAt === null ? 'address_unproven' : null;
}

/** Consent is for the number that the person had then: another one needs consent of its own. */
export function consents({ phone }: Pick<Reach, 'phone'>, consentedAt: Instant | null): boolean {
  return consentedAt !== null && phone?.provenAt != null && consentedAt >= phone.provenAt;
}

/** One channel of one category, as the person sees it. */
export interface Choice {
  readonly value: boolean;
  /** It cannot be changed. */
  readonly fixed: boolean;
  readonly available: boolean;
  /** Why it is not available. */
  readonly why: Obstacle | 'other_channel' | 'suppressed' | null;
}

export function choiceOf(
  { preferences, reach, suppressed }: Pick<OwnPreferences, 'preferences' | 'reach' | 'suppressed'>,
  category: MessageCategory,
  channel: SendingChannel,
): Choice {
  const rule = rulesOf(category).channels[channel];
  const isSuppressed = suppressed.some((each) => each === channel);
  const why =
    rule === 'never'
      ? 'other_channel'
      : (obstacle(reach, preferences, category, channel) ?? (isSuppressed ? 'suppressed' : null));
  return {
    value: isChosen(preferences, category, channel),
    fixed: rule === 'always' || rule === 'never',
    available: why === null,
    why,
  };
}

/** With what they depend on. */
export interface OwnPreferences {
  readonly preferences: Preferences;
  readonly reach: Reach;
  /** Channels whose address gets nothing more. */
  readonly suppressed: readonly SuppressedChannel[];
  /** Of the profile, BCP 47. */
  readonly language: string;
  /** Of the profile. */
  readonly zone: ZoneId;
}

/** A delivery that waits until quiet hours end. */
export interface HeldDelivery {
  readonly id: DeliveryId;
  readonly notificationId: NotificationId;
  readonly channel: SendingChannel;
  readonly category: MessageCategory;
  readonly sendAt: Instant;
  /** `null`: it is always of use. */
  readonly uselessFrom: Instant | null;
}

/** Whom the link of a mail is for, and which mails it ends. */
export interface MailedCategory {
  readonly userId: UserId;
  readonly category: MessageCategory;
  /** Of the person, BCP 47. */
  readonly language: string;
  readonly preferences: Preferences;
}
