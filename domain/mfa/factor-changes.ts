/** Which changes add, replace or remove a second factor: they end other sessions (R61, ASVS 7.4.3). */
import type { MfaChange } from './changes.ts';

/** Complete by type: a new change does not compile until this table says whether it changes a factor. */
const CHANGES_FACTORS: Readonly<Record<MfaChange['type'], boolean>> = {
  'totp.setup_started': false,
  'totp.enrolled': true,
  'totp.step_consumed': false,
  'backup_codes.replaced': true,
  'backup_code.used': false,
  'mfa.disabled': true,
  'mfa_challenge.issued': false,
  'mfa_challenge.failed': false,
  'mfa_challenge.passed': false,
  'sms_code.issued': false,
  'mfa_attempts.recorded': false,
  'mfa_phone.code_issued': false,
  'mfa_phone.enrolled': true,
  'mfa_phone.removed': true,
  'trusted_device.added': false,
  'trusted_device.used': false,
  'trusted_device.revoked': false,
};

export function changesFactors(changes: readonly { readonly type: string }[]): boolean {
  return changes.some(({ type }) => Object.hasOwn(CHANGES_FACTORS, type) && CHANGES_FACTORS[type as MfaChange['type']]);
}
