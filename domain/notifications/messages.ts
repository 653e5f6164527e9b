/** Messages that the clinic writes itself, and that tell of files. */

import { linkTo } from '../shared/link-targets.ts';
import type { Categories, Links, MessageDraftOf, Texts } from '../shared/messages.ts';

/** The variables of each template, apart from the receiver. */
export interface NotificationVariables {
  /** `sharedBy`: a person or the clinic. Neither the name nor the kind of the file is told. */
  'file-shared': { readonly sharedBy: string };
  /** In the words of the clinic. The lines of `body` are kept. */
  'clinic-message': { readonly subject: string; readonly body: string };
  /** To those affected, when the clinic has to close or move at once. In the words of the clinic. */
  'emergency-alert': { readonly body: string };
}

export type MessageDraft = MessageDraftOf<NotificationVariables>;

export const NOTIFICATION_CATEGORIES = {
  'file-shared': 'message',
  'clinic-message': 'message',
  'emergency-alert': 'message',
} as const satisfies Categories<NotificationVariables>;

export const NOTIFICATION_LINKS = {
  'file-shared': (_, url) => linkTo(url, '/login'),
} as const satisfies Links<NotificationVariables>;

export type NotificationTexts = Texts<NotificationVariables, typeof NOTIFICATION_CATEGORIES, typeof NOTIFICATION_LINKS>;
