/** Forgotten, reset and changed passwords (R7, R9). */

import { type DecisionOf, decided } from '../shared/changes.ts';
import type { SessionId, UserId } from '../shared/ids.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import { type CredentialsRevoked, revokeCredentials } from '../shared/revocation.ts';
import type { Instant } from '../shared/time.ts';
import type { AccountChange, TokenWithOwner } from './account.ts';
import type { Decision } from './decision.ts';
import { type FormerLink, type Mailed, mailedTo, mailsNothing, mayMail, unlessRecent } from './mailed-links.ts';
import type { MessageDraft } from './messages.ts';
import {
  type IssuedToken,
  oneTimeToken,
  redeem,
  type TokenChange,
  type TokenInvalid,
  tokenEnd,
} from './one-time-token.ts';
import { clearedCounters, type SignInCounterChange } from './sign-in-throttle.ts';
import type { User } from './user.ts';

/** The password is wrong or there is no such account: the answer does not tell which (R4). */
export type InvalidCredentials = { readonly code: 'invalid_credentials' };

export type PasswordChange =
  /**
   * Changes nothing. Guarded: the account is active and its password is still the one that was verified, so that a batch that
   * relies on the verification fails after a reset. Locks the account, so it comes first in the batch.
   */
  | { readonly type: 'password.relied_on'; readonly userId: UserId; readonly passwordHash: string | null }
  | {
      readonly type: 'user.password_changed';
      readonly userId: UserId;
      readonly passwordHash: string;
      readonly at: Instant;
    };

type Change = PasswordChange | AccountChange | SignInCounterChange | TokenChange | CredentialsRevoked;

/** Mails a token to the owner of the address. For an address without an active account nothing happens (R5). */
export function requestReset(
  user: User | undefined,
  former: FormerLink,
  issued: IssuedToken,
  now: Instant,
): Decision<Change, Mailed> {
  if (user === undefined || user.status !== 'active' || !mayMail(user, former, now)) return mailsNothing;
  return decided({
    value: mailedTo(user),
    changes: [...unlessRecent(user.id, 'reset_password', now), oneTimeToken(issued, user.id, 'reset_password', now)],
    audit: [{ type: 'password.reset_requested', stream: user.id, outcome: 'success' }],
    messages: [
      {
        template: 'password-reset',
        usefulUntil: tokenEnd('reset_password', now),
        variables: { token: issued.token },
        userId: user.id,
        dataKey: user.dataKey,
      },
    ],
  });
}

/**
 * Sets a new password by a mailed token. It opens no session, so a second factor is still required at the next sign-in. Every
 * session ends, and so does every credential that was created with the former password (R64).
 */
export function resetPassword(
  found: TokenWithOwner | undefined,
  passwordHash: string,
  now: Instant,
): Result<Decision<Change, void>, TokenInvalid> {
  const used = redeem(found?.token, now);
  if (!used.ok || found === undefined || found.user.status !== 'active') return refuse({ code: 'token_invalid' });
  const { user } = found;
  return ok(
    decided({
      value: undefined,
      changes: [
        used.value,
        // The token came by mail, so it proves the address as well.
        { type: 'user.email_verified', userId: user.id, at: now },
        { type: 'user.password_changed', userId: user.id, passwordHash, at: now },
        revokeCredentials('password_reset', user.id, null, now),
        ...clearedCounters(user),
      ],
      audit: [{ type: 'password.reset', stream: user.id, outcome: 'success' }],
      messages: [securityNotice(user, 'password-changed', { how: 'reset' })],
    }),
  );
}

/** Sets a new password after the current one was verified. Ends every other session and long-lived credential (R64). */
export function changePassword(
  { user, passwordHash: checked }: { readonly user: User; readonly passwordHash: string | null },
  passwordHash: string,
  current: SessionId,
  now: Instant,
): Decision<Change, void> {
  return decided({
    value: undefined,
    changes: [
      { type: 'password.relied_on', userId: user.id, passwordHash: checked },
      { type: 'user.password_changed', userId: user.id, passwordHash, at: now },
      revokeCredentials('password_changed', user.id, current, now),
    ],
    audit: [{ type: 'password.changed', stream: user.id, outcome: 'success' }],
    messages: [securityNotice(user, 'password-changed', { how: 'changed' })],
  });
}

/**
 * Somebody with a session did not know the password.
 * @param type how it is recorded: an event of the context that asked for the password
 */
export function wrongPassword<E extends string>(
  user: Pick<User, 'id'>,
  type: E,
  counted: readonly Change[],
): DecisionOf<Change, void, E, never> {
  return decided({
    value: undefined,
    changes: counted,
    audit: [{ type, stream: user.id, outcome: 'failure', error: 'invalid_credentials' }],
  });
}

function securityNotice(
  user: User,
  template: 'password-changed',
  variables: { readonly how: 'reset' | 'changed' },
): MessageDraft {
  return { template, variables, userId: user.id, dataKey: user.dataKey };
}
