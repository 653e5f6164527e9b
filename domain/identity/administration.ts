/** What administrators do with accounts, and how an account is closed. */

import { decided } from '../shared/changes.ts';
import type { UserId } from '../shared/ids.ts';
import type { Role } from '../shared/permissions.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import { type CredentialsRevoked, revokeCredentials } from '../shared/revocation.ts';
import type { Instant } from '../shared/time.ts';
import type { AuditDraft } from './audit-events.ts';
import type { Decision } from './decision.ts';
import type { MessageDraft } from './messages.ts';
import { type IssuedToken, oneTimeToken, type TokenChange } from './one-time-token.ts';
import { invitationMail, type RegistrationChange } from './registration.ts';
import { clearedCounters, clearedSignIns, type SignInCounterChange } from './sign-in-throttle.ts';
import { type AccountHolder, directoryEntry, hasAddress, type User } from './user.ts';

export type AdministrationChange =
  /** Changes nothing. Guarded: another active administrator exists. Locks all administrators, so it comes first in the batch. */
  | { readonly type: 'admins.remain'; readonly without: UserId }
  /** Guarded by the version. */
  | {
      readonly type: 'user.role_changed';
      readonly userId: UserId;
      readonly role: Role;
      readonly version: number;
      readonly at: Instant;
    }
  /** Guarded by the version. Frees the e-mail address. */
  | { readonly type: 'user.closed'; readonly userId: UserId; readonly version: number; readonly at: Instant };

type Change = AdministrationChange | RegistrationChange | SignInCounterChange | TokenChange | CredentialsRevoked;

/** The change would leave the clinic without an administrator. */
export type LastAdmin = { readonly code: 'last_admin' };

/** The patient has no account, which the command needs. */
export type NoAccount = { readonly code: 'no_account' };

/** The account is active: its invitation was accepted. */
export type InvitationAccepted = { readonly code: 'invitation_accepted' };

function isWorkingAdmin(user: User): boolean {
  return user.role === 'admin' && user.status === 'active';
}

/** Whether the account is the only active administrator. */
function isLastAdmin(user: User, activeAdmins: number): boolean {
  return isWorkingAdmin(user) && activeAdmins <= 1;
}

/** Counts the others again within the batch, because they may be removed at the same time. */
function othersRemain(user: User): Change[] {
  return isWorkingAdmin(user) ? [{ type: 'admins.remain', without: user.id }] : [];
}

/** Changes a role, and revokes everything that was created with the permissions of the former role (R21, R64). */
export function changeRole(
  user: User,
  role: Role,
  activeAdmins: number,
  now: Instant,
): Result<Decision<Change, User>, LastAdmin | NoAccount> {
  if (role === user.role) return ok(decided({ value: user, changes: [], audit: [] }));
  if (user.status === 'no_account') return refuse({ code: 'no_account' });
  if (isLastAdmin(user, activeAdmins)) return refuse({ code: 'last_admin' });
  const changes: Change[] = [
    ...othersRemain(user),
    { type: 'user.role_changed', userId: user.id, role, version: user.version, at: now },
    revokeCredentials('role_changed', user.id, null, now),
  ];
  if (role === 'doctor') {
    changes.push({ type: 'doctor.added', ...directoryEntry(user), specialty: null, languages: [] });
  }
  return ok(
    decided({
      value: { ...user, role, updatedAt: now, version: user.version + 1 },
      changes,
      audit: [
        {
          type: 'user.role_changed',
          stream: user.id,
          outcome: 'success',
          resource: { type: 'user', id: user.id },
          details: { from: user.role, to: role },
        },
      ],
    }),
  );
}

/**
 * Closes an account: nobody can sign in to it any more, and its address is free again. The record stays, because the law requires
 * it. The owner is told by mail. The message contains the address and the name, encrypted under a key of its own, because those of
 * the account are erased in the same batch.
 *
 * @param messageKey a new key
 */
export function closeAccount(
  user: User,
  activeAdmins: number,
  messageKey: DataKey,
  now: Instant,
): Result<Decision<Change, void>, LastAdmin> {
  if (isLastAdmin(user, activeAdmins)) return refuse({ code: 'last_admin' });
  const end = accountEnd(user, now);
  return ok(
    decided({
      value: undefined,
      changes: [...othersRemain(user), ...end.changes],
      audit: end.audit,
      messages: user.emailVerifiedAt === null || !hasAddress(user) ? [] : [closedNotice(user, messageKey)],
    }),
  );
}

/** The changes that close any account. Guarded by its version: a concurrent change makes the decision run again. */
export function accountEnd(
  user: User,
  now: Instant,
): {
  readonly changes: readonly (AdministrationChange | SignInCounterChange | CredentialsRevoked)[];
  readonly audit: readonly AuditDraft[];
} {
  return {
    changes: [
      { type: 'user.closed', userId: user.id, version: user.version, at: now },
      revokeCredentials('account_closed', user.id, null, now),
      ...clearedSignIns(user),
    ],
    audit: [{ type: 'user.closed', stream: user.id, outcome: 'success', resource: { type: 'user', id: user.id } }],
  };
}

function closedNotice({ id, email, firstName }: AccountHolder, messageKey: DataKey): MessageDraft {
  return {
    template: 'account-closed',
    variables: { email, firstName },
    userId: id,
    dataKey: messageKey,
  };
}

/** Mails a new invitation; the link of the earlier one stops working. */
export function inviteAgain(
  user: User,
  issued: IssuedToken,
  now: Instant,
): Result<Decision<Change, User>, InvitationAccepted | NoAccount> {
  if (user.status === 'no_account') return refuse({ code: 'no_account' });
  if (user.status !== 'invited') return refuse({ code: 'invitation_accepted' });
  return ok(
    decided({
      value: user,
      changes: [oneTimeToken(issued, user.id, 'accept_invitation', now)],
      audit: [{ type: 'user.invited', stream: user.id, outcome: 'success', resource: { type: 'user', id: user.id } }],
      messages: [invitationMail(user, issued, now)],
    }),
  );
}

/** Ends the pause after too many failed sign-ins and wrong codes. */
export function unlock(user: { readonly id: UserId; readonly email: string }): Decision<Change, void> {
  return decided({
    value: undefined,
    changes: [...clearedCounters(user)],
    audit: [{ type: 'user.unlocked', stream: user.id, outcome: 'success', resource: { type: 'user', id: user.id } }],
  });
}
