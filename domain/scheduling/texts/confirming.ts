/** The parts of messages that ask to confirm an appointment. */
import type { PortalLink } from '../../shared/messages.ts';
import type { AppointmentFacts, Confirmable } from '../messages.ts';

type Asking = Confirmable & Pick<AppointmentFacts, 'appointmentId'>;

export interface ConfirmingWords {
  /** How one confirms by answering a text message. */
  readonly reply: string;
  readonly please: string;
  /** Of the links to the page of the appointment, for those who cannot come. */
  readonly move: string;
  readonly cancel: string;
  readonly calendar: string;
}

export function asks({ confirmToken }: Confirmable): boolean {
  return confirmToken !== undefined;
}

/** What leads into the portal, where the first link confirms. */
export function choices(facts: Asking, { move, cancel, calendar }: ConfirmingWords): PortalLink[] {
  if (!asks(facts)) return [];
  const { appointmentId } = facts;
  return [
    { label: move, appointmentId, action: 'reschedule' },
    { label: cancel, appointmentId, action: 'cancel' },
    { label: calendar, path: '/calendar' },
  ];
}

/** The request to confirm, with what one can do instead. */
export function asked(facts: Asking, words: ConfirmingWords): (string | PortalLink)[] {
  return asks(facts) ? [words.please, ...choices(facts, words)] : [];
}

/** What a text message asks to be answered. */
export function replied(facts: Confirmable, { reply }: ConfirmingWords): { readonly reply?: string } {
  return asks(facts) ? { reply } : {};
}
