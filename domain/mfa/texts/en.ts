import { counted, EN } from '../../shared/wording/en.ts';
import { FACTOR_ACTIONS, type FactorChange, type MfaTexts } from '../messages.ts';

export const MFA: MfaTexts = {
  'mfa-changed': ({ what }) => ({
    subject: 'Your two-step sign-in was changed',
    lines: [
      CHANGES[what],
      ...EN.lastingEnded(FACTOR_ACTIONS[what]),
      'If it was not you, reset your password now and call the clinic.',
    ],
    action: 'Reset the password',
    brief: 'Your two-step sign-in was changed. If it was not you, call the clinic.',
  }),
  'backup-code-used': ({ left }) => ({
    subject: 'A backup code was used',
    lines: [
      `A backup code of your account was used. ${counted(left, { one: 'You have 1 left.', other: `You have ${left} left.` })}`,
      ...(left <= 2
        ? ['Create new ones before you run out: without backup codes and without your app you cannot sign in.']
        : []),
      'If it was not you, reset your password now and call the clinic.',
    ],
    action: 'Create new backup codes',
    brief: 'A backup code of your account was used. If it was not you, call the clinic.',
  }),
  'sign-in-code': ({ code }) => ({
    subject: 'Your code',
    lines: [`${code} is your code for the patient portal. It works for 5 minutes. Do not share it with anyone.`],
  }),
};

const CHANGES: Readonly<Record<FactorChange, string>> = {
  enabled: 'Two-step sign-in was turned on for your account.',
  replaced:
    'A new authenticator app was set up for your account. The previous app and its backup codes no longer work.',
  disabled: 'Two-step sign-in was turned off for your account.',
  backup_codes: 'New backup codes were created for your account. The old ones no longer work.',
  phone_added: 'A phone was added to your account. It can receive your sign-in codes.',
  phone_removed: 'Your phone no longer receives sign-in codes.',
  reset: 'The clinic removed the second step of your sign-in. Set it up again the next time you sign in.',
};
