/** Forgotten, reset and changed passwords. */
import type { Change, Decision } from '../../../domain/changes.ts';
import type { KnownBrowser } from '../../../domain/identity/known-browser.ts';
import type { Mailed } from '../../../domain/identity/mailed-links.ts';
import { hashToken, issueToken, type TokenInvalid } from '../../../domain/identity/one-time-token.ts';
import type { PasswordUnacceptable } from '../../../domain/identity/password-policy.ts';
import {
  changePassword,
  type InvalidCredentials,
  requestReset,
  resetPassword,
  wrongPassword,
} from '../../../domain/identity/passwords.ts';
import type { PasswordHasher } from '../../../domain/identity/ports.ts';
import type { AccountHolder } from '../../../domain/identity/user.ts';
import type { UserActor } from '../../../domain/shared/actor.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { type Contended, execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';
import { clearLimits } from '../limits.ts';
import { checkPassword, recordingTokens } from './accounts.ts';
import { TOKEN_BYTES } from './tokens.ts';

/** Compares a password once with each stored hash, however often a command is decided, because hashing is expensive. */
export function comparisonOf(deps: Deps, password: string) {
  const compared = new Map<string | undefined, ReturnType<PasswordHasher['verify']>>();
  return (phc: string | undefined) => {
    const known = compared.get(phc) ?? deps.passwords.verify(password, phc, 'known');
    compared.set(phc, known);
    return known;
  };
}

/**
 * The answer does not tell whether a mail was sent (R5).
 * @param isMailboxOpen whether the mailbox's limit of mails to unproven addresses is open
 */
export function forgotPassword(
  deps: Deps,
  context: Context,
  email: string,
  isMailboxOpen: boolean,
): Promise<Result<Mailed, Contended>> {
  const issued = issueToken(deps.random.bytes(TOKEN_BYTES));
  const { identity } = deps.loads;
  return execute(deps, context, {
    loads: [identity.userByEmail(email), identity.lastToken(email, 'reset_password', context.now)],
    decide: (user, mailedAt) => ok(requestReset(user, { mailedAt, isMailboxOpen }, issued, context.now)),
  });
}

/** If one token is used twice in parallel, the second use is refused (R7). */
export async function setForgottenPassword(
  deps: Deps,
  context: Context,
  input: { readonly token: string; readonly newPassword: string },
): Promise<Result<void, TokenInvalid | PasswordUnacceptable | Contended>> {
  let owner: AccountHolder | undefined;
  const result = await recordingTokens(deps, context, 'password.reset_failed', {
    loads: [deps.loads.identity.oneTimeToken(hashToken(input.token), 'reset_password')],
    decide: async (found): Promise<Result<Decision<Change, void>, TokenInvalid | PasswordUnacceptable>> => {
      if (found === undefined) return refuse({ code: 'token_invalid' });
      // A refused password does not use the token up.
      const acceptable = checkPassword(deps, input.newPassword, found.user);
      if (!acceptable.ok) return acceptable;
      const reset = resetPassword(found, await deps.passwords.hash(input.newPassword, 'anonymous'), context.now);
      if (reset.ok) owner = found.user;
      return reset;
    },
  });
  if (result.ok && owner !== undefined) await clearLimits(deps.limiter, { ...owner, passwordChangedAt: context.now });
  return result;
}

/** The account and the time when its former password was set, which identify its known browsers. */
type KnownPassword = KnownBrowser & { readonly email: string };

export async function replacePassword(
  deps: Deps,
  context: Context,
  actor: UserActor,
  input: { readonly currentPassword: string; readonly newPassword: string },
): Promise<Result<KnownPassword, InvalidCredentials | PasswordUnacceptable | Contended>> {
  type Refusal = InvalidCredentials | PasswordUnacceptable;
  let former: KnownPassword = { email: '', passwordChangedAt: 0 };
  const result = await execute(deps, context, {
    loads: [deps.loads.identity.credentials({ by: 'id', userId: actor.userId })],
    decide: async (credentials): Promise<Result<Decision<Change, InvalidCredentials | undefined>, Refusal>> => {
      const check = await deps.passwords.verify(input.currentPassword, credentials?.passwordHash ?? undefined, 'known');
      if (credentials === undefined || !check.matches) {
        const failed = wrongPassword({ id: actor.userId }, 'password.change_failed', []);
        return ok({ ...failed, value: { code: 'invalid_credentials' } });
      }
      former = { email: credentials.user.email, passwordChangedAt: credentials.passwordChangedAt };
      const acceptable = checkPassword(deps, input.newPassword, credentials.user);
      if (!acceptable.ok) return acceptable;
      const passwordHash = await deps.passwords.hash(input.newPassword, 'known');
      return ok({ ...changePassword(credentials, passwordHash, actor.sessionId, context.now), value: undefined });
    },
  });
  if (!result.ok) return result;
  return result.value === undefined ? ok(former) : refuse(result.value);
}
