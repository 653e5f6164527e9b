/** Proof that somebody passed every factor asked of them. Only the MFA gate makes one; a session cannot do without. */
import type { UserId } from './ids.ts';
import type { Instant } from './time.ts';

declare const passed: unique symbol;

export interface SignInGrant {
  readonly [passed]: true;
  readonly userId: UserId;
  /** RFC 8176 authentication methods that were used. */
  readonly amr: readonly string[];
  readonly grantedAt: Instant;
}
