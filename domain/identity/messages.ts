/** Messages about accounts, sign-in and credentials. */

import { linkTo, type PagePath, tokenLink } from '../shared/link-targets.ts';
import type { Categories, Links, MessageDraftOf, Texts } from '../shared/messages.ts';
import type { RecoveryAction } from '../shared/revocation.ts';

/** The variables of each template, apart from the receiver. Instants are epoch milliseconds. */
export interface IdentityVariables {
  'verify-email': { readonly token: string };
  /** Once the address is verified. */
  welcome: Readonly<Record<string, never>>;
  'account-exists': Readonly<Record<string, never>>;
  invitation: { readonly token: string; readonly role: string };
  'password-reset': { readonly token: string };
  'password-changed': { readonly how: 'reset' | 'changed' };
  /** Sent to the new address, which is not verified yet. */
  'confirm-email-change': { readonly to: string; readonly token: string };
  /** These three go to the address given here, even if the account's address is another one by then. */
  'email-change-requested': { readonly to: string; readonly token: string };
  'email-changed': { readonly to: string };
  'email-restored': { readonly to: string; readonly token: string };
  'signed-out-everywhere': Readonly<Record<string, never>>;
  /** A long-lived credential was created that gives access without a sign-in (R64). */
  'credential-made': { readonly what: 'api_key' | 'calendar_feed' | 'export' | 'push_subscription' | 'file_link' };
  /** `place` is null if the platform does not tell it. */
  'new-sign-in': { readonly deviceName: string; readonly place: string | null; readonly at: number };
  /** Carries the receiver's address and name, because the closed account no longer holds them. */
  'account-closed': { readonly email: string; readonly firstName: string };
}

export type TemplateName = keyof IdentityVariables;
export type MessageDraft = MessageDraftOf<IdentityVariables>;

export const IDENTITY_CATEGORIES = {
  'verify-email': 'code',
  welcome: 'account',
  'account-exists': 'account',
  invitation: 'code',
  'password-reset': 'code',
  'password-changed': 'security',
  'confirm-email-change': 'code',
  'email-change-requested': 'code',
  'email-changed': 'security',
  'email-restored': 'code',
  'signed-out-everywhere': 'security',
  'credential-made': 'security',
  'new-sign-in': 'security',
  'account-closed': 'account',
} as const satisfies Categories<IdentityVariables>;

const CREDENTIAL_PAGES: Readonly<Record<IdentityVariables['credential-made']['what'], PagePath>> = {
  api_key: '/api-keys',
  calendar_feed: '/calendar',
  export: '/privacy',
  push_subscription: '/notifications',
  file_link: '/documents',
};

export const IDENTITY_LINKS = {
  'verify-email': ({ token }, url) => tokenLink(url, '/verify-email', token),
  welcome: (_, url) => linkTo(url, '/appointments'),
  'account-exists': (_, url) => linkTo(url, '/login'),
  invitation: ({ token }, url) => tokenLink(url, '/accept-invitation', token),
  'password-reset': ({ token }, url) => tokenLink(url, '/reset-password', token),
  'password-changed': (_, url) => linkTo(url, '/forgot-password'),
  'confirm-email-change': ({ token }, url) => tokenLink(url, '/confirm-email-change', token),
  'email-change-requested': ({ token }, url) => tokenLink(url, '/restore-email', token),
  'email-restored': ({ token }, url) => tokenLink(url, '/reset-password', token),
  'signed-out-everywhere': (_, url) => linkTo(url, '/forgot-password'),
  'credential-made': ({ what }, url) => linkTo(url, CREDENTIAL_PAGES[what]),
  'new-sign-in': (_, url) => linkTo(url, '/sessions'),
} as const satisfies Links<IdentityVariables>;

/** What changed the password, by its name in the table of what ends with what. */
export function passwordAction(how: IdentityVariables['password-changed']['how']): RecoveryAction {
  return how === 'reset' ? 'password_reset' : 'password_changed';
}

export type IdentityTexts = Texts<IdentityVariables, typeof IDENTITY_CATEGORIES, typeof IDENTITY_LINKS>;
