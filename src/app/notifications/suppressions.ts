/** Addresses that get nothing more: read and lifted by administrators, who are told of new ones once a day. */
import type { SuppressedChannel, Suppression, SuppressionId } from '../../../domain/notifications/suppression.ts';
import { lift, tellAdministrators } from '../../../domain/notifications/suppressions.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { recordEvent } from '../audit.ts';
import { commit, execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';

/** A page, the newest first. The read is recorded in the stream of each person on it. */
export function readSuppressions(
  deps: Deps,
  context: Context,
  query: {
    readonly channel: SuppressedChannel | null;
    readonly userId: UserId | null;
    readonly after: SuppressionId | null;
    readonly limit: number;
  },
): Promise<readonly Suppression[]> {
  const entries = Array.from({ length: query.limit + 1 }, () =>
    recordEvent(deps, context, { type: 'suppression.read', stream: 'system', outcome: 'success' }),
  );
  return deps.database.loadRecorded(deps.loads.notifications.suppressionsRead(query), entries);
}

export function liftSuppression(deps: Deps, context: Context, id: SuppressionId) {
  return execute(deps, context, { loads: [deps.loads.notifications.suppression(id)], decide: lift });
}

/** Tells administrators how many addresses were suppressed since they were told last. */
export async function tellSuppressed(deps: Deps, context: Context): Promise<void> {
  const [untold] = await deps.database.load(deps.loads.notifications.untoldSuppressions());
  if (untold === undefined || untold.ids.length === 0) return;
  const [administrators] = await deps.database.load(deps.loads.audit.administrators());
  const decision = tellAdministrators(untold, administrators, context.now);
  // If the commit is stale, another process has told them.
  if (decision !== undefined) await commit(deps, context, decision);
}
