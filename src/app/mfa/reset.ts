/** Removing the second factors of somebody who lost them, by an administrator or operator who has verified the person. */
import type { Change, Decision } from '../../../domain/changes.ts';
import type { UserNotFound } from '../../../domain/identity/user.ts';
import { type MfaNotEnabled, resetFactors } from '../../../domain/mfa/enrolment.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { revokeCredentials } from '../../../domain/shared/revocation.ts';
import { type Contended, execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';

/** The password stays; all other credentials are revoked (R64), and the owner is notified. */
export function takeFactorsAway(
  deps: Deps,
  context: Context,
  userId: UserId,
): Promise<Result<void, UserNotFound | MfaNotEnabled | Contended>> {
  return execute(deps, context, {
    loads: [deps.loads.mfa.state({ by: 'id', userId }), deps.loads.identity.user(userId)],
    decide: (state, user): Result<Decision<Change, void>, UserNotFound | MfaNotEnabled> => {
      if (state === undefined || user === undefined) return refuse({ code: 'not_found' });
      const reset = resetFactors(state, context.now);
      if (!reset.ok) return reset;
      return ok(
        decided({
          value: undefined,
          changes: [
            ...reset.value.changes,
            { type: 'user.attempts_cleared', userId },
            revokeCredentials('factors_reset', userId, null, context.now),
          ],
          audit: reset.value.audit,
          messages: [
            {
              template: 'mfa-changed',
              variables: { what: 'reset' },
              userId,
              dataKey: user.dataKey,
            },
          ],
        }),
      );
    },
  });
}
