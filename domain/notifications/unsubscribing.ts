/** Ending mails of one category by the link in them, without a sign-in (RFC 8058). */
import type { MessageCategory } from '../shared/messages.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import { rulesOf } from './categories.ts';
import type { NotificationChange } from './changes.ts';
import type { Decision } from './decision.ts';
import type { StoredNotification } from './ports.ts';
import { switched } from './preference-changes.ts';
import type { MailedCategory, Preferences } from './preferences.ts';
import { namedChannel } from './routing.ts';

export type UnsubscribeLinkEnded = { readonly code: 'not_found' };

/** Whether its receiver can end mails like this one. */
export function canUnsubscribe({ category, variables }: Pick<StoredNotification['message'], 'category' | 'variables'>) {
  return namedChannel(variables) === null && isOptionalByMail(category);
}

function isOptionalByMail(category: MessageCategory): boolean {
  const { email } = rulesOf(category).channels;
  return email === 'on' || email === 'off';
}

/**
 * @param found `undefined` for a link that is unknown, or whose person has no account any more
 * @param isWanted whether the person wants such mails
 */
export function chooseByLink(
  found: MailedCategory | undefined,
  isWanted: boolean,
  now: Instant,
): Result<Decision<NotificationChange, Preferences>, UnsubscribeLinkEnded> {
  if (found === undefined || !isOptionalByMail(found.category)) return refuse({ code: 'not_found' });
  return ok(switched(found.userId, found.preferences, [found.category, 'email', isWanted], now));
}
