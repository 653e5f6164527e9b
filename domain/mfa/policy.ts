/** Who must use a second factor. */
import type { Role } from '../shared/permissions.ts';

export interface MfaPolicy {
  /** Default `admin, staff, doctor`; empty: nobody has to. */
  readonly requiredRoles: readonly Role[];
}

/**
 * Whether a user has still to enrol. Such a user may sign in, or nobody could ever enrol, but reaches nothing beyond the
 * enrolment itself.
 */
export function mustEnrol(role: Role, isEnabled: boolean, policy: MfaPolicy): boolean {
  return !isEnabled && policy.requiredRoles.includes(role);
}
