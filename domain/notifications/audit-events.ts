/** Events of messages and of the callbacks of their providers. */
import { type AuditDraftOf, type AuditEventKind, access, admin, auth, change } from '../shared/audit-event-kind.ts';

export const NOTIFICATION_EVENTS = {
  'notification.sent': change('execute', 'low', 'A message was sent to you.'),
  'alert.created': admin('execute', 'high', 'An alert to many people was sent by {actor}.'),
  'message.sent': change('create', 'low', 'You got a message from {actor}.', 'phi'),
  'notification.dead_lettered': change('update', 'high', 'A message to you was given up after several attempts.'),
  'notification.bounced': change('update', 'medium', 'A message to you did not arrive.'),
  'notification.listed': access('read', 'low', 'The messages to you were listed by {actor}.', 'phi'),
  'notification.marked_read': change('update', 'low', 'Messages to you were marked as read by {actor}.'),
  'notification.delivery_read': access('read', 'low', 'How messages reached you was looked at by {actor}.', 'phi'),
  'notification.redriven': admin(
    'execute',
    'medium',
    'A message to you that had not arrived was sent again by {actor}.',
  ),
  'notification.preferences_changed': change('update', 'low', 'Which messages you get was changed by {actor}.'),
  'notification.sms_consent_given': change('create', 'medium', 'You agreed to text messages.'),
  'notification.sms_consent_withdrawn': change('update', 'medium', 'Text messages to you were ended by {actor}.'),
  'queues.read': admin('read', 'low', 'The state of the queues was looked at by {actor}.'),
  'suppression.added': change('create', 'medium', 'Nothing more is sent to one of your addresses.'),
  'suppression.lifted': change('delete', 'medium', 'Messages are sent to one of your addresses again.'),
  'suppression.read': access('read', 'low', 'That nothing is sent to one of your addresses was looked at by {actor}.'),
  'push_subscription.registered': change('create', 'medium', 'A device was registered for push messages by {actor}.'),
  'push_subscription.renewed': change('update', 'low', 'A device was registered for push messages again by {actor}.'),
  'push_subscription.ended': change('delete', 'low', 'Push messages to one of your devices ended.'),
  'callback.rejected': auth('execute', 'high', 'A callback with a wrong signature was refused.'),
} satisfies Record<string, AuditEventKind>;

export type NotificationEvent = keyof typeof NOTIFICATION_EVENTS;
export type AuditDraft = AuditDraftOf<NotificationEvent>;
