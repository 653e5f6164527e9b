/** Who must use a second factor. */
import type { Role } from '../shared/permissions.ts';

export interface MfaPolicy {
  /** Default `admin, staff, doctor`; empty: nobody has to. */
  readonly requiredRoles: readonly Role[];
}

/**
 * Whether a user must enrol a second factor first. Such a user may sign in, since enrolment needs a session, but may use
 * nothing else until then.
 */
export function mustEnrol(role: Role, isEnabled: boolean, policy: MfaPolicy): boolean {
  return !isEnabled && policy.requiredRoles.includes(role);
}
