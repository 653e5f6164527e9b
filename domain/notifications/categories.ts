/** What each category of messages means for the channels that a message takes. */
import { MESSAGE_CATEGORIES, type MessageCategory } from '../shared/messages.ts';

/** The channels that leave the portal. The list in the portal is not sent: it shows the messages themselves. */
export const SENDING_CHANNELS = ['email', 'sms', 'push'] as const;
export type SendingChannel = (typeof SENDING_CHANNELS)[number];

/**
 * - `always`: the receiver cannot switch it off
 * - `on`, `off`: unless the receiver has chosen otherwise
 * - `never`: not for such messages, whatever the receiver has chosen
 */
export type ChannelRule = 'always' | 'on' | 'off' | 'never';

export interface CategoryRules {
  readonly channels: Readonly<Record<SendingChannel, ChannelRule>>;
  /** Whether the portal shows such messages to their receiver. */
  readonly isListed: boolean;
  /** Tells of the medical record: it goes to no address that nobody has proven. */
  readonly isOfRecord: boolean;
  /** Whoever objects to what is optional gets none (GDPR Art. 21). */
  readonly isOptional: boolean;
  /** Whoever objects finds it in the portal nevertheless: somebody has written it to this person. Default: false. */
  readonly isListedAnyway?: boolean;
  /** Sent in quiet hours too. Default: false. */
  readonly isUrgent?: boolean;
  /** Of its jobs: 1 to 10, the most urgent first. */
  readonly priority: number;
  /** The channel that goes before the others of a message. Default: none. */
  readonly first?: SendingChannel;
}

const USUAL = { email: 'on', sms: 'off', push: 'on' } as const;
const CERTAIN = { email: 'always', sms: 'off', push: 'on' } as const;

export const CATEGORY_RULES: Readonly<Record<MessageCategory, CategoryRules>> = {
  // Carries a secret, for the one address that it names or that the account has.
  code: {
    channels: { email: 'always', sms: 'never', push: 'never' },
    isListed: false,
    isOfRecord: false,
    isOptional: false,
    isUrgent: true,
    priority: 1,
  },
  // No switch keeps it back, and a phone is looked at sooner than mail.
  alert: {
    channels: { email: 'always', sms: 'always', push: 'on' },
    isListed: true,
    isOfRecord: true,
    isOptional: false,
    isUrgent: true,
    priority: 1,
    first: 'sms',
  },
  security: { channels: CERTAIN, isListed: true, isOfRecord: false, isOptional: false, isUrgent: true, priority: 2 },
  account: { channels: CERTAIN, isListed: true, isOfRecord: false, isOptional: false, priority: 4 },
  appointment: { channels: USUAL, isListed: true, isOfRecord: true, isOptional: false, priority: 4 },
  reminder: { channels: USUAL, isListed: true, isOfRecord: true, isOptional: true, priority: 6 },
  message: {
    channels: USUAL,
    isListed: true,
    isOfRecord: true,
    isOptional: true,
    isListedAnyway: true,
    priority: 7,
  },
  // To the clinic's people alone, and without patients: it is no part of a record.
  digest: {
    channels: { email: 'on', sms: 'never', push: 'off' },
    isListed: true,
    isOfRecord: false,
    isOptional: true,
    priority: 8,
  },
};

/** Those of messages about the medical record, which whoever may read the record may read too. */
export const RECORD_CATEGORIES: readonly MessageCategory[] = MESSAGE_CATEGORIES.filter(
  (category) => CATEGORY_RULES[category].isOfRecord,
);

/** An unknown category is one of another version of the portal: it is treated as a message of the clinic. */
export function rulesOf(category: MessageCategory): CategoryRules {
  return CATEGORY_RULES[category] ?? CATEGORY_RULES.message;
}
