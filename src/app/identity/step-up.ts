/** Step-up authentication (R22). */
import type { Change, Decision } from '../../../domain/changes.ts';
import { type InvalidCredentials, wrongPassword } from '../../../domain/identity/passwords.ts';
import type { Credentials } from '../../../domain/identity/ports.ts';
import { type StepUpRequired, steppedUp, stepUpRequired } from '../../../domain/identity/step-up.ts';
import type { MfaNotEnabled } from '../../../domain/mfa/enrolment.ts';
import { type SecondFactorAnswer, type SecondFactorError, trySecondFactor } from '../../../domain/mfa/second-factor.ts';
import { isMfaEnabled, type MfaState } from '../../../domain/mfa/state.ts';
import type { UserActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { type Contended, execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { codeAttempts } from '../mfa/code-attempts.ts';
import { backupCodeNotice } from '../mfa/notices.ts';
import { type AccessToken, issueAccess } from './tokens.ts';

export type StepUpRefusal =
  | InvalidCredentials
  /** A second factor is enrolled: the password alone is not enough. */
  | StepUpRequired
  | MfaNotEnabled
  | SecondFactorError
  | Contended;

type Proof = { readonly password: string } | { readonly answer: SecondFactorAnswer };
type Attempt =
  | { readonly kind: 'proven'; readonly amr: readonly string[]; readonly authenticatedAt: number }
  | { readonly kind: 'refused'; readonly error: StepUpRefusal };
type Decided = Result<Decision<Change, Attempt>, StepUpRefusal>;

/** Requires the second factor where one is enrolled, otherwise the password. A wrong one is counted and recorded. */
export async function stepUp(
  deps: Deps,
  context: Context,
  actor: UserActor,
  proof: Proof,
): Promise<Result<AccessToken, StepUpRefusal>> {
  const person = { by: 'id', userId: actor.userId } as const;
  const result = await execute(deps, context, {
    loads: [deps.loads.identity.credentials(person), deps.loads.mfa.state(person)],
    ...codeAttempts(() => ('answer' in proof ? actor.userId : undefined)),
    decide: async (credentials, mfa): Promise<Decided> => {
      if (credentials === undefined || mfa === undefined) return refuse({ code: 'invalid_credentials' });
      return 'password' in proof
        ? checkPassword(deps, context, actor, proof.password, credentials, mfa)
        : checkCode(actor, proof.answer, mfa, context.now);
    },
  });
  if (!result.ok) return result;
  const attempt = result.value;
  if (attempt.kind === 'refused') return refuse(attempt.error);
  const { userId, role, sessionId } = actor;
  const { amr, authenticatedAt } = attempt;
  return ok(await issueAccess(deps, context, { userId, role, sessionId, amr, authenticatedAt }));
}

async function checkPassword(
  deps: Deps,
  context: Context,
  actor: UserActor,
  password: string,
  { user, passwordHash }: Credentials,
  mfa: MfaState,
): Promise<Decided> {
  if (isMfaEnabled(mfa)) return refuse(stepUpRequired(true));
  const check = await deps.passwords.verify(password, passwordHash ?? undefined, 'known');
  if (!check.matches) return ok(refused(wrongPassword(user, 'step_up.failed', []), { code: 'invalid_credentials' }));
  const decision = proven(actor, ['pwd'], context.now);
  const reliance: Change = { type: 'password.relied_on', userId: actor.userId, passwordHash };
  return ok({ ...decision, changes: [reliance, ...decision.changes] });
}

function checkCode(actor: UserActor, answer: SecondFactorAnswer, mfa: MfaState, now: Instant): Decided {
  if (!isMfaEnabled(mfa)) return refuse({ code: 'mfa_not_enabled' });
  const attempt = trySecondFactor(mfa, answer, null, 'step_up.failed', now);
  const { changes, audit } = attempt;
  if (attempt.kind === 'refused') {
    return changes.length === 0
      ? refuse(attempt.error)
      : ok(refused(decided({ value: undefined, changes, audit }), attempt.error));
  }
  const decision = proven(actor, [attempt.amr, 'mfa'], now);
  const { userId, dataKey } = actor;
  return ok({
    ...decision,
    changes: [...changes, ...decision.changes],
    audit: [...audit, ...decision.audit],
    messages: attempt.method === 'backup_code' ? [backupCodeNotice(userId, dataKey, attempt.backupCodesLeft)] : [],
  });
}

function proven(actor: UserActor, methods: readonly string[], now: number): Decision<Change, Attempt> {
  const decision = steppedUp(actor, methods, now);
  return { ...decision, value: { kind: 'proven', ...decision.value } };
}

function refused(decision: Decision<Change, void>, error: StepUpRefusal): Decision<Change, Attempt> {
  return { ...decision, value: { kind: 'refused', error } };
}
