import type { AuditDraftOf } from '../shared/audit-event-kind.ts';
import type { DecisionOf } from '../shared/changes.ts';
import type { SCHEDULING_EVENTS } from './audit-events.ts';
import type { MessageDraft } from './messages.ts';

type SchedulingEvent = keyof typeof SCHEDULING_EVENTS;
export type AuditDraft = AuditDraftOf<SchedulingEvent>;

/** A decision with the events and messages of this context alone. */
export type Decision<C, T> = DecisionOf<C, T, SchedulingEvent, MessageDraft>;
