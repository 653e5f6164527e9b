/** Whose records the caller may see or change, from role, permissions and claims (R26, R28). */
import { type Entitled, isAllowed } from './actor.ts';
import type { Id, UserId } from './ids.ts';
import type { Permission, Role } from './permissions.ts';
import type { Instant } from './time.ts';

export type EmergencyAccessId = Id<'emergency_access'>;

/** The grounds on which a restricted record may still be used (GDPR Art. 18(2)). */
export const ACCESS_GROUNDS = ['consent', 'legal_claim', 'protection_of_another', 'public_interest'] as const;
export type AccessGround = (typeof ACCESS_GROUNDS)[number];

/** Access that a request claims beyond the role. Each audit event of such a request records it. */
export interface Claim {
  /** An administrator's ground for reaching a restricted record. */
  readonly ground?: AccessGround;
  /** The emergency access under which a doctor has opened a record. */
  readonly emergencyAccessId?: EmergencyAccessId;
}

export interface Viewer {
  readonly userId: UserId;
  readonly role: Role;
  /** Whether records of others are visible: for doctors those of their own patients, for the clinic all. */
  readonly ofPatients: boolean;
  /** Whether records whose processing is restricted are visible too. */
  readonly ofRestricted: boolean;
  /** Makes one more patient's record visible, unless the access has expired at that time. */
  readonly emergency: { readonly id: EmergencyAccessId; readonly at: Instant } | null;
  /** The appointments of patients for whom the viewer is a proxy at this time are visible; `null`: none are. */
  readonly proxyAt: Instant | null;
}

/** The time of a request and what it claims. */
export interface ViewRequest {
  readonly now: Instant;
  readonly claim?: Claim | undefined;
}

/**
 * Builds the viewer from permissions, not from the role alone, because an API key may do less than its owner.
 * @param permission makes the records of others visible. An emergency access counts only for `read:patient_records`
 */
export function viewerOf(
  actor: Entitled,
  { now, claim }: ViewRequest,
  permission: Extract<Permission, 'read:patient_records' | 'run:appointments'> = 'read:patient_records',
): Viewer {
  const id = claim?.emergencyAccessId;
  const isEmergency = id !== undefined && actor.role === 'doctor' && permission === 'read:patient_records';
  return {
    userId: actor.userId,
    role: actor.role,
    ofPatients: isAllowed(actor, permission),
    ofRestricted: actor.role === 'admin' && claim?.ground !== undefined,
    emergency: isEmergency ? { id, at: now } : null,
    proxyAt: actor.role === 'patient' ? now : null,
  };
}
