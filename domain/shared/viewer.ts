/** Whose records somebody may see or change: what the role opens, as far as the permissions go (R26, R28). */
import { isAllowed, type KnownActor } from './actor.ts';
import type { UserId } from './ids.ts';
import type { Permission, Role } from './permissions.ts';

export interface Viewer {
  readonly userId: UserId;
  readonly role: Role;
  /** Whether more is open than what is the viewer's own: of own patients for doctors, of everybody for the clinic. */
  readonly ofPatients: boolean;
}

/**
 * The role alone says too much: an API key may do less than its owner.
 * @param permission what opens the records of others
 */
export function viewerOf(
  actor: KnownActor,
  permission: Extract<Permission, 'read:patient_records' | 'run:appointments'> = 'read:patient_records',
): Viewer {
  return { userId: actor.userId, role: actor.role, ofPatients: isAllowed(actor, permission) };
}
