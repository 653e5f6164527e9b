/** Messages about what is done with personal data. */
import type { Categories, Links, MessageDraftOf, Texts } from '../shared/messages.ts';

/** The variables of each template, apart from the receiver. Instants are epoch milliseconds. */
export interface PrivacyVariables {
  /** To the patient and to administrators when a doctor opens a record in an emergency. */
  'emergency-access': { readonly doctorName: string; readonly until: number; readonly isPatient: boolean };
  'acted-on-behalf': { readonly what: 'export_requested' | 'export_downloaded' | 'rectified' };
  'processing-limit': { readonly kind: 'restriction' | 'objection'; readonly isSet: boolean };
  /** To the account that has everything now. */
  'records-merged': { readonly undoUntil: number };
  /** To the account that is closed: its address and name, sealed under a key of the message. */
  'account-merged': { readonly email: string; readonly firstName: string };
  /** `isAlias`: to the account that is open again. */
  'records-parted': { readonly isAlias: boolean };
}

export type MessageDraft = MessageDraftOf<PrivacyVariables>;

export const PRIVACY_CATEGORIES = {
  'emergency-access': 'security',
  'acted-on-behalf': 'security',
  'processing-limit': 'account',
  'records-merged': 'security',
  'account-merged': 'security',
  'records-parted': 'security',
} as const satisfies Categories<PrivacyVariables>;

export type PrivacyTexts = Texts<PrivacyVariables, typeof PRIVACY_CATEGORIES, Links<Record<never, never>>>;
