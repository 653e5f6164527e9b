/** What a text message to the clinic's number does: STOP, START and HELP. Nobody reads the number. C confirms an appointment (ADR 0247). */
import { decided } from '../shared/changes.ts';
import type { Instant } from '../shared/time.ts';
import type { NotificationChange } from './changes.ts';
import type { Decision } from './decision.ts';
import { consentWithdrawn } from './preference-changes.ts';
import type { InboundText } from './provider-notices.ts';
import type { NumberReceiver } from './receiver.ts';
import type { NewSuppression, Suppression, SuppressionId } from './suppression.ts';
import { addition, additionAudit, lifted, normalisedAddress } from './suppressions.ts';

/**
 * What the sender is told. `stopped`: nothing more is sent; `started`: messages are sent again; `help`: who this is; `unread`:
 * nobody reads the number. `null`: nothing, because the provider has answered.
 */
export type TextAnswer = 'stopped' | 'started' | 'help' | 'unread' | null;

/** A text that is about messages, and not about an appointment. */
export type TextAboutMessages = InboundText & { readonly keyword: Exclude<InboundText['keyword'], 'confirm'> };

/** What is known of the number that a text came from. */
export interface KnownNumber {
  readonly receivers: readonly NumberReceiver[];
  readonly suppressions: readonly Suppression[];
  /** The same text was handled before. */
  readonly isHandled: boolean;
}

/**
 * A text that comes again gets the same answer and changes nothing. STOP suppresses the number for everybody who gets messages
 * there, and withdraws the consent of those whose number it still is; START lifts what a reader has asked for, and not that a number does not exist.
 */
export function answerText(
  provider: string,
  text: TextAboutMessages,
  { receivers, suppressions, isHandled }: KnownNumber,
  newId: () => SuppressionId,
  now: Instant,
): Decision<NotificationChange, TextAnswer> {
  const answer = answerTo(text);
  const number = normalisedAddress('sms', text.from);
  const handled: NotificationChange = {
    type: 'provider.notices_handled',
    provider,
    eventIds: [text.eventId],
    at: now,
  };
  if (isHandled || number === undefined) return decided({ value: answer, changes: [], audit: [] });
  if (text.keyword === 'stop') {
    const added = receivers.map(
      ({ userId, dataKey }): NewSuppression => ({
        id: newId(),
        userId,
        dataKey,
        channel: 'sms',
        address: number,
        reason: 'stopped',
        provider,
      }),
    );
    const withdrawn = receivers
      .filter(({ isCurrent }) => isCurrent)
      .map(({ userId, preferences }) => consentWithdrawn(userId, preferences, now));
    return decided({
      value: answer,
      changes: [
        handled,
        ...withdrawn.flatMap(({ changes }) => changes),
        ...added.map((suppression) => addition(suppression, now)),
      ],
      audit: [...added.map(additionAudit), ...withdrawn.flatMap(({ audit }) => audit)],
    });
  }
  if (text.keyword === 'start') {
    const wanted = suppressions.filter(({ reason }) => reason === 'stopped' || reason === 'unsubscribed');
    const { changes, audit } = lifted(wanted);
    return decided({ value: answer, changes: [handled, ...changes], audit });
  }
  return decided({ value: answer, changes: [], audit: [] });
}

function answerTo({ keyword, isAnswered }: TextAboutMessages): TextAnswer {
  if (isAnswered) return null;
  if (keyword === 'stop') return 'stopped';
  return keyword === 'start' ? 'started' : (keyword ?? 'unread');
}
