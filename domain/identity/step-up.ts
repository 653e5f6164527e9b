/** Proving again who one is, before something sensitive (R22). */
import type { UserActor } from '../shared/actor.ts';
import type { AuditDraft } from '../shared/audit-catalog.ts';
import { type Decision, decided } from '../shared/changes.ts';
import type { SessionId } from '../shared/ids.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';

export type SessionReauthenticated =
  /** Guarded: the session is live. A session that was suspicious is so no longer. */
  {
    readonly type: 'session.reauthenticated';
    readonly sessionId: SessionId;
    readonly amr: readonly string[];
    readonly at: Instant;
  };

/** A proof counts for so long, in seconds. */
export const STEP_UP_SECONDS = 300;

/** What proves it: the password, or where a second factor is enrolled a code of it, and then nothing less. */
export const STEP_UP_METHODS = ['password', 'totp', 'backup_code'] as const;
export type StepUpMethod = (typeof STEP_UP_METHODS)[number];

export type StepUpRequired = { readonly code: 'step_up_required'; readonly methods: readonly StepUpMethod[] };

export function stepUpRequired(mfaEnabled: boolean): StepUpRequired {
  return { code: 'step_up_required', methods: mfaEnabled ? ['totp', 'backup_code'] : ['password'] };
}

/** Whether the caller proved who they are recently; with the second factor, where one is enrolled. */
export function requireStepUp(actor: UserActor, now: Instant): Result<void, StepUpRequired> {
  const isRecent = actor.authenticatedAt > now - STEP_UP_SECONDS * 1000;
  const isStrong = !actor.mfaEnabled || actor.amr.includes('mfa');
  return isRecent && isStrong ? ok(undefined) : refuse(stepUpRequired(actor.mfaEnabled));
}

/**
 * Takes a proof into the session.
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
