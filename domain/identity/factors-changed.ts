/** What a change of second factors does to the credentials of the account (R61). */
import type { UserActor } from '../shared/actor.ts';
import { FACTOR_GIVEN } from '../shared/assurance.ts';
import type { SessionId } from '../shared/ids.ts';
import { type CredentialsRevoked, type RecoveryAction, revokeCredentials } from '../shared/revocation.ts';
import type { Instant } from '../shared/time.ts';

export type SessionStrengthened =
  /** A code of the second factor was given within the session, so the session counts as signed in with it. */
  { readonly type: 'session.strengthened'; readonly sessionId: SessionId; readonly amr: readonly string[] };

type Change = SessionStrengthened | CredentialsRevoked;

export type FactorAction = Extract<RecoveryAction, 'factor_enrolled' | 'factors_changed' | 'factors_disabled'>;

/**
 * Ends every other session in the same commit. The current session continues, and records the factor that was given in it.
 *
 * @param given the method of that code (RFC 8176), or `null` if none was required
 */
export function factorsChanged(actor: UserActor, action: FactorAction, given: string | null, now: Instant): Change[] {
  const { userId, sessionId } = actor;
  const revoked = revokeCredentials(action, userId, sessionId, now);
  if (given === null) return [revoked];
  const amr = [...new Set([...actor.amr, given, FACTOR_GIVEN])];
  return [revoked, { type: 'session.strengthened', sessionId, amr }];
}
