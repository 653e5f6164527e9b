/**
 * Changing one's e-mail address, by which an account is recovered. A link that is mailed to the new address confirms the change. A
 * link that is mailed to the current address takes the change back, up to seven days after it took effect.
 */

import { decided } from '../shared/changes.ts';
import type { Id, SessionId, UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import { type CredentialsRevoked, revokeCredentials } from '../shared/revocation.ts';
import type { Instant } from '../shared/time.ts';
import { type AdministrationChange, accountEnd } from './administration.ts';
import type { AuditDraft } from './audit-events.ts';
import type { Decision } from './decision.ts';
import { type MailGuard, tellHolder } from './mailed-links.ts';
import type { IdentityVariables, MessageDraft, TemplateName } from './messages.ts';
import { type IssuedToken, oneTimeToken, type TokenChange, type TokenInvalid, tokenEnd } from './one-time-token.ts';
import { clearedSignIns, type SignInCounterChange } from './sign-in-throttle.ts';
import { type AccountHolder, hasAddress, isUnproven, type User, type UserNotFound } from './user.ts';

export type AddressChange =
  /** Guarded by the version of the account. Replaces a pending change. */
  | {
      readonly type: 'email_change.requested';
      readonly change: EmailChange;
      /** Seals the address. */
      readonly dataKey: DataKey;
      readonly confirmHash: Uint8Array;
      readonly restoreHash: Uint8Array;
      readonly version: number;
    }
  /** Ends the pending changes. Guarded by the version of the account. */
  | { readonly type: 'email_changes.ended'; readonly userId: UserId; readonly version: number; readonly at: Instant }
  /** Guarded: the change is pending, and by the version of the account. Links that were mailed to the former address stop working. */
  | {
      readonly type: 'email_change.confirmed';
      readonly changeId: EmailChangeId;
      readonly userId: UserId;
      readonly dataKey: DataKey;
      readonly email: string;
      readonly previousEmail: string;
      readonly restoreUntil: Instant;
      readonly version: number;
      readonly at: Instant;
    }
  /** Guarded: it was not taken back before, and by the version of the account. Ends other changes and removes the password. */
  | {
      readonly type: 'email.restored';
      readonly changeId: EmailChangeId;
      readonly userId: UserId;
      readonly dataKey: DataKey;
      readonly email: string;
      readonly version: number;
      readonly at: Instant;
    };

type Change = AddressChange | AdministrationChange | MailGuard | SignInCounterChange | TokenChange | CredentialsRevoked;

export type EmailChangeId = Id<'email_change'>;

/** How long the new address can confirm the change. */
export const CONFIRM_SECONDS = 86_400;
/** How long the former address can take the change back after it took effect. */
export const RESTORE_SECONDS = 7 * 86_400;

export interface EmailChange {
  readonly id: EmailChangeId;
  readonly userId: UserId;
  readonly newEmail: string;
  /** The former address; `null` until the change took effect. */
  readonly previousEmail: string | null;
  /** The owner's session that requested it; `null` if an administrator did. */
  readonly sessionId: SessionId | null;
  readonly requestedAt: Instant;
  readonly confirmUntil: Instant;
  readonly restoreUntil: Instant;
  readonly confirmedAt: Instant | null;
  /** Cancelled, replaced or taken back. */
  readonly endedAt: Instant | null;
}

/** A pending change, as its owner sees it. */
export type PendingEmail = Pick<EmailChange, 'newEmail' | 'requestedAt' | 'confirmUntil'>;

/** An account with its pending change of address. */
export type Profile = User & { readonly pendingEmail: EmailChange | null };

/** The account has no proven address to which a notice of the change could be mailed. */
export type EmailUnverified = { readonly code: 'email_unverified' };

/** What its owner, or an administrator, requests. */
export interface RequestedEmailChange {
  readonly id: EmailChangeId;
  readonly email: string;
  readonly confirm: IssuedToken;
  readonly restore: IssuedToken;
  /** The owner's session; `null` if an administrator requests the change. */
  readonly sessionId: SessionId | null;
}

function pendingChange({ id, email, sessionId }: RequestedEmailChange, userId: UserId, now: Instant): EmailChange {
  return {
    id,
    userId,
    newEmail: email,
    previousEmail: null,
    sessionId,
    requestedAt: now,
    confirmUntil: now + CONFIRM_SECONDS * 1000,
    restoreUntil: now + (CONFIRM_SECONDS + RESTORE_SECONDS) * 1000,
    confirmedAt: null,
    endedAt: null,
  };
}

/**
 * Mails a link to the new address that confirms the change, and a link to the current one that takes it back. If another
 * account has the new address, the answer is the same (R5): its owner is told, and no link is sent that could take the address
 * from it. An unproven account does not own its address: the first to prove the address gets it (R63).
 *
 * @param holder the account that has the new address
 * @param toldAt when the holder was last told that somebody named the address
 */
export function requestEmailChange(
  user: User,
  holder: User | undefined,
  toldAt: Instant | null,
  asked: RequestedEmailChange,
  now: Instant,
): Result<Decision<Change, PendingEmail>, EmailUnverified> {
  if (user.emailVerifiedAt === null || !canBeTold(user)) return refuse({ code: 'email_unverified' });
  const change = pendingChange(asked, user.id, now);
  const { dataKey, version } = user;
  const requested: Change = {
    type: 'email_change.requested',
    change,
    dataKey,
    confirmHash: asked.confirm.hash,
    restoreHash: asked.restore.hash,
    version,
  };
  const proof = {
    ...mail(user, 'confirm-email-change', { to: asked.email, token: asked.confirm.token }),
    usefulUntil: change.confirmUntil,
  };
  const notice = {
    ...mail(user, 'email-change-requested', { to: user.email, token: asked.restore.token }),
    usefulUntil: change.restoreUntil,
  };
  const isFree = holder === undefined || isUnproven(holder);
  const sent = isFree ? { changes: [], messages: [proof] } : tellHolder(holder, toldAt, now);
  return ok(
    decided({
      value: change,
      changes: inOrderOfAccounts(user, holder, requested, sent.changes),
      audit: [event(user.id, 'user.email_change_requested', change.id)],
      messages: [...sent.messages, notice],
    }),
  );
}

/** Both accounts are locked, in the order of their ids, so that two requests for each other's address cannot deadlock. */
function inOrderOfAccounts(
  user: User,
  holder: User | undefined,
  own: Change,
  others: readonly Change[],
): readonly Change[] {
  return holder !== undefined && holder.id < user.id ? [...others, own] : [own, ...others];
}

/** Takes the change back before it took effect. */
export function cancelEmailChange(
  user: User,
  open: EmailChange | undefined,
  now: Instant,
): Result<Decision<Change, void>, UserNotFound> {
  if (open === undefined || !isPending(open, now)) return refuse({ code: 'not_found' });
  return ok(
    decided({
      value: undefined,
      changes: [{ type: 'email_changes.ended', userId: user.id, version: user.version, at: now }],
      audit: [event(user.id, 'user.email_change_cancelled', open.id)],
    }),
  );
}

export interface ChangeWithOwner {
  readonly user: AccountHolder;
  readonly change: EmailChange;
}

/**
 * Confirms the change by the link that was mailed to the new address.
 * @param holder the account that has the address by now: an unproven one is closed, any other keeps the address
 */
export function confirmEmailChange(
  found: ChangeWithOwner | undefined,
  holder: User | undefined,
  now: Instant,
): Result<Decision<Change, void>, TokenInvalid> {
  if (found === undefined || !canBeTold(found.user) || !isPending(found.change, now)) {
    return refuse({ code: 'token_invalid' });
  }
  if (holder !== undefined && !isUnproven(holder)) return refuse({ code: 'token_invalid' });
  // Comes first in the batch, so that the address is free when it is stored again.
  const ended = holder === undefined ? { changes: [], audit: [] } : accountEnd(holder, now);
  const { user, change } = found;
  return ok(
    decided({
      value: undefined,
      changes: [
        ...ended.changes,
        {
          type: 'email_change.confirmed',
          changeId: change.id,
          userId: user.id,
          dataKey: user.dataKey,
          email: change.newEmail,
          previousEmail: user.email,
          restoreUntil: now + RESTORE_SECONDS * 1000,
          version: user.version,
          at: now,
        },
        revokeCredentials('email_changed', user.id, change.sessionId, now),
      ],
      audit: [...ended.audit, event(user.id, 'user.email_changed', change.id)],
      messages: [mail(user, 'email-changed', { to: user.email }), mail(user, 'email-changed', { to: change.newEmail })],
    }),
  );
}

/**
 * Takes the change back by the link that was mailed to the former address, whatever was changed since. Somebody else was in the
 * account, so every credential and the password end, and a link to set a new password is mailed to the address.
 */
export function restoreEmail(
  found: ChangeWithOwner | undefined,
  reset: IssuedToken,
  now: Instant,
): Result<Decision<Change, void>, TokenInvalid> {
  if (found === undefined || found.user.status !== 'active') return refuse({ code: 'token_invalid' });
  const { user, change } = found;
  if (change.endedAt !== null || change.restoreUntil <= now) return refuse({ code: 'token_invalid' });
  const email = change.previousEmail ?? user.email;
  return ok(
    decided({
      value: undefined,
      changes: [
        {
          type: 'email.restored',
          changeId: change.id,
          userId: user.id,
          dataKey: user.dataKey,
          email,
          version: user.version,
          at: now,
        },
        revokeCredentials('email_restored', user.id, null, now),
        // After the revocation, which ends the links that were mailed before.
        oneTimeToken(reset, user.id, 'reset_password', now),
        ...clearedSignIns({ id: user.id, email }),
      ],
      audit: [event(user.id, 'user.email_restored', change.id)],
      messages: [
        {
          ...mail(user, 'email-restored', { to: email, token: reset.token }),
          usefulUntil: tokenEnd('reset_password', now),
        },
      ],
    }),
  );
}

/** Whether a notice can be mailed to the account. A damaged address must be repaired first (R78). */
function canBeTold(user: User): user is AccountHolder {
  return hasAddress(user) && user.status === 'active' && user.damaged?.includes('email') !== true;
}

/** Whether the new address can still confirm the change. */
export function isPending({ confirmedAt, endedAt, confirmUntil }: EmailChange, now: Instant): boolean {
  return confirmedAt === null && endedAt === null && confirmUntil > now;
}

function event(stream: UserId, type: AuditDraft['type'], id: EmailChangeId): AuditDraft {
  return { type, stream, outcome: 'success', resource: { type: 'email_change', id } };
}

function mail<T extends TemplateName>(user: User, template: T, variables: IdentityVariables[T]): MessageDraft {
  const { id: userId, dataKey } = user;
  return { template, variables, userId, dataKey } as MessageDraft;
}
