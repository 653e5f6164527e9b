/** Messages that the clinic writes itself. */

import type { Categories, ForPatient, Links, MessageDraftOf, Texts } from '../shared/messages.ts';
import type { ToldToProxies } from '../shared/wording/copies.ts';
import type { ClockFacts } from '../shared/wording/wording.ts';
import type { SendingChannel } from './categories.ts';
import type { ClinicNotice } from './notices.ts';
import type { CapShare } from './sending-day.ts';

/** The variables of each template, apart from the receiver. */
export interface NotificationVariables {
  /** In the words of the clinic. The lines of `body` are kept. */
  'clinic-message': ForPatient & { readonly subject: string; readonly body: string };
  /** What clinics often say, in the language of the reader. */
  'clinic-notice': ForPatient & { readonly notice: ClinicNotice };
  /** To those affected, when the clinic has to close or move at once. In the words of the clinic. */
  'emergency-alert': ForPatient & { readonly body: string };
  /** What GDPR Art. 34(2) asks for, in the words of the clinic. */
  'breach-notice': ForPatient & {
    readonly whatHappened: string;
    readonly consequences: string;
    readonly measures: string;
    /** Whom to ask. */
    readonly contact: string;
  };
  /** The answer to a text message. `phone`: the clinic's. */
  'text-answer': { readonly phone: string | null } & (
    | { readonly answer: 'stopped' | 'started' | 'help' | 'unread' | 'nothing_to_confirm' }
    | { readonly answer: 'confirmed'; readonly time: ClockFacts }
  );
  /** To administrators, once a day: that many addresses get nothing more. */
  'addresses-suppressed': { readonly count: number };
  /** To administrators: so much of what may leave by a channel in a day is used. `share`: in percent. */
  'daily-cap-reached': {
    readonly channel: SendingChannel;
    readonly share: CapShare;
    readonly used: number;
    readonly cap: number;
  };
}

export type MessageDraft = MessageDraftOf<NotificationVariables>;

export const NOTIFICATION_CATEGORIES = {
  'clinic-message': 'message',
  'clinic-notice': 'message',
  'emergency-alert': 'alert',
  'breach-notice': 'alert',
  'text-answer': 'account',
  'addresses-suppressed': 'account',
  // The number that it tells of must not hold it back.
  'daily-cap-reached': 'security',
} as const satisfies Categories<NotificationVariables>;

export type NotificationTexts = Texts<
  NotificationVariables,
  typeof NOTIFICATION_CATEGORIES,
  Links<Record<never, never>>
>;

export const TOLD_TO_PROXIES = {
  'clinic-message': 'copy',
  'clinic-notice': 'copy',
  'emergency-alert': 'copy',
  'breach-notice': 'copy',
} as const satisfies ToldToProxies<NotificationVariables>;
