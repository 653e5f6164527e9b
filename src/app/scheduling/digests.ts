/** Daily digests for the clinic's people: begun once a day, and sent in portions. */
import type { Decision, StoredSchedulingChange } from '../../../domain/changes.ts';
import { beginDigests, tellDigests } from '../../../domain/scheduling/digest.ts';
import { type DigestDay, dueDigest, isOver } from '../../../domain/scheduling/digest-day.ts';
import { decided } from '../../../domain/shared/changes.ts';
import { ok, type Result } from '../../../domain/shared/result.ts';
import { type Instant, parseLocalDate } from '../../../domain/shared/time.ts';
import { parseZone } from '../../../domain/shared/zone.ts';
import { commit, execute } from '../command.ts';
import type { Context, Deps } from '../context.ts';

const RETRY_MILLISECONDS = 1000;

/** Called each minute. Several processes may call it: one of them begins the digests of a day. */
export async function beginDailyDigests(deps: Deps, context: Context): Promise<void> {
  const [state] = await deps.database.load(deps.loads.digests.state);
  const date = dueDigest(state, context.now);
  if (date === undefined) return;
  // A conflict: another process has begun them.
  await commit(deps, context, beginDigests({ date, timezone: state.timezone }, context.now));
}

/**
 * Tells the next portion, and starts the next job with it. A job that was repeated, or that runs beside another one, finds the
 * portion after it, or nothing to do.
 * @returns when to try again; `undefined` when it is done
 */
export async function continueDigests(
  deps: Deps,
  context: Context,
  payload: Readonly<Record<string, string>>,
): Promise<Instant | undefined> {
  const day = dayOf(payload);
  if (day === undefined || isOver(day, context.now)) return undefined;
  const outcome = await execute(deps, context, {
    loads: [deps.loads.digests.portion(day)],
    decide: (portion): Result<Decision<StoredSchedulingChange, void>, never> =>
      ok(
        portion === undefined
          ? decided({ value: undefined, changes: [], audit: [] })
          : tellDigests(portion, day, context.now),
      ),
  });
  return outcome.ok ? undefined : context.now + RETRY_MILLISECONDS;
}

function dayOf({ date: text = '', timezone: name = '' }: Readonly<Record<string, string>>): DigestDay | undefined {
  const date = parseLocalDate(text);
  const timezone = parseZone(name);
  return date === undefined || timezone === undefined ? undefined : { date, timezone };
}
