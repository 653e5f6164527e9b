/** Deliveries that were given up: read, and sent again. */
import type { SendingChannel } from '../../../domain/notifications/categories.ts';
import { again, redrive } from '../../../domain/notifications/dead-letters.ts';
import type { DeadLetter, DeadLetterFilter } from '../../../domain/notifications/lists.ts';
import type { DeliveryId } from '../../../domain/notifications/states.ts';
import { ok } from '../../../domain/shared/result.ts';
import { recordEvent } from '../audit.ts';
import { execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';

/** A page of those that were given up, the newest first. The read is recorded in the stream of each receiver on it. */
export function readDeadLetters(
  deps: Deps,
  context: Context,
  query: { readonly channel: SendingChannel | null; readonly after: DeliveryId | null; readonly limit: number },
): Promise<readonly DeadLetter[]> {
  const entries = Array.from({ length: query.limit + 1 }, () =>
    recordEvent(deps, context, { type: 'notification.delivery_read', stream: 'system', outcome: 'success' }),
  );
  return deps.database.loadRecorded(deps.loads.notifications.deadLettersRead(query), entries);
}

/** Sends one again. Of two requests at once, one is refused, since it is not dead any more. */
export function redriveOne(deps: Deps, context: Context, id: DeliveryId, evenTwice: boolean) {
  return execute(deps, context, {
    loads: [deps.loads.notifications.deadLetter(id)],
    decide: (letter) => redrive(letter, evenTwice, context.now),
  });
}

/** How many one request sends again. */
const AT_ONCE = 100;

export interface Redriven {
  readonly redriven: number;
  /** Whether there are more. */
  readonly hasMore: boolean;
}

/** Sends again, the oldest first, what can be sent again without arriving twice. */
export function redriveMany(deps: Deps, context: Context, filter: DeadLetterFilter) {
  return execute(deps, context, {
    loads: [deps.loads.notifications.redrivable(filter, AT_ONCE + 1)],
    decide: (letters) => {
      const some = letters.slice(0, AT_ONCE);
      const value: Redriven = { redriven: some.length, hasMore: letters.length > some.length };
      return ok({ ...again(some, context.now), value });
    },
  });
}
