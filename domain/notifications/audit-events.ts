/** Events of messages and of the callbacks of their providers. */
import { type AuditDraftOf, type AuditEventKind, auth, change } from '../shared/audit-event-kind.ts';

export const NOTIFICATION_EVENTS = {
  'notification.sent': change('execute', 'low', 'A message was sent to you.'),
  'notification.failed': change('update', 'medium', 'A message could not be delivered to you.'),
  'notification.dead_lettered': change('update', 'high', 'A message to you was given up after several attempts.'),
  'callback.rejected': auth('execute', 'high', 'A callback with a wrong signature was refused.'),
} satisfies Record<string, AuditEventKind>;

export type NotificationEvent = keyof typeof NOTIFICATION_EVENTS;
export type AuditDraft = AuditDraftOf<NotificationEvent>;
