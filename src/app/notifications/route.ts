/** Routes a message that is due: chooses its channels, and makes a delivery for each. */
import type { Change, Decision } from '../../../domain/changes.ts';
import { abandoned, judge, skipped } from '../../../domain/notifications/delivery.ts';
import type { StoredNotification } from '../../../domain/notifications/ports.ts';
import { routed, waysTo } from '../../../domain/notifications/routing.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { GivenUpJob } from '../../../domain/shared/database.ts';
import { isUuid, type NotificationId } from '../../../domain/shared/ids.ts';
import type { ClaimedJob } from '../../../domain/shared/outbox.ts';
import { commit } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { type BatchWorker, done, NOTHING, note, type Outcome } from './batch.ts';
import type { JobOutcome } from './outcome.ts';

const DONE: JobOutcome = { kind: 'done' };

export async function routeNotification(deps: Deps, context: Context, id: string): Promise<JobOutcome> {
  if (!isUuid(id)) return DONE;
  const [notification] = await deps.database.load(deps.loads.notifications.notification(id as NotificationId));
  if (notification === undefined) return DONE;
  // If the commit is stale, another worker has routed it.
  await commit(deps, context, routing(deps, context, notification));
  return DONE;
}

/** Routes many in three round trips, with that of their claim. */
export async function routeMany(
  deps: Deps,
  context: Context,
  jobs: readonly ClaimedJob[],
  worker: BatchWorker,
): Promise<void> {
  const ids = jobs.map(({ payload }) => payload.notificationId ?? '').filter(isUuid);
  const [found] = await deps.database.load(deps.loads.notifications.notificationsOf(ids));
  const byId = new Map<string, StoredNotification>(found.map((notification) => [notification.id, notification]));
  const outcomes: Outcome[] = [];
  for (const job of jobs) {
    const notification = byId.get(job.payload.notificationId ?? '');
    const decision = notification === undefined ? NOTHING : routing(deps, context, notification);
    outcomes.push(done(job, decision));
  }
  await note(deps, context, outcomes, worker);
}

function routing(deps: Deps, context: Context, notification: StoredNotification): Decision<Change, void> {
  const verdict = judge(notification, context.now);
  if (verdict.kind === 'done') return NOTHING;
  if (verdict.kind === 'skip') return skipped(notification, verdict.why, context.now);
  const ids = waysTo(notification.receiver).map(() => newId<'delivery'>(deps, context.now));
  return routed(notification, ids, context.now);
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
