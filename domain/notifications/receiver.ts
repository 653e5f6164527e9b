/** Who gets a message. */
import type { UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import type { Instant } from '../shared/time.ts';
import type { Preferences, Reach } from './preferences.ts';
import type { PushSubscriptionId } from './push-subscription.ts';
import type { SuppressedChannel } from './suppression.ts';

/** What of a person decides which channels a message takes, and in which words it is written. */
export interface MessageReceiver {
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
  /** The phone of the account; `provenAt`: when a code that was sent there came back, `null` if none did. */
  readonly phone: { readonly number: string; readonly provenAt: Instant | null } | null;
  readonly preferences: Preferences;
  /** That get push messages, the oldest first. */
  readonly devices: readonly PushSubscriptionId[];
}

/** A person to whom the clinic writes, with who acts for the person. */
export interface Addressed {
  readonly receiver: MessageReceiver;
  /** Channels whose address gets nothing more. */
  readonly suppressed: readonly SuppressedChannel[];
  readonly dataKey: DataKey;
  /** Whether the person has an account, or is invited to one. */
  readonly hasAccount: boolean;
  readonly proxies: readonly { readonly id: UserId; readonly dataKey: DataKey }[];
}

/** What of a person decides which channels a message takes, without addresses. */
export interface Reachable {
  readonly reach: Reach;
  readonly objects: boolean;
  readonly preferences: Pick<Preferences, 'choices' | 'smsConsentedAt'>;
  readonly suppressed: readonly SuppressedChannel[];
}

/** Who got text messages at a number. */
export interface NumberReceiver {
  /** Whether it is the number that the person has now. */
  readonly isCurrent: boolean;
  readonly preferences: Preferences;
  readonly userId: UserId;
  readonly dataKey: DataKey;
  /** BCP 47. */
  readonly language: string;
}
