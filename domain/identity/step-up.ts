/** Step-up authentication: a recent proof of identity before a sensitive operation (R22). */
import type { UserActor } from '../shared/actor.ts';
import { decided } from '../shared/changes.ts';
import type { SessionId } from '../shared/ids.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { AuditDraft } from './audit-events.ts';
import type { Decision } from './decision.ts';

export type SessionReauthenticated =
  /** Guarded: the session is live. A session that was suspicious is so no longer. */
  {
    readonly type: 'session.reauthenticated';
    readonly sessionId: SessionId;
    readonly amr: readonly string[];
    readonly at: Instant;
  };

/** How long a proof is accepted, in seconds. */
export const STEP_UP_SECONDS = 300;

/** Accepted proofs. Where a second factor is enrolled, the password alone is not accepted. */
export const STEP_UP_METHODS = ['password', 'totp', 'backup_code'] as const;
export type StepUpMethod = (typeof STEP_UP_METHODS)[number];

export type StepUpRequired = { readonly code: 'step_up_required'; readonly methods: readonly StepUpMethod[] };

export function stepUpRequired(mfaEnabled: boolean): StepUpRequired {
  return { code: 'step_up_required', methods: mfaEnabled ? ['totp', 'backup_code'] : ['password'] };
}

/** Requires a recent proof of identity; with the second factor where one is enrolled. */
export function requireStepUp(actor: UserActor, now: Instant): Result<void, StepUpRequired> {
  const isRecent = actor.authenticatedAt > now - STEP_UP_SECONDS * 1000;
  const isStrong = !actor.mfaEnabled || actor.amr.includes('mfa');
  return isRecent && isStrong ? ok(undefined) : refuse(stepUpRequired(actor.mfaEnabled));
}

/**
 * Records a proof in the session.
 * @param proven the methods of this proof (RFC 8176)
 */
export function steppedUp(
  actor: UserActor,
  proven: readonly string[],
  now: Instant,
): Decision<SessionReauthenticated, { readonly amr: readonly string[]; readonly authenticatedAt: Instant }> {
  const amr = [...new Set([...actor.amr, ...proven])];
  const audit: AuditDraft = {
    type: 'step_up.succeeded',
    stream: actor.userId,
    outcome: 'success',
    resource: { type: 'session', id: actor.sessionId },
    details: { amr: proven.join(' ') },
  };
  return decided({
    value: { amr, authenticatedAt: now },
    changes: [{ type: 'session.reauthenticated', sessionId: actor.sessionId, amr, at: now }],
    audit: [audit],
  });
}
