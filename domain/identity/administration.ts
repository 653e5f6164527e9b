/** What administrators do with accounts, and how an account ends. */
import type { AuditDraft } from '../shared/audit-catalog.ts';
import { type Decision, decided } from '../shared/changes.ts';
import type { UserId } from '../shared/ids.ts';
import type { MessageDraft } from '../shared/messages.ts';
import type { Role } from '../shared/permissions.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import { revokeCredentials } from '../shared/revocation.ts';
import type { Instant } from '../shared/time.ts';
import type { IdentityChange } from './changes.ts';
import { type IssuedToken, oneTimeToken, tokenEnd } from './one-time-token.ts';
import { clearedCounters, clearedSignIns } from './sign-in-throttle.ts';
import { directoryEntry, type User } from './user.ts';

/** The clinic would be left without anybody who can manage it. */
export type LastAdmin = { readonly code: 'last_admin' };

function isWorkingAdmin(user: User): boolean {
  return user.role === 'admin' && user.status === 'active';
}

/** Whether the account is the only working one of an administrator. */
function isLastAdmin(user: User, activeAdmins: number): boolean {
  return isWorkingAdmin(user) && activeAdmins <= 1;
}

/** Counted again in the batch: others may be removed at the same time. */
function othersRemain(user: User): IdentityChange[] {
  return isWorkingAdmin(user) ? [{ type: 'admins.remain', without: user.id }] : [];
}

/** Another role means other rights: nothing that was made with the old ones goes on (R21, R64). */
export function changeRole(
  user: User,
  role: Role,
  activeAdmins: number,
  now: Instant,
): Result<Decision<IdentityChange, User>, LastAdmin> {
  if (role === user.role) return ok(decided({ value: user, changes: [], audit: [] }));
  if (isLastAdmin(user, activeAdmins)) return refuse({ code: 'last_admin' });
  const changes: IdentityChange[] = [
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
 * The record stays, for the law asks for it; nobody can sign in to it any more, and the address is free again. The owner is told by mail. The message brings address and name along, under a key of its own: those of the account are
 * erased in the same batch.
 *
 * @param messageKey fresh
 */
export function closeAccount(
  user: User,
  activeAdmins: number,
  messageKey: DataKey,
  now: Instant,
): Result<Decision<IdentityChange, void>, LastAdmin> {
  if (isLastAdmin(user, activeAdmins)) return refuse({ code: 'last_admin' });
  const end = accountEnd(user, now);
  return ok(
    decided({
      value: undefined,
      changes: [...othersRemain(user), ...end.changes],
      audit: end.audit,
      messages: user.emailVerifiedAt === null ? [] : [closedNotice(user, messageKey)],
    }),
  );
}

/** How any account ends. Guarded by its version: what somebody has proven or changed meanwhile is decided on again. */
export function accountEnd(
  user: User,
  now: Instant,
): { readonly changes: readonly IdentityChange[]; readonly audit: readonly AuditDraft[] } {
  return {
    changes: [
      { type: 'user.closed', userId: user.id, version: user.version, at: now },
      revokeCredentials('account_closed', user.id, null, now),
      ...clearedSignIns(user),
    ],
    audit: [{ type: 'user.closed', stream: user.id, outcome: 'success', resource: { type: 'user', id: user.id } }],
  };
}

function closedNotice({ id, email, firstName }: User, messageKey: DataKey): MessageDraft {
  return {
    template: 'account-closed',
    variables: { email, firstName },
    userId: id,
    dataKey: messageKey,
    channel: 'email',
    category: 'account',
  };
}

/** Mails a fresh invitation; the earlier one stops working. */
export function inviteAgain(
  user: User,
  issued: IssuedToken,
  now: Instant,
): Result<Decision<IdentityChange, User>, { readonly code: 'invitation_accepted' }> {
  if (user.status !== 'invited') return refuse({ code: 'invitation_accepted' });
  return ok(
    decided({
      value: user,
      changes: [oneTimeToken(issued, user.id, 'accept_invitation', now)],
      audit: [{ type: 'user.invited', stream: user.id, outcome: 'success', resource: { type: 'user', id: user.id } }],
      messages: [
        {
          template: 'invitation',
          usefulUntil: tokenEnd('accept_invitation', now),
          variables: { token: issued.token, role: user.role },
          userId: user.id,
          dataKey: user.dataKey,
          channel: 'email',
          category: 'account',
        },
      ],
    }),
  );
}

/** Ends the pause after too many failed sign-ins and wrong codes. */
export function unlock(user: { readonly id: UserId; readonly email: string }): Decision<IdentityChange, void> {
  return decided({
    value: undefined,
    changes: [...clearedCounters(user)],
    audit: [{ type: 'user.unlocked', stream: user.id, outcome: 'success', resource: { type: 'user', id: user.id } }],
  });
}
