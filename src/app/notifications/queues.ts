/** The queues, for administrators. */
import type { Queues } from '../../../domain/notifications/queues.ts';
import { recordEvent } from '../audit.ts';
import type { Context, Deps } from '../context.ts';

/** The read is recorded in the portal's own stream. */
export function readQueues(deps: Deps, context: Context): Promise<Queues> {
  const entry = recordEvent(deps, context, { type: 'queues.read', stream: 'system', outcome: 'success' });
  return deps.database.loadRecorded(deps.loads.notifications.queuesRead(context.now, deps.settings.rates), [entry]);
}
