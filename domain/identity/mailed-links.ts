/**
 * Limits on links that anybody can have mailed without signing in (R65, R66). While a recently mailed link still works, no
 * other is sent, so that nobody can flood a mailbox or use up the requests of its owner.
 */

import { decided } from '../shared/changes.ts';
import type { UserId } from '../shared/ids.ts';
import type { Instant } from '../shared/time.ts';
import type { Decision } from './decision.ts';
import type { MessageDraft, TemplateName } from './messages.ts';
import type { TokenChange, TokenPurpose } from './one-time-token.ts';
import type { User } from './user.ts';

export type MailGuard =
  /** Changes nothing. Guarded: no mail of the template was queued for the account since. Locks the account. */
  {
    readonly type: 'mail.none_since';
    readonly userId: UserId;
    readonly template: TemplateName;
    readonly since: Instant;
  };

/** Within this time no second mail of the same kind is sent. Shorter than the shortest lifetime of a link, one hour. */
export const RECENT_SECONDS = 900;

export interface FormerLink {
  /** When the last one that still works was mailed. */
  readonly mailedAt: Instant | null;
  /** Whether the mailbox's limit of mails to unproven addresses is open. */
  readonly isMailboxOpen: boolean;
}

/** The kind of receiver: only mails to unproven addresses count against the limit of a mailbox. */
export type Mailed = 'proven' | 'unproven' | 'nobody';

export const mailsNothing: Decision<never, Mailed> = decided({ value: 'nobody', changes: [], audit: [] });

export function mailedTo(user: User): Mailed {
  return user.emailVerifiedAt === null ? 'unproven' : 'proven';
}

/** Anybody can register any number of addresses of one mailbox, so mails to unproven addresses are also limited per mailbox. */
export function mayMail(user: User, { mailedAt, isMailboxOpen }: FormerLink, now: Instant): boolean {
  const isRecent = mailedAt !== null && mailedAt > now - RECENT_SECONDS * 1000;
  return !isRecent && (user.emailVerifiedAt !== null || isMailboxOpen);
}

/**
 * Tells the owner of an address that somebody used it to register or to change an address. Anybody can cause this mail, so it
 * is sent once per {@link RECENT_SECONDS}. A guard lets one of two parallel requests send it.
 *
 * @param toldAt when the last such mail was queued
 */
export function tellHolder(
  { id: userId, dataKey }: Pick<User, 'id' | 'dataKey'>,
  toldAt: Instant | null,
  now: Instant,
): { readonly changes: readonly MailGuard[]; readonly messages: readonly MessageDraft[] } {
  const since = now - RECENT_SECONDS * 1000;
  if (toldAt !== null && toldAt > since) return { changes: [], messages: [] };
  return {
    changes: [{ type: 'mail.none_since', userId, template: 'account-exists', since }],
    messages: [{ template: 'account-exists', variables: {}, userId, dataKey }],
  };
}

/** A guard that lets one of several parallel requests send a mail. */
export function unlessRecent(userId: UserId, purpose: TokenPurpose, now: Instant): TokenChange[] {
  return [{ type: 'one_time_token.none_since', userId, purpose, since: now - RECENT_SECONDS * 1000 }];
}
