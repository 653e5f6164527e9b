/** Events of the audit log itself. */
import { type AuditEventKind, access, admin } from '../shared/audit-event-kind.ts';

export const AUDIT_LOG_EVENTS = {
  'record.damaged': admin('read', 'high', 'A stored value was found to be damaged.'),
  'audit.own_read': access('read', 'low', 'The history of your record was seen by {actor}.', 'phi'),
  'audit.own_exported': access(
    'read',
    'medium',
    'The history of your record was downloaded by {actor}.',
    'phi',
    'export',
  ),
  'audit.affected_read': admin('read', 'critical', 'The persons whom somebody affected were listed by {actor}.', 'phi'),
  'audit.searched': admin('read', 'high', 'Events of your record were searched by {actor}.', 'phi'),
  'audit.event_read': admin('read', 'high', 'An event of your record was seen by {actor}.', 'phi'),
  'audit.exported': admin('read', 'critical', 'The audit log was exported by {actor}.', 'phi', 'export'),
  'audit.verified': admin('execute', 'low', 'The audit log was verified.'),
  'audit.verification_requested': admin('execute', 'low', 'A verification of the audit log was requested.'),
  'audit.verification_failed': admin('execute', 'critical', 'The verification of the audit log found a fault.'),
  'audit.sealing_stopped': admin(
    'execute',
    'critical',
    'Sealing of the audit log has stopped, because part of its history was lost.',
  ),
  'audit.sealing_resumed': admin('execute', 'high', 'The audit log is sealed again.'),
  'audit.origin_began': admin('create', 'critical', 'The audit log continues under a new origin.'),
} satisfies Record<string, AuditEventKind>;
