import type { DecisionOf } from '../shared/changes.ts';
import type { ProtectionAuditEvent } from './audit-events.ts';

/** A decision with the events of this context alone, which sends no messages. */
export type Decision<C, T> = DecisionOf<C, T, ProtectionAuditEvent, never>;
