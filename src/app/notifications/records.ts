/** The clinic's messages, for administrators. */
import type { MessageQuery, MessageRecord } from '../../../domain/notifications/lists.ts';
import { recordEvent } from '../audit.ts';
import type { Context, Deps } from '../context.ts';

/** A page of messages, the newest first. The read is recorded in the stream of each person on it. */
export function readMessages(deps: Deps, context: Context, query: MessageQuery): Promise<readonly MessageRecord[]> {
  const entries = Array.from({ length: query.limit + 1 }, () =>
    recordEvent(deps, context, { type: 'notification.delivery_read', stream: 'system', outcome: 'success' }),
  );
  return deps.database.loadRecorded(deps.loads.notifications.messagesRead(query, context.now), entries);
}
