/**
 * Proof that a person passed every required factor. Only the MFA gate makes one, and a session cannot be opened
 * without.
 */
import type { Id, UserId } from './ids.ts';
import type { Instant } from './time.ts';

declare const passed: unique symbol;

export interface SignInGrant {
  readonly [passed]: true;
  readonly userId: UserId;
  /** RFC 8176 authentication methods that were used. */
  readonly amr: readonly string[];
  /** The trusted device that replaced the second factor: the session ends when the device is no longer trusted. */
  readonly trustedDeviceId: Id<'trusted_device'> | null;
  readonly grantedAt: Instant;
}
