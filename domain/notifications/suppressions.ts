/**
 * Addresses that get nothing more: they do not exist, or whoever reads there has said so. A suppression is about one address
 * of one person: another address of theirs is written to.
 */
import { decided } from '../shared/changes.ts';
import type { UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { AuditDraft } from './audit-events.ts';
import type { NotificationChange } from './changes.ts';
import type { Decision } from './decision.ts';
import type { MessageDraft } from './messages.ts';
import type { MessageNotice } from './provider-notices.ts';
import type { ReceiverFault } from './states.ts';
import type {
  NewSuppression,
  SuppressedChannel,
  Suppression,
  SuppressionReason,
  UntoldSuppressions,
} from './suppression.ts';

/** @returns an e-mail address or a number as it is compared, or `undefined` if it is neither */
export function normalisedAddress(channel: SuppressedChannel, address: string): string | undefined {
  const text = address.normalize('NFC').trim();
  if (channel === 'sms') return /^\+\d{6,15}$/.test(text) ? text : undefined;
  return text.length <= 320 && /^[^\s@]+@[^\s@]+$/.test(text) ? text.toLowerCase() : undefined;
}

/** Why the address of a notice gets nothing more; `null`: it goes on. */
export function reasonOf({ event }: MessageNotice): SuppressionReason | null {
  if (event.type === 'complained') return 'complained';
  if (event.type === 'unsubscribed') return 'unsubscribed';
  if (event.type === 'bounced') return event.hardness === 'hard' ? 'no_such_receiver' : null;
  return event.type === 'failed' ? reasonOfFault(event.reason) : null;
}

export function reasonOfFault(fault: ReceiverFault | 'too_large' | undefined): SuppressionReason | null {
  if (fault === 'no_such_receiver') return 'no_such_receiver';
  return fault === 'opted_out' ? 'unsubscribed' : null;
}

export function addition(suppression: NewSuppression, at: Instant): NotificationChange {
  return { type: 'suppression.added', ...suppression, at };
}

export function additionAudit({ id, userId, channel, reason }: NewSuppression): AuditDraft {
  return {
    type: 'suppression.added',
    stream: userId,
    outcome: 'success',
    resource: { type: 'suppression', id },
    details: { channel, reason },
  };
}

export type SuppressionNotFound = { readonly code: 'not_found' };

/** By an administrator, who has heard that the address works, or that its reader wants messages again. */
export function lift(
  suppression: Suppression | undefined,
): Result<Decision<NotificationChange, void>, SuppressionNotFound> {
  return suppression === undefined ? refuse({ code: 'not_found' }) : ok(lifted([suppression]));
}

/** By an administrator, or by START. */
export function lifted(
  suppressions: readonly Pick<Suppression, 'id' | 'userId' | 'channel' | 'reason'>[],
): Decision<NotificationChange, void> {
  return decided({
    value: undefined,
    changes: suppressions.map(({ id }) => ({ type: 'suppression.lifted', id })),
    audit: suppressions.map(({ id, userId, channel, reason }) => ({
      type: 'suppression.lifted',
      stream: userId,
      outcome: 'success',
      resource: { type: 'suppression', id },
      details: { channel, reason },
    })),
  });
}

/** Administrators are told at most once in this time. */
const TOLD_EVERY_MS = 24 * 3_600_000;

/** @returns `undefined` if there is nothing to tell now */
export function tellAdministrators(
  { ids, toldAt }: UntoldSuppressions,
  administrators: readonly { readonly userId: UserId; readonly dataKey: DataKey }[],
  now: Instant,
) {
  if (ids.length === 0 || (toldAt !== null && now - toldAt < TOLD_EVERY_MS)) return undefined;
  return decided<NotificationChange, void, never, MessageDraft>({
    value: undefined,
    changes: [{ type: 'suppressions.told', ids, at: now }],
    audit: [],
    messages: administrators.map(({ userId, dataKey }) => ({
      template: 'addresses-suppressed',
      variables: { count: ids.length },
      userId,
      dataKey,
    })),
  });
}
