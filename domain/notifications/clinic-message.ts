/** What somebody of the clinic writes to one person: in own words, or one of the notices that the portal has in every language. */

import type { MessageCategory } from '../shared/messages.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import { SENDING_CHANNELS, type SendingChannel } from './categories.ts';
import type { SkipReason } from './changes.ts';
import type { ClinicNotice } from './notices.ts';
import type { Addressed } from './receiver.ts';
import { skipReason } from './routing.ts';

export type ClinicWords = { readonly subject: string; readonly body: string } | { readonly notice: ClinicNotice };

/** Longest subject and text in characters. */
export const LONGEST_SUBJECT = 120;
export const LONGEST_BODY = 2000;

/** There is nobody who could read it: the person has no account, and nobody acts for the person. */
export type NoAccount = { readonly code: 'no_account' };

/** What would become of a message by one channel, as far as it is known before it is due. `null`: it is sent. */
export interface PlannedChannel {
  readonly channel: SendingChannel;
  readonly reason: SkipReason | null;
}

/** The channels of a message to this person, by the same rules by which it is routed when it is due. */
export function plannedChannels(
  { receiver, suppressed }: Pick<Addressed, 'receiver' | 'suppressed'>,
  message: { readonly category: MessageCategory; readonly channels: readonly SendingChannel[] | null },
): readonly PlannedChannel[] {
  return SENDING_CHANNELS.map((channel) => ({
    channel,
    reason: skipReason({ message: { ...message, variables: {} }, receiver, suppressed }, channel),
  }));
}

/** Whether anybody can read what is written to the person. */
export function reachable(person: Addressed): Result<Addressed, NoAccount> {
  return person.hasAccount || person.proxies.length > 0 ? ok(person) : refuse({ code: 'no_account' });
}
