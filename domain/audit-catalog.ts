/** Every type of event that the audit log records: the tables of all contexts, united. */
import { AUDIT_LOG_EVENTS } from './audit/audit-events.ts';
import { actInWords, actorInWords, type EventInBrief } from './audit/own-history.ts';
import { FILE_EVENTS } from './files/audit-events.ts';
import { IDENTITY_EVENTS } from './identity/audit-events.ts';
import { MFA_EVENTS } from './mfa/audit-events.ts';
import { NOTIFICATION_EVENTS } from './notifications/audit-events.ts';
import { PRIVACY_EVENTS } from './privacy/audit-events.ts';
import { PROTECTION_AUDIT_EVENTS } from './protection/audit-events.ts';
import { SCHEDULING_EVENTS } from './scheduling/audit-events.ts';
import type { AuditDraftOf, AuditEventKind } from './shared/audit-event-kind.ts';
import type { UserId } from './shared/ids.ts';
import { WEBHOOK_AUDIT_EVENTS } from './webhooks/audit-events.ts';

const CATALOG = {
  ...IDENTITY_EVENTS,
  ...MFA_EVENTS,
  ...SCHEDULING_EVENTS,
  ...NOTIFICATION_EVENTS,
  ...AUDIT_LOG_EVENTS,
  ...PRIVACY_EVENTS,
  ...WEBHOOK_AUDIT_EVENTS,
  ...PROTECTION_AUDIT_EVENTS,
  ...FILE_EVENTS,
} satisfies Record<string, AuditEventKind>;

export type AuditEventType = keyof typeof CATALOG;
export type AuditDraft = AuditDraftOf<AuditEventType>;

export const AUDIT_CATALOG: Readonly<Record<AuditEventType, AuditEventKind>> = CATALOG;
export const AUDIT_EVENT_TYPES = Object.keys(CATALOG) as readonly AuditEventType[];

export function isAuditEventType(text: string): text is AuditEventType {
  return Object.hasOwn(CATALOG, text);
}

/** One sentence for the person concerned. An event type of a later version is named, because its text is not known here. */
export function eventInWords(event: EventInBrief, reader: UserId): string {
  const { type, outcome } = event.content;
  const actor = actorInWords(event, reader);
  const text = isAuditEventType(type) ? AUDIT_CATALOG[type].text : `${type} was recorded, by {actor}.`;
  const sentence = event.patient ? actInWords(text, event.patient) : text.replaceAll('{actor}', actor);
  const isRefusal = /refused|failed|wrong|not possible|not be delivered|given up/.test(sentence);
  return outcome === 'failure' && !isRefusal ? `${sentence.slice(0, -1)}; it was not carried out.` : sentence;
}
