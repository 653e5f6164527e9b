/** Whether a session passed the second factor of its account (R61, ASVS 7.4.3). */

/** RFC 8176 section 2: more than one factor was given. */
export const FACTOR_GIVEN = 'mfa';
/** A trusted device stood in for the factor. Not registered with IANA: RFC 8176 has no value for it. */
export const FACTOR_SPARED = 'trusted_device';

/** What a session was opened with, and what its account asks for now. */
export interface Assurance {
  readonly amr: readonly string[];
  /** Whether the account has a second factor. */
  readonly mfaEnabled: boolean;
  /** Whether the device that spared this session the factor is still trusted. */
  readonly deviceTrusted: boolean;
}

/** Such a session may prove the factor or sign out, and nothing else. */
export function lacksFactor({ amr, mfaEnabled, deviceTrusted }: Assurance): boolean {
  if (!mfaEnabled || amr.includes(FACTOR_GIVEN)) return false;
  return !(amr.includes(FACTOR_SPARED) && deviceTrusted);
}
