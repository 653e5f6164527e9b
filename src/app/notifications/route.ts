/** Routes a message that is due: chooses its channels, and makes a delivery for each. */
import type { Change, Decision } from '../../../domain/changes.ts';
import { abandoned, judge, skipped } from '../../../domain/notifications/delivery.ts';
import { routed, waysTo } from '../../../domain/notifications/routing.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { GivenUpJob } from '../../../domain/shared/database.ts';
import { isUuid, type NotificationId } from '../../../domain/shared/ids.ts';
import { commit } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import type { JobOutcome } from './outcome.ts';

const DONE: JobOutcome = { kind: 'done' };

export async function routeNotification(deps: Deps, context: Context, id: string): Promise<JobOutcome> {
  if (!isUuid(id)) return DONE;
  const [notification] = await deps.database.load(deps.loads.notifications.notification(id as NotificationId));
  if (notification === undefined) return DONE;
  const verdict = judge(notification, context.now);
  if (verdict.kind === 'done') return DONE;
  const ids = waysTo(notification.receiver).map(() => newId<'delivery'>(deps, context.now));
  // If the commit is stale, another worker has routed it.
  await commit(
    deps,
    context,
    verdict.kind === 'skip' ? skipped(notification, verdict.why, context.now) : routed(notification, ids, context.now),
  );
  return DONE;
}

/**
 * After too many failed jobs: gives up the message and its job, and destroys the message's own key. Nothing is decrypted,
 * because decryption may be what fails.
 */
export async function abandonNotification(deps: Deps, context: Context, id: string, job: GivenUpJob): Promise<void> {
  const [unsent] = isUuid(id) ? await deps.database.load(deps.loads.notifications.unsent(id as NotificationId)) : [];
  const decision: Decision<Change, void> =
    unsent === undefined
      ? decided({ value: undefined, changes: [], audit: [] })
      : abandoned(unsent, job.error, context.now);
  // If the commit is stale, another attempt has begun and records the outcome.
  await commit(deps, context, decision, { givenUp: job });
}
