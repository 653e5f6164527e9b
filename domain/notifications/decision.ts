import type { DecisionOf } from '../shared/changes.ts';
import type { NotificationEvent } from './audit-events.ts';

/** A decision with the events of this context alone. It requests no message. */
export type Decision<C, T> = DecisionOf<C, T, NotificationEvent, never>;
