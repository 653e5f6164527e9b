/** Jobs of the waitlist, started by the outbox: offering freed time, and closing offers that were not answered. */
import type { Decision, StoredSchedulingChange } from '../../../domain/changes.ts';
import type { WaitlistMatchState } from '../../../domain/scheduling/ports.ts';
import { tidy } from '../../../domain/scheduling/tidying.ts';
import { expireOffer } from '../../../domain/scheduling/waitlist.ts';
import { offerFreedTime } from '../../../domain/scheduling/waitlist-matching.ts';
import { decided } from '../../../domain/shared/changes.ts';
import { isId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { ok, type Result } from '../../../domain/shared/result.ts';
import { commit, execute } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { offerAudit } from './audit-events.ts';
import { EXPIRE_OFFER, matchJob } from './freed-time-jobs.ts';
import { offerMessage } from './messages.ts';
import { timeConflict } from './time-conflict.ts';

type Payload = Readonly<Record<string, string>>;

/** How many offers one job makes at most. It starts another job when it made that many. */
const OFFERS_AT_ONCE = 10;

/** How long a job waits after a conflict before it is tried again. */
const RETRY_MILLISECONDS = 1000;

/** Another command took the same time first. */
type Gone = { readonly code: 'slot_taken' };

/** @returns when to try again; `undefined` when it is done */
export async function matchWaitlist(deps: Deps, context: Context, payload: Payload): Promise<number | undefined> {
  const { doctorId = '' } = payload;
  const { now } = context;
  const start = Math.max(Number(payload.start), now);
  const end = Number(payload.end);
  if (!isId<'user'>(doctorId) || !(start < end)) return undefined;
  const freed = { doctorId, start, end };
  const outcome = await execute(deps, context, {
    loads: [deps.loads.waitlist.matchState({ ...freed, now })],
    decide: (state): Result<Decision<StoredSchedulingChange, void>, Gone> =>
      ok(state === undefined ? NO_CHANGE : offersDecision(deps, context, freed, state)),
    reloadOnConflict: true,
    onConflict: (code): Gone => {
      timeConflict(code);
      return { code: 'slot_taken' };
    },
  });
  // The second conflict in a row: many commands want this time now, so look again when they are done.
  return outcome.ok ? undefined : now + RETRY_MILLISECONDS;
}

const NO_CHANGE: Decision<StoredSchedulingChange, void> = decided({ value: undefined, changes: [], audit: [] });

function offersDecision(
  deps: Deps,
  context: Context,
  freed: Parameters<typeof matchJob>[0],
  state: WaitlistMatchState,
): Decision<StoredSchedulingChange, void> {
  const { now } = context;
  const ids = Array.from({ length: OFFERS_AT_ONCE }, () => ({
    offerId: newId<'waitlist_offer'>(deps, now),
    holdId: newId<'hold'>(deps, now),
  }));
  const changes = offerFreedTime(state, { now, policy: deps.settings.scheduling, ids });
  const offers = changes.flatMap((change) => (change.type === 'waitlist.offer_made' ? [change.offer] : []));
  return decided({
    value: undefined,
    changes,
    audit: offers.map((offer) => offerAudit('waitlist.offered', offer, { doctorId: offer.doctorId })),
    messages: offers.map((offer) =>
      offerMessage(
        { id: offer.patientId, dataKey: state.keys.get(offer.patientId) as DataKey },
        offer,
        state.availability.timezone,
        state.doctorName,
      ),
    ),
    jobs: [
      ...offers.map(({ id, expiresAt }) => ({ topic: EXPIRE_OFFER, payload: { offerId: id }, notBefore: expiresAt })),
      ...(offers.length === OFFERS_AT_ONCE ? [matchJob(freed)] : []),
    ],
  });
}

/** Closes an offer that was not answered in time. Its entry waits again, and the time is offered to the next entry. */
export async function expireWaitlistOffer(deps: Deps, context: Context, payload: Payload): Promise<number | undefined> {
  const { offerId = '' } = payload;
  if (!isId<'waitlist_offer'>(offerId)) return undefined;
  const { now } = context;
  const outcome = await execute(deps, context, {
    loads: [deps.loads.waitlist.offer(offerId)],
    decide: (record): Result<Decision<StoredSchedulingChange, void>, never> => {
      if (record === undefined) return ok(NO_CHANGE);
      const { offer, entry } = record;
      const changes = expireOffer(offer, entry, now);
      if (changes.length === 0) return ok(NO_CHANGE);
      const audit = [offerAudit('waitlist.offer_expired', offer)];
      return ok(decided({ value: undefined, changes, audit, jobs: [matchJob(offer)] }));
    },
  });
  return outcome.ok ? undefined : now + RETRY_MILLISECONDS;
}

/** Deletes long expired holds and ends entries whose dates are past. Nothing depends on it: decisions ignore both. */
export async function tidyScheduling(deps: Deps, context: Context): Promise<void> {
  await commit(deps, context, decided({ value: undefined, changes: [tidy(context.now)], audit: [] }));
}
