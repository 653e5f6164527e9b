/** Messages about accounts, sign-in and credentials. */

import { labelFault } from '../shared/label.ts';
import { type LinkPath, linkTo, tokenLink } from '../shared/link-targets.ts';
import { type Categories, type MessageDraftOf, type Texts, utc } from '../shared/messages.ts';
import { lastingEnded } from '../shared/revocation.ts';

/** The variables of each template, apart from the receiver. Instants are epoch milliseconds. */
export interface IdentityVariables {
  'verify-email': { readonly token: string };
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
  'credential-made': { readonly what: 'api_key' | 'calendar_feed' | 'export' };
  /** `place` is null if the platform does not tell it. */
  'new-sign-in': { readonly deviceName: string; readonly place: string | null; readonly at: number };
  /** Carries the receiver's address and name, because the closed account no longer holds them. */
  'account-closed': { readonly email: string; readonly firstName: string };
}

export type TemplateName = keyof IdentityVariables;
export type MessageDraft = MessageDraftOf<IdentityVariables>;

export const IDENTITY_CATEGORIES: Categories<IdentityVariables> = {
  'verify-email': 'code',
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
};

export const IDENTITY_TEXTS: Texts<IdentityVariables> = {
  'verify-email': ({ token }, { publicUrl }) => ({
    subject: 'Confirm your e-mail address',
    lines: [
      'Please confirm that this is your e-mail address. The link works for 24 hours.',
      'If somebody else has registered with this address too, we ask you to choose a password, and only that password works.',
      'If you did not register, do not follow the link. Nobody can use the account without it.',
    ],
    action: { label: 'Confirm the address', url: tokenLink(publicUrl, '/verify-email', token) },
    code: token,
  }),
  'account-exists': (_, { publicUrl }) => ({
    subject: 'You already have an account',
    lines: [
      'Somebody tried to register with this e-mail address, but it already has an account.',
      'If it was you, sign in or reset your password. If it was not you, you do not need to do anything.',
    ],
    action: { label: 'Sign in', url: linkTo(publicUrl, '/login') },
  }),
  invitation: ({ token, role }, { publicUrl }) => ({
    subject: 'You are invited to the patient portal',
    lines: [
      `The clinic has created an account for you (${role}). Choose a password to start using it. The link works for 7 days.`,
      'If you did not expect this invitation, do not follow the link, and call the clinic.',
    ],
    action: { label: 'Accept the invitation', url: tokenLink(publicUrl, '/accept-invitation', token) },
    code: token,
  }),
  'password-reset': ({ token }, { publicUrl }) => ({
    subject: 'Reset your password',
    lines: [
      'Somebody asked to reset the password of your account. The link works once, within one hour.',
      'If it was not you, you do not need to do anything: your password stays the same.',
    ],
    action: { label: 'Choose a new password', url: tokenLink(publicUrl, '/reset-password', token) },
    code: token,
  }),
  'password-changed': ({ how }, { publicUrl }) => ({
    subject: 'Your password was changed',
    lines: [
      how === 'reset'
        ? 'Your password was reset with a link that we sent you by e-mail. You are signed out everywhere.'
        : 'Your password was changed. You are signed out on all other devices.',
      ...lastingEnded(how === 'reset' ? 'password_reset' : 'password_changed'),
      'If it was not you, reset your password now and call the clinic.',
    ],
    action: { label: 'Reset the password', url: linkTo(publicUrl, '/forgot-password') },
  }),
  'confirm-email-change': ({ token }, { publicUrl }) => ({
    subject: 'Confirm your new e-mail address',
    lines: [
      'Somebody asked to use this e-mail address for an account at the patient portal. The link works for 24 hours.',
      'If it was not you, you do not need to do anything: nothing changes unless the link is used.',
    ],
    action: { label: 'Use this address', url: tokenLink(publicUrl, '/confirm-email-change', token) },
    code: token,
  }),
  'email-change-requested': ({ token }, { publicUrl }) => ({
    subject: 'Your e-mail address is about to change',
    lines: [
      'Somebody asked to change the e-mail address of your account. It changes as soon as the new address is confirmed.',
      'If it was not you, use the link in this e-mail to undo the change. It works until 7 days after the change, signs out every device and asks you for a new password. Keep this e-mail until then.',
    ],
    action: { label: 'Undo the change', url: tokenLink(publicUrl, '/restore-email', token) },
    code: token,
  }),
  'email-changed': () => ({
    subject: 'Your e-mail address was changed',
    lines: [
      'The e-mail address of your account was changed. You are signed out on all other devices.',
      ...lastingEnded('email_changed'),
      'If it was not you, use the link in the e-mail that we sent to your previous address when the change was requested. It works for 7 days.',
    ],
  }),
  'email-restored': ({ token }, { publicUrl }) => ({
    subject: 'Your previous e-mail address is back',
    lines: [
      'The change of your e-mail address was undone, and every device is signed out. Your old password no longer works: choose a new one. The link works for one hour; after that, ask for a new link.',
      ...lastingEnded('email_restored'),
    ],
    action: { label: 'Choose a new password', url: tokenLink(publicUrl, '/reset-password', token) },
    code: token,
  }),
  'signed-out-everywhere': (_, { publicUrl }) => ({
    subject: 'You are signed out everywhere',
    lines: [
      'All sessions of your account were ended.',
      ...lastingEnded('signed_out_everywhere'),
      'If it was not you, reset your password now and call the clinic.',
    ],
    action: { label: 'Reset the password', url: linkTo(publicUrl, '/forgot-password') },
  }),
  'credential-made': ({ what }, { publicUrl }) => ({
    subject: CREDENTIALS_MADE[what].subject,
    lines: [
      CREDENTIALS_MADE[what].line,
      `If it was not you, change your password now: ${CREDENTIALS_MADE[what].afterwards}.`,
    ],
    action: { label: CREDENTIALS_MADE[what].label, url: linkTo(publicUrl, CREDENTIALS_MADE[what].path) },
  }),
  'new-sign-in': ({ deviceName, place, at }, { publicUrl }) => ({
    subject: 'New sign-in to your account',
    lines: [
      `Somebody signed in to your account on ${utc(at)}${place === null ? '' : `, from ${place}`}.`,
      deviceLine(deviceName),
      'If it was not you, change your password and sign out everywhere.',
    ],
    action: { label: 'See where you are signed in', url: linkTo(publicUrl, '/sessions') },
  }),
  'account-closed': () => ({
    subject: 'Your account is closed',
    lines: [
      'Your account at the patient portal is closed, and the personal data in it is erased.',
      'The clinic keeps only what the law requires about your appointments. If you did not ask for this, call the clinic.',
    ],
  }),
};

const CREDENTIALS_MADE: Readonly<
  Record<
    IdentityVariables['credential-made']['what'],
    {
      readonly subject: string;
      readonly line: string;
      readonly afterwards: string;
      readonly label: string;
      readonly path: LinkPath;
    }
  >
> = {
  api_key: {
    subject: 'An API key was created for your account',
    line: 'An API key was created. Anyone who has it can do what its scopes allow, without signing in.',
    afterwards: 'the key then stops working',
    label: 'See your API keys',
    path: '/api-keys',
  },
  calendar_feed: {
    subject: 'A calendar link was created for your account',
    line: 'A calendar link was created. Anyone who has it can see the appointments in it, without signing in.',
    afterwards: 'the link then stops working',
    label: 'See your calendar links',
    path: '/calendar',
  },
  export: {
    subject: 'A copy of your data was requested',
    line: 'We are preparing a copy of everything the portal holds about you. It can be downloaded once, within a week.',
    afterwards: 'the copy can then no longer be downloaded',
    label: 'See the copies of your data',
    path: '/privacy',
  },
};

/** The client chooses the name of the device, so the mail says that it is not checked (R68). */
function deviceLine(deviceName: string): string {
  return labelFault(deviceName) === undefined
    ? `The device calls itself “${deviceName}”. We have not checked this name.`
    : 'The device gave no name that we can show here.';
}
