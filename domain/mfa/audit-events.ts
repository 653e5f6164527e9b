/** Events of the second step at sign-in and of trusted devices. */
import { type AuditDraftOf, type AuditEventKind, auth } from '../shared/audit-event-kind.ts';

export const MFA_EVENTS = {
  'mfa.setup_started': auth('create', 'low', 'You began to set up an authenticator app.'),
  'mfa.enabled': auth('update', 'high', 'Two-step sign-in was switched on.'),
  'mfa.app_replaced': auth('update', 'high', 'The authenticator app was replaced by another one.'),
  'mfa.enable_failed': auth('execute', 'medium', 'A code to switch on two-step sign-in was wrong.'),
  'mfa.disabled': auth('update', 'high', 'Two-step sign-in was switched off.'),
  'mfa.reset': auth('update', 'critical', 'The clinic removed the second step of your sign-in.'),
  'mfa.disable_failed': auth('execute', 'high', 'An attempt to switch off two-step sign-in failed.'),
  'mfa.challenge_issued': auth('execute', 'low', 'A second step was requested at sign-in.'),
  'mfa.challenge_passed': auth('execute', 'low', 'The second step at sign-in was passed.', 'proves'),
  'mfa.challenge_failed': auth('execute', 'medium', 'The second step at sign-in failed.'),
  'mfa.attempts_exhausted': auth('execute', 'high', 'Codes were refused for a time after too many wrong ones.'),
  'mfa.sms_sent': auth('execute', 'low', 'A sign-in code was sent to your phone.'),
  'mfa.phone_enrolled': auth('update', 'high', 'Your phone can now receive sign-in codes.'),
  'mfa.phone_removed': auth('delete', 'high', 'Your phone no longer receives sign-in codes.'),
  'mfa.backup_code_used': auth('execute', 'high', 'A backup code was used to sign in.', 'proves'),
  'mfa.backup_codes_regenerated': auth('update', 'high', 'New backup codes were created; the old ones no longer work.'),
  'trusted_device.added': auth('create', 'medium', 'A device was marked as trusted.', 'proves'),
  'trusted_device.used': auth('execute', 'low', 'A trusted device was used to sign in.', 'proves'),
  'trusted_device.revoked': auth('delete', 'medium', 'A device is no longer trusted.'),
} satisfies Record<string, AuditEventKind>;

export type MfaEvent = keyof typeof MFA_EVENTS;
export type AuditDraft = AuditDraftOf<MfaEvent>;
