/** Proof that somebody passed every factor asked of them. Only the MFA gate makes one; a session cannot do without. */
import type { Id, UserId } from './ids.ts';
import type { Instant } from './time.ts';

declare const passed: unique symbol;

export interface SignInGrant {
  readonly [passed]: true;
  readonly userId: UserId;
  /** RFC 8176 authentication methods that were used. */
  readonly amr: readonly string[];
  /** The device that spared the second factor: the session depends on its trust. */
  readonly trustedDeviceId: Id<'trusted_device'> | null;
  readonly grantedAt: Instant;
}
