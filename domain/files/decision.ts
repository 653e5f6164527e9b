import type { DecisionOf } from '../shared/changes.ts';
import type { FileEvent } from './audit-events.ts';
import type { MessageDraft } from './messages.ts';

/** A decision with the events and messages of this context alone. */
export type Decision<C, T> = DecisionOf<C, T, FileEvent, MessageDraft>;
