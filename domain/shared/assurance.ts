/** Whether a session passed the second factor of its account (R61, ASVS 7.4.3). */

/** RFC 8176 section 2: more than one factor was given. */
export const FACTOR_GIVEN = 'mfa';
/** A trusted device replaced the factor. Not registered with IANA: RFC 8176 has no value for it. */
export const FACTOR_SPARED = 'trusted_device';

/** How a session was opened, and what its account requires now. */
export interface Assurance {
  readonly amr: readonly string[];
  /** Whether the account has a second factor. */
  readonly mfaEnabled: boolean;
  /** Whether the device that replaced the factor in this session is still trusted. */
  readonly deviceTrusted: boolean;
}

/** Whether the session may only prove the factor or sign out. */
export function lacksFactor({ amr, mfaEnabled, deviceTrusted }: Assurance): boolean {
  if (!mfaEnabled || amr.includes(FACTOR_GIVEN)) return false;
  return !(amr.includes(FACTOR_SPARED) && deviceTrusted);
}
