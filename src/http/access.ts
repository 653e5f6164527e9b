/** The access rules of operations: the guard enforces them, links follow them, the document shows them. */
import { isAllowed, type KnownActor } from '../../domain/shared/actor.ts';
import type { Permission } from '../../domain/shared/permissions.ts';

/**
 * Who may call an operation (R25). Ownership and the relation between doctor and patient are checked where the object
 * is loaded.
 *
 * - `public`: anybody
 * - `signed_in`: any person with a session; API keys are refused
 * - `queue`: a signed callback of the queue
 * - `provider`: a signed call of a provider of messages
 * - a permission: persons whose role has it, and API keys whose scopes have it
 * - several permissions: any one of them is enough
 */
export type Access = 'public' | 'signed_in' | 'queue' | 'provider' | Permission | readonly Permission[];

/** Whether a signature lets in, and not who the caller is. */
export function isSigned(access: Access): access is 'queue' | 'provider' {
  return access === 'queue' || access === 'provider';
}

/** The permissions of which any one is enough; empty if permissions do not decide. */
export function permissionsIn(access: Access): readonly Permission[] {
  if (access === 'public' || access === 'signed_in' || isSigned(access)) return [];
  return typeof access === 'string' ? [access] : access;
}

/** Whether any API key can call it. */
export function isOpenToKeys(access: Access): boolean {
  return permissionsIn(access).length > 0;
}

/** Whether the rule lets the actor in. */
export function isOpenTo(access: Access, actor: KnownActor): boolean {
  if (access === 'public' || isSigned(access)) return true;
  return access === 'signed_in' ? actor.kind === 'user' : permissionsIn(access).some((each) => isAllowed(actor, each));
}
