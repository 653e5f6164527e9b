import type { DecisionOf } from '../shared/changes.ts';
import type { NotificationEvent } from './audit-events.ts';
import type { MessageDraft } from './messages.ts';

/** A decision with the events of this context alone. It requests no message. */
export type Decision<C, T> = DecisionOf<C, T, NotificationEvent, never>;

/** A decision with messages of the clinic besides. */
export type AlertDecision<C, T> = DecisionOf<C, T, NotificationEvent, MessageDraft>;
