/** Forgotten, reset and changed passwords. */
import type { Change } from '../../../domain/changes.ts';
import { hashToken, issueToken } from '../../../domain/identity/one-time-token.ts';
import { changePassword, requestReset, resetPassword, wrongPassword } from '../../../domain/identity/passwords.ts';
import type { UserActor } from '../../../domain/shared/actor.ts';
import type { Decision } from '../../../domain/shared/changes.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { type Contended, commit, execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { checkPassword, type PasswordUnacceptable } from './accounts.ts';
import { TOKEN_BYTES } from './tokens.ts';

export type WrongPassword = { readonly code: 'invalid_credentials' };

/** Nobody can tell from the answer whether a mail was sent (R5). */
export function forgotPassword(deps: Deps, context: Context, email: string): Promise<Result<void, Contended>> {
  const issued = issueToken(deps.random.bytes(TOKEN_BYTES));
  return execute(deps, context, {
    loads: [deps.loads.identity.userByEmail(email)],
    decide: (user) => ok(requestReset(user, issued, context.now)),
  });
}

/** Of two parallel uses of one token the second finds it used (R7). */
export function setForgottenPassword(
  deps: Deps,
  context: Context,
  input: { readonly token: string; readonly newPassword: string },
): Promise<Result<void, { readonly code: 'token_invalid' } | PasswordUnacceptable | Contended>> {
  return execute(deps, context, {
    loads: [deps.loads.identity.oneTimeToken(hashToken(input.token), 'reset_password')],
    decide: async (
      found,
    ): Promise<Result<Decision<Change, void>, { readonly code: 'token_invalid' } | PasswordUnacceptable>> => {
      if (found === undefined) return refuse({ code: 'token_invalid' });
      // A refused password does not use the token up.
      const acceptable = checkPassword(deps, input.newPassword, found.user);
      if (!acceptable.ok) return acceptable;
      return resetPassword(found, await deps.passwords.hash(input.newPassword), context.now);
    },
  });
}

export async function replacePassword(
  deps: Deps,
  context: Context,
  actor: UserActor,
  input: { readonly currentPassword: string; readonly newPassword: string },
): Promise<Result<void, WrongPassword | PasswordUnacceptable | Contended>> {
  const [credentials] = await deps.database.load(deps.loads.identity.credentials({ by: 'id', userId: actor.userId }));
  const check = await deps.passwords.verify(input.currentPassword, credentials?.passwordHash ?? undefined);
  if (credentials === undefined || !check.matches) {
    await commit(deps, context, wrongPassword({ id: actor.userId }, 'password.change_failed', []));
    return refuse({ code: 'invalid_credentials' });
  }
  const { user } = credentials;
  const acceptable = checkPassword(deps, input.newPassword, user);
  if (!acceptable.ok) return acceptable;
  const passwordHash = await deps.passwords.hash(input.newPassword);
  const outcome = await commit(deps, context, changePassword(user, passwordHash, actor.sessionId, context.now));
  return outcome.ok ? outcome : refuse({ code: 'version_conflict' });
}
