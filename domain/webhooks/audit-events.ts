/** Events of the endpoints that receive webhooks. */
import { type AuditDraftOf, type AuditEventKind, admin } from '../shared/audit-event-kind.ts';

export const WEBHOOK_AUDIT_EVENTS = {
  'webhook.created': admin('create', 'high', 'An address that is told of changes was added by {actor}.'),
  'webhook.updated': admin('update', 'high', 'An address that is told of changes was changed by {actor}.'),
  'webhook.deleted': admin('delete', 'medium', 'An address that is told of changes was removed by {actor}.'),
  'webhook.secret_rotated': admin('update', 'high', 'The secret of a webhook was replaced by {actor}.'),
  'webhook.tested': admin('execute', 'low', 'A test event was sent to a webhook by {actor}.'),
  'webhook.replayed': admin('execute', 'medium', 'Events were sent to a webhook again by {actor}.'),
  'webhook.disabled': admin('update', 'high', 'A webhook was disabled, because its receiver does not work.'),
} satisfies Record<string, AuditEventKind>;

export type WebhookAuditEvent = keyof typeof WEBHOOK_AUDIT_EVENTS;
export type AuditDraft = AuditDraftOf<WebhookAuditEvent>;
