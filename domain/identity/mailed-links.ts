/**
 * Who may have links mailed by asking for them without signing in (R65, R66). A link that was mailed a moment ago still
 * works, so another one is not sent: nobody can fill somebody's mailbox, nor use up what the owner may ask for.
 */
import { type Decision, decided } from '../shared/changes.ts';
import type { UserId } from '../shared/ids.ts';
import type { MessageDraft, TemplateName } from '../shared/messages.ts';
import type { Instant } from '../shared/time.ts';
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

/** For so long a mail stands for the next one of its kind. Well under the shortest life of a link, an hour. */
export const RECENT_SECONDS = 900;

export interface FormerLink {
  /** When the last one that still works was mailed. */
  readonly mailedAt: Instant | null;
  /** Whether the mailbox's limit of mails to unproven addresses is open. */
  readonly isMailboxOpen: boolean;
}

/** Whom a mail went to, so that only mails to unproven addresses are counted for a mailbox. */
export type Mailed = 'proven' | 'unproven' | 'nobody';

export const mailsNothing: Decision<never, Mailed> = decided({ value: 'nobody', changes: [], audit: [] });

export function mailedTo(user: User): Mailed {
  return user.emailVerifiedAt === null ? 'unproven' : 'proven';
}

/** Anybody can register any address, and any number of one mailbox: mails to unproven ones are limited by mailbox too. */
export function mayMail(user: User, { mailedAt, isMailboxOpen }: FormerLink, now: Instant): boolean {
  const isRecent = mailedAt !== null && mailedAt > now - RECENT_SECONDS * 1000;
  return !isRecent && (user.emailVerifiedAt !== null || isMailboxOpen);
}

/**
 * Tells whoever has an address that somebody named it: anybody can cause that, so it is said once in a while. The batch of two at
 * the same moment is guarded, so that one says it.
 *
 * @param toldAt when it was said last
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
    messages: [{ template: 'account-exists', variables: {}, userId, dataKey, channel: 'email', category: 'account' }],
  };
}

/** Of requests at the same moment one mails. */
export function unlessRecent(userId: UserId, purpose: TokenPurpose, now: Instant): TokenChange[] {
  return [{ type: 'one_time_token.none_since', userId, purpose, since: now - RECENT_SECONDS * 1000 }];
}
