/** Messages about accounts, sign-in and credentials. */

import { labelFault } from '../shared/label.ts';
import { type LinkPath, linkTo, tokenLink } from '../shared/link-targets.ts';
import { type MessageDraftOf, type Texts, utc } from '../shared/messages.ts';
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

export const IDENTITY_TEXTS: Texts<IdentityVariables> = {
  'verify-email': ({ token }, { publicUrl }) => ({
    subject: 'Confirm your e-mail address',
    lines: [
      'please confirm that this address is yours. The link works for 24 hours.',
      'If somebody else registered with it as well, you are asked to choose a password, and only yours counts.',
      'If it was not you, do not follow the link: without it nobody can use the account.',
    ],
    action: { label: 'Confirm the address', url: tokenLink(publicUrl, '/verify-email', token) },
    code: token,
  }),
  'account-exists': (_, { publicUrl }) => ({
    subject: 'You already have an account',
    lines: [
      'somebody tried to register with this address, which has an account already.',
      'If it was you, sign in, or reset your password. If not, there is nothing to do.',
    ],
    action: { label: 'Sign in', url: linkTo(publicUrl, '/login') },
  }),
  invitation: ({ token, role }, { publicUrl }) => ({
    subject: 'You are invited to the patient portal',
    lines: [
      `the clinic has made an account for you (${role}). Choose a password to open it. The link works for 7 days.`,
      'If you do not expect this, do not follow the link, and call the clinic.',
    ],
    action: { label: 'Accept the invitation', url: tokenLink(publicUrl, '/accept-invitation', token) },
    code: token,
  }),
  'password-reset': ({ token }, { publicUrl }) => ({
    subject: 'Reset your password',
    lines: [
      'somebody asked for a new password for your account. The link works for one hour, once.',
      'If it was not you, there is nothing to do: your password stays as it is.',
    ],
    action: { label: 'Choose a new password', url: tokenLink(publicUrl, '/reset-password', token) },
    code: token,
  }),
  'password-changed': ({ how }, { publicUrl }) => ({
    subject: 'Your password was changed',
    lines: [
      how === 'reset'
        ? 'your password was reset by a link that was mailed to you. You are signed out everywhere.'
        : 'your password was changed. Every other device is signed out.',
      ...lastingEnded(how === 'reset' ? 'password_reset' : 'password_changed'),
      'If it was not you, reset your password now and call the clinic.',
    ],
    action: { label: 'Reset the password', url: linkTo(publicUrl, '/forgot-password') },
  }),
  'confirm-email-change': ({ token }, { publicUrl }) => ({
    subject: 'Confirm your new e-mail address',
    lines: [
      'somebody asked to use this address for an account of the patient portal. The link works for 24 hours.',
      'If it was not you, there is nothing to do: without the link nothing changes.',
    ],
    action: { label: 'Use this address', url: tokenLink(publicUrl, '/confirm-email-change', token) },
    code: token,
  }),
  'email-change-requested': ({ token }, { publicUrl }) => ({
    subject: 'Your e-mail address is about to be changed',
    lines: [
      'somebody asked for another e-mail address for your account. It changes as soon as the new address is confirmed.',
      'If it was not you, take it back by this link, which works until 7 days after the change. It also signs out everybody and asks for a new password. Keep this mail until then.',
    ],
    action: { label: 'Take the change back', url: tokenLink(publicUrl, '/restore-email', token) },
    code: token,
  }),
  'email-changed': () => ({
    subject: 'Your e-mail address was changed',
    lines: [
      'the e-mail address of your account was changed. Other devices are signed out.',
      ...lastingEnded('email_changed'),
      'If it was not you, follow the link of the mail that was sent to the former address when the change was asked for. It works for 7 days.',
    ],
  }),
  'email-restored': ({ token }, { publicUrl }) => ({
    subject: 'Your e-mail address is as before',
    lines: [
      'the change of your e-mail address was taken back, and everybody is signed out. Your password does not work any more: choose a new one. The link works for one hour; after that, ask for another.',
      ...lastingEnded('email_restored'),
    ],
    action: { label: 'Choose a new password', url: tokenLink(publicUrl, '/reset-password', token) },
    code: token,
  }),
  'signed-out-everywhere': (_, { publicUrl }) => ({
    subject: 'You are signed out everywhere',
    lines: [
      'every session of your account was ended.',
      ...lastingEnded('signed_out_everywhere'),
      'If it was not you, reset your password now and call the clinic.',
    ],
    action: { label: 'Reset the password', url: linkTo(publicUrl, '/forgot-password') },
  }),
  'credential-made': ({ what }, { publicUrl }) => ({
    subject: CREDENTIALS_MADE[what].subject,
    lines: [CREDENTIALS_MADE[what].line, 'If it was not you, change your password now: that ends it.'],
    action: { label: CREDENTIALS_MADE[what].label, url: linkTo(publicUrl, CREDENTIALS_MADE[what].path) },
  }),
  'new-sign-in': ({ deviceName, place, at }, { publicUrl }) => ({
    subject: 'A new sign-in to your account',
    lines: [
      `your account was used on ${utc(at)}${place === null ? '' : `, from ${place}`}.`,
      deviceLine(deviceName),
      'If it was not you, change your password and sign out everywhere.',
    ],
    action: { label: 'See where you are signed in', url: linkTo(publicUrl, '/sessions') },
  }),
  'account-closed': () => ({
    subject: 'Your account is closed',
    lines: [
      'your account with the patient portal is closed, and what it held about you is erased.',
      'What the law asks the clinic to keep of your appointments is kept without your words. If it was not you, call the clinic.',
    ],
  }),
};

const CREDENTIALS_MADE: Readonly<
  Record<
    IdentityVariables['credential-made']['what'],
    { readonly subject: string; readonly line: string; readonly label: string; readonly path: LinkPath }
  >
> = {
  api_key: {
    subject: 'An API key was made for your account',
    line: 'an API key was made. Whoever has it can do what its scopes say, without signing in.',
    label: 'See your API keys',
    path: '/api-keys',
  },
  calendar_feed: {
    subject: 'A calendar link was made for your account',
    line: 'a calendar link was made. Whoever has it sees your appointments, without signing in.',
    label: 'See your calendar links',
    path: '/calendar',
  },
  export: {
    subject: 'A copy of your data was asked for',
    line: 'a copy of everything the portal holds about you is being made. It can be fetched once, within a week.',
    label: 'See the copies of your data',
    path: '/privacy',
  },
};

/** The client says what it is called: a mail of ours must not say it as if we knew (R68). */
function deviceLine(deviceName: string): string {
  return labelFault(deviceName) === undefined
    ? `The device calls itself “${deviceName}”. It gave this name itself, and we have not checked it.`
    : 'The device gave no name that can be repeated here.';
}
