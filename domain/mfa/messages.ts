/** Messages about the second step at sign-in. */

import { linkTo } from '../shared/link-targets.ts';
import type { Categories, Texts } from '../shared/messages.ts';
import { lastingEnded, type RecoveryAction } from '../shared/revocation.ts';

/** The variables of each template, apart from the receiver. Instants are epoch milliseconds. */
export interface MfaVariables {
  'mfa-changed': {
    readonly what: 'enabled' | 'replaced' | 'disabled' | 'backup_codes' | 'phone_added' | 'phone_removed' | 'reset';
  };
  'backup-code-used': { readonly left: number };
  /** By SMS, to the number that is being verified or was verified. */
  'sign-in-code': { readonly code: string; readonly phoneNumber: string };
}

export const MFA_CATEGORIES: Categories<MfaVariables> = {
  'mfa-changed': 'security',
  'backup-code-used': 'security',
  'sign-in-code': 'code',
};

export const MFA_TEXTS: Texts<MfaVariables> = {
  'mfa-changed': ({ what }, { publicUrl }) => ({
    subject: 'Your two-step sign-in was changed',
    lines: [
      MFA_CHANGES[what],
      ...lastingEnded(MFA_ACTIONS[what]),
      'If it was not you, reset your password now and call the clinic.',
    ],
    action: { label: 'Reset the password', url: linkTo(publicUrl, '/forgot-password') },
  }),
  'backup-code-used': ({ left }, { publicUrl }) => ({
    subject: 'A backup code was used',
    lines: [
      `A backup code of your account was used. You have ${left} left.`,
      ...(left <= 2
        ? ['Create new ones before you run out: without backup codes and without your app you cannot sign in.']
        : []),
      'If it was not you, reset your password now and call the clinic.',
    ],
    action: { label: 'Create new backup codes', url: linkTo(publicUrl, '/mfa') },
  }),
  'sign-in-code': ({ code }) => ({
    subject: 'Your code',
    lines: [`${code} is your code for the patient portal. It works for 5 minutes. Do not share it with anyone.`],
    code,
  }),
};

const MFA_ACTIONS: Readonly<Record<MfaVariables['mfa-changed']['what'], RecoveryAction>> = {
  enabled: 'factor_enrolled',
  replaced: 'factors_changed',
  disabled: 'factors_disabled',
  backup_codes: 'factors_changed',
  phone_added: 'factors_changed',
  phone_removed: 'factors_changed',
  reset: 'factors_reset',
};

const MFA_CHANGES: Readonly<Record<MfaVariables['mfa-changed']['what'], string>> = {
  enabled: 'Two-step sign-in was turned on for your account.',
  replaced:
    'A new authenticator app was set up for your account. The previous app and its backup codes no longer work.',
  disabled: 'Two-step sign-in was turned off for your account.',
  backup_codes: 'New backup codes were created for your account. The old ones no longer work.',
  phone_added: 'A phone was added to your account. It can receive your sign-in codes.',
  phone_removed: 'Your phone no longer receives sign-in codes.',
  reset: 'The clinic removed the second step of your sign-in. Set it up again the next time you sign in.',
};
