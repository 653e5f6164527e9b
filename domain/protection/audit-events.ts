/** Events of the protection against abuse. */
import { type AuditDraftOf, type AuditEventKind, admin } from '../shared/audit-event-kind.ts';

export const PROTECTION_AUDIT_EVENTS = {
  'address.blocked': admin('create', 'high', 'A network address was blocked by {actor}.'),
  'address.unblocked': admin('delete', 'medium', 'The block of a network address was lifted by {actor}.'),
  'cache.emptied': admin('delete', 'medium', 'The cache was emptied by {actor}.'),
  'security.finding_raised': admin('create', 'high', 'Something unusual was noticed by {actor}.'),
  'security.finding_closed': admin('update', 'medium', 'What was noticed as unusual was settled by {actor}.'),
  'trusted_addresses.changed': admin('update', 'high', 'The networks that the clinic trusts were changed by {actor}.'),
} satisfies Record<string, AuditEventKind>;

export type ProtectionAuditEvent = keyof typeof PROTECTION_AUDIT_EVENTS;
export type AuditDraft = AuditDraftOf<ProtectionAuditEvent>;
