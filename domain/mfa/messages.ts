/** Messages about the second step at sign-in. */

import { linkTo } from '../shared/link-targets.ts';
import type { Texts } from '../shared/messages.ts';
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
      `a backup code of your account was used. You have ${left} left.`,
      ...(left <= 2 ? ['Make new ones before you run out: without them and without your app you cannot sign in.'] : []),
      'If it was not you, reset your password now and call the clinic.',
    ],
    action: { label: 'Make new backup codes', url: linkTo(publicUrl, '/mfa') },
  }),
  'sign-in-code': ({ code }) => ({
    subject: 'Your code',
    lines: [`${code} is your code for the patient portal. It works for 5 minutes. Never tell it to anybody.`],
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
  enabled: 'two-step sign-in was switched on for your account.',
  replaced: 'another authenticator app was enrolled for your account; the former one and its backup codes are void.',
  disabled: 'two-step sign-in was switched off for your account.',
  backup_codes: 'new backup codes were made for your account; the old ones are void.',
  phone_added: 'a phone was added that can receive sign-in codes for your account.',
  phone_removed: 'your phone no longer receives sign-in codes.',
  reset: 'the clinic removed the second step of your sign-in. Set it up again when you sign in.',
};
