/** How many messages of a channel leave in a day of the clinic. */
import type { Change, Decision } from '../../../domain/changes.ts';
import type { SendingChannel } from '../../../domain/notifications/categories.ts';
import { atDailyCap, capDayOf, tellCaps, untoldCaps } from '../../../domain/notifications/daily-cap.ts';
import type { StoredDelivery } from '../../../domain/notifications/ports.ts';
import type { Clinic } from '../../../domain/scheduling/clinic-settings.ts';
import type { Spending } from '../../../domain/shared/outbox.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { commit } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';

export function spendingOf({ timezone, dailyCaps }: Clinic, channel: SendingChannel, now: Instant): Spending {
  return { channel, date: capDayOf(timezone, now).date, cap: dailyCaps[channel] };
}

/** What becomes of a delivery that its channel has no room for today. */
export function overCap(
  deps: Deps,
  { now }: Context,
  { timezone }: Clinic,
  delivery: StoredDelivery,
): Decision<Change, void> {
  return atDailyCap(delivery, capDayOf(timezone, now), newId<'outbox'>(deps, now), now);
}

/** Tells administrators when the cap is nearly or wholly used. Called each minute, by several processes: one of them tells. */
export async function tellDailyCaps(deps: Deps, context: Context): Promise<void> {
  const { notifications, scheduling, audit } = deps.loads;
  const [days, { dailyCaps, timezone }] = await deps.database.load(
    notifications.sendingDays(context.now),
    scheduling.clinic(),
  );
  const untold = untoldCaps(dailyCaps, timezone, days, context.now);
  if (untold.length === 0) return;
  const [administrators] = await deps.database.load(audit.administrators());
  // If the commit is stale, another process has told them.
  await commit(deps, context, tellCaps(untold, administrators, context.now));
}
