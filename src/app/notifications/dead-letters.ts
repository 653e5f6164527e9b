/** Deliveries that were given up and messages that no channel has taken: read, and sent again. */
import { again, redrive, sendable } from '../../../domain/notifications/dead-letters.ts';
import type { DeadLetter, DeadLetterFilter } from '../../../domain/notifications/lists.ts';
import type { NotificationId } from '../../../domain/shared/ids.ts';
import { ok } from '../../../domain/shared/result.ts';
import { recordEvent } from '../audit.ts';
import { execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';

/** A page of them, the newest first. The read is recorded in the stream of each receiver on it. */
export function readDeadLetters(
  deps: Deps,
  context: Context,
  query: {
    readonly channel: DeadLetterFilter['channel'];
    readonly after: DeadLetter['id'] | null;
    readonly limit: number;
  },
): Promise<readonly DeadLetter[]> {
  const entries = Array.from({ length: query.limit + 1 }, () =>
    recordEvent(deps, context, { type: 'notification.delivery_read', stream: 'system', outcome: 'success' }),
  );
  return deps.database.loadRecorded(deps.loads.notifications.deadLettersRead(query), entries);
}

/** Sends one again. Of two requests at once, one is refused, since it is not dead any more. */
export function redriveOne(deps: Deps, context: Context, id: DeadLetter['id'], evenTwice: boolean) {
  const { deadLetter, notification } = deps.loads.notifications;
  return execute(deps, context, {
    loads: [deadLetter(id), notification(id as NotificationId)],
    decide: (letter, message) => redrive(letter, evenTwice, context.now, message),
  });
}

/** How many one request looks at. */
const AT_ONCE = 100;

export interface Redriven {
  readonly redriven: number;
  /** The last one that was looked at, if there are more: what stays behind must not be looked at again. */
  readonly next: DeadLetter['id'] | null;
}

/** Sends again, the oldest first, what can be sent again without arriving twice and has a channel. */
export function redriveMany(deps: Deps, context: Context, filter: DeadLetterFilter) {
  const { redrivable, redrivableMessages } = deps.loads.notifications;
  return execute(deps, context, {
    loads: [redrivable(filter, AT_ONCE + 1), redrivableMessages(filter, AT_ONCE + 1)],
    decide: (letters, messages) => {
      const some = letters.slice(0, AT_ONCE);
      const chosen = sendable(some, messages);
      const next = letters.length > some.length ? (some.at(-1)?.id ?? null) : null;
      const value: Redriven = { redriven: chosen.length, next };
      return ok({ ...again(chosen, context.now), value });
    },
  });
}
