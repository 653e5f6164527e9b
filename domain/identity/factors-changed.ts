/** What follows for credentials when somebody changes the second factors of their account (R61). */
import type { UserActor } from '../shared/actor.ts';
import { FACTOR_GIVEN } from '../shared/assurance.ts';
import type { Instant } from '../shared/time.ts';
import type { IdentityChange } from './changes.ts';

/**
 * Every other session ends, in the same commit. The session at hand goes on, and carries the code that was given in it.
 *
 * @param change `given`: the method of that code (RFC 8176), or `null` when none was asked for; `isFirst`: the account had
 *   no factor before, so that none of its API keys was made with one
 */
export function factorsChanged(
  actor: UserActor,
  change: { readonly given: string | null; readonly isFirst: boolean },
  now: Instant,
): IdentityChange[] {
  const { userId, sessionId } = actor;
  const changes: IdentityChange[] = [
    { type: 'user.sessions_revoked', userId, reason: 'factors_changed', except: sessionId, at: now },
  ];
  if (change.given !== null) {
    const amr = [...new Set([...actor.amr, change.given, FACTOR_GIVEN])];
    changes.push({ type: 'session.strengthened', sessionId, amr });
  }
  if (change.isFirst) changes.push({ type: 'user.api_keys_revoked', userId, at: now });
  return changes;
}
