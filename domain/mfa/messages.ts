/** Messages about the second step at sign-in. */
import { linkTo } from '../shared/link-targets.ts';
import type { Categories, Links, Texts } from '../shared/messages.ts';
import type { RecoveryAction } from '../shared/revocation.ts';

/** The variables of each template, apart from the receiver. Instants are epoch milliseconds. */
export interface MfaVariables {
  'mfa-changed': {
    readonly what: 'enabled' | 'replaced' | 'disabled' | 'backup_codes' | 'phone_added' | 'phone_removed' | 'reset';
  };
  'backup-code-used': { readonly left: number };
  /** By SMS, to the number that is being verified or was verified. */
  'sign-in-code': { readonly code: string; readonly phoneNumber: string };
}

export const MFA_CATEGORIES = {
  'mfa-changed': 'security',
  'backup-code-used': 'security',
  'sign-in-code': 'code',
} as const satisfies Categories<MfaVariables>;

export const MFA_LINKS = {
  'mfa-changed': (_, url) => linkTo(url, '/forgot-password'),
  'backup-code-used': (_, url) => linkTo(url, '/mfa'),
} as const satisfies Links<MfaVariables>;

export type MfaTexts = Texts<MfaVariables, typeof MFA_CATEGORIES, typeof MFA_LINKS>;
export type FactorChange = MfaVariables['mfa-changed']['what'];

/** What each change does to credentials, which its message tells. */
export const FACTOR_ACTIONS: Readonly<Record<FactorChange, RecoveryAction>> = {
  enabled: 'factor_enrolled',
  replaced: 'factors_changed',
  disabled: 'factors_disabled',
  backup_codes: 'factors_changed',
  phone_added: 'factors_changed',
  phone_removed: 'factors_changed',
  reset: 'factors_reset',
};
