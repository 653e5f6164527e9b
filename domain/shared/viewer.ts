/** Whose records somebody may see or change: what the role opens, as far as the permissions go (R26, R28). */
import { isAllowed, type KnownActor } from './actor.ts';
import type { Id, UserId } from './ids.ts';
import type { Permission, Role } from './permissions.ts';
import type { Instant } from './time.ts';

export type EmergencyAccessId = Id<'emergency_access'>;

/** On which of these a restricted record may still be used (GDPR Art. 18(2)). */
export const ACCESS_GROUNDS = ['consent', 'legal_claim', 'protection_of_another', 'public_interest'] as const;
export type AccessGround = (typeof ACCESS_GROUNDS)[number];

/** What a request claims beyond what the role opens. Each event of such a request says so. */
export interface Claim {
  /** Of an administrator, to reach a restricted record. */
  readonly ground?: AccessGround;
  /** Of a doctor, who has opened a record in an emergency. */
  readonly emergencyAccessId?: EmergencyAccessId;
}

export interface Viewer {
  readonly userId: UserId;
  readonly role: Role;
  /** Whether more is open than what is the viewer's own: of own patients for doctors, of everybody for the clinic. */
  readonly ofPatients: boolean;
  /** Whether records whose processing is restricted are open too. */
  readonly ofRestricted: boolean;
  /** Opens one more patient's record, as long as it has not expired at that time. */
  readonly emergency: { readonly id: EmergencyAccessId; readonly at: Instant } | null;
}

/** Who asks, when, and with which claim. */
export interface Asking {
  readonly now: Instant;
  readonly claim?: Claim | undefined;
}

/**
 * The role alone says too much: an API key may do less than its owner.
 * @param permission what opens the records of others; an emergency access opens reading alone
 */
export function viewerOf(
  actor: KnownActor,
  { now, claim }: Asking,
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
  };
}
