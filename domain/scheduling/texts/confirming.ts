/** The parts of messages that ask to confirm an appointment. */
import type { PortalLink } from '../../shared/messages.ts';
import type { Confirmable } from '../messages.ts';

export interface ConfirmingWords {
  /** How one confirms by answering a text message. */
  readonly reply: string;
  readonly please: string;
  /** Of the link to the page where the appointment is moved or cancelled. */
  readonly change: string;
  readonly calendar: string;
}

export function asks({ confirmToken }: Confirmable): boolean {
  return confirmToken !== undefined;
}

/** What leads into the portal, where the first link confirms. */
export function choices(facts: Confirmable, { change, calendar }: ConfirmingWords): PortalLink[] {
  if (!asks(facts)) return [];
  return [
    { label: change, path: '/appointments' },
    { label: calendar, path: '/calendar' },
  ];
}

/** The request to confirm, with what one can do instead. */
export function asked(facts: Confirmable, words: ConfirmingWords): (string | PortalLink)[] {
  return asks(facts) ? [words.please, ...choices(facts, words)] : [];
}

/** What a text message asks to be answered. */
export function replied(facts: Confirmable, { reply }: ConfirmingWords): { readonly reply?: string } {
  return asks(facts) ? { reply } : {};
}
