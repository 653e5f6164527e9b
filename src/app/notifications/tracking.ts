/** Records what providers tell of deliveries. */
import type { MessageNotice } from '../../../domain/notifications/provider-notices.ts';
import { isOfInterest, track } from '../../../domain/notifications/tracking.ts';
import { isUuid } from '../../../domain/shared/ids.ts';
import { ok, type Result } from '../../../domain/shared/result.ts';
import { type Contended, execute } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';

/** Notices of one transaction: providers send up to some thousand at once. */
const AT_ONCE = 100;
/** The same notices may come several times at once: whoever is second finds them handled. */
const DECISIONS = 10;

/**
 * Has the same effect however often and in whatever order the notices come. What was recorded before a refusal stays, and is
 * found handled when the provider calls again.
 */
export async function trackDeliveries(
  deps: Deps,
  context: Context,
  provider: string,
  notices: readonly MessageNotice[],
): Promise<Result<void, Contended>> {
  const told = notices.filter((notice) => isOfInterest(notice) && isUuid(notice.messageId ?? ''));
  for (let from = 0; from < told.length; from += AT_ONCE) {
    const some = told.slice(from, from + AT_ONCE);
    const result = await execute(deps, context, {
      loads: [
        deps.loads.notifications.tracked([...new Set(some.map(({ messageId }) => messageId ?? ''))]),
        deps.loads.notifications.handled(provider, [...new Set(some.map(({ eventId }) => eventId))]),
      ],
      decide: (deliveries, handled) =>
        ok(track(provider, deliveries, new Set(handled), some, () => newId(deps, context.now), context.now)),
      decisions: DECISIONS,
    });
    if (!result.ok) return result;
  }
  return ok(undefined);
}
