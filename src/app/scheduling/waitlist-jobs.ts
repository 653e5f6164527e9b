/** Jobs of the waitlist, started by the outbox: offering time that has become bookable, and closing offers that were not answered. */
import type { Decision, StoredSchedulingChange } from '../../../domain/changes.ts';
import { openTimes, pageOf } from '../../../domain/scheduling/bookable-times.ts';
import { tidy } from '../../../domain/scheduling/tidying.ts';
import { expireOffer } from '../../../domain/scheduling/waitlist.ts';
import { type MatchContext, offerTimes } from '../../../domain/scheduling/waitlist-matching.ts';
import type { MatchCandidate, MatchTimes } from '../../../domain/scheduling/waitlist-ports.ts';
import { decided, type JobDraft } from '../../../domain/shared/changes.ts';
import { isId } from '../../../domain/shared/ids.ts';
import { ok, type Result } from '../../../domain/shared/result.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { commit, execute } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { policyOf } from './actors.ts';
import { offerAudit } from './audit-events.ts';
import { continuedMatch, EXPIRE_OFFER, MATCH_DEFERRED, matchJob, readMatch } from './freed-time-jobs.ts';
import { timeConflict } from './time-conflict.ts';
import { offerMessages } from './waitlist-messages.ts';

type Payload = Readonly<Record<string, string>>;

/** How many offers one job makes at most. It starts another job when it made that many. */
const OFFERS_AT_ONCE = 10;

/** How many entries that fit one job considers at most, in turn. Another job considers those that come after them. */
const CANDIDATES = 200;

/** How many deferred times one job matches again at most. */
const DEFERRED_AT_ONCE = 100;

/** How long a job waits after a conflict before it is tried again. */
const RETRY_MILLISECONDS = 1000;

/** Another command took the same time first. */
type Gone = { readonly code: 'slot_taken' };

/**
 * Offers a page of the time to some of the entries that it fits, and starts a job for the rest, in the same batch.
 * @returns when to try again; `undefined` when it is done
 */
export async function matchWaitlist(deps: Deps, context: Context, payload: Payload): Promise<number | undefined> {
  const { now } = context;
  const match = readMatch(payload, now);
  if (match === undefined || match.opened.end <= now) return undefined;
  const { place } = match;
  const { doctorId, openedAt } = match.opened;
  const opened = { ...match.opened, start: Math.max(match.opened.start, now) };
  const page = pageOf(opened, place.from, place.until);
  const doctorTimes = deps.loads.waitlist.doctorTimes({
    doctorId,
    start: page.from ?? opened.start,
    end: page.until,
    now,
  });
  const [state] = await deps.database.load(doctorTimes);
  if (state === undefined || state.types.size === 0) return undefined;
  const { times, next } = openTimes(state, page, now);
  const goesOn = next === null ? [] : [continuedMatch(opened, { from: next, until: null, after: null })];
  if (times.length === 0) return goOn(deps, context, goesOn);
  const until = next ?? page.until;
  const { timezone } = state.availability;
  const query = { doctorId, times, timezone, after: place.after, openedAt, now, limit: CANDIDATES };
  const { waitlist } = deps.loads;
  const outcome = await execute(deps, context, {
    loads: [doctorTimes, waitlist.candidates(query), waitlist.blockingOffers(query)],
    decide: (current, candidates, behind): Result<Decision<StoredSchedulingChange, void>, Gone> => {
      if (current === undefined) return ok(NO_CHANGE);
      const { times: stillOpen } = openTimes(current, { ...page, until }, now);
      const matched = offerTimes(current, stillOpen, candidates, CANDIDATES, offerContext(deps, current, now));
      const rest = matched.after && continuedMatch(opened, { from: place.from, until, after: matched.after });
      const time = { doctorId, start: place.from ?? opened.start, end: until, openedAt };
      const deferred = behind.length === 0 ? [] : [{ type: 'waitlist.time_deferred', time, behind } as const];
      const changes = [...matched.changes, ...deferred];
      return ok(offersDecision(changes, current, candidates, rest === null ? goesOn : [rest]));
    },
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

async function goOn(deps: Deps, context: Context, jobs: readonly JobDraft[]): Promise<undefined> {
  if (jobs.length > 0) await commit(deps, context, { ...NO_CHANGE, jobs });
}

function offerContext(deps: Deps, { limits }: MatchTimes, now: Instant): MatchContext {
  const ids = Array.from({ length: OFFERS_AT_ONCE }, () => ({
    offerId: newId<'waitlist_offer'>(deps, now),
    holdId: newId<'hold'>(deps, now),
  }));
  return { now, policy: policyOf(deps, limits), ids };
}

function offersDecision(
  changes: readonly StoredSchedulingChange[],
  state: MatchTimes,
  candidates: readonly MatchCandidate[],
  jobs: readonly JobDraft[],
): Decision<StoredSchedulingChange, void> {
  const waiting = new Map(candidates.map((candidate) => [candidate.entry.patientId, candidate]));
  const offers = changes.flatMap((change) => (change.type === 'waitlist.offer_made' ? [change.offer] : []));
  return decided({
    value: undefined,
    changes,
    audit: offers.map((offer) => offerAudit('waitlist.offered', offer, { doctorId: offer.doctorId })),
    messages: offers.flatMap((offer) => {
      const receivers = waiting.get(offer.patientId) as MatchCandidate;
      return offerMessages(receivers, offer, state.availability.timezone, state.doctorName);
    }),
    jobs: [
      ...offers.map(({ id, expiresAt }) => ({ topic: EXPIRE_OFFER, payload: { offerId: id }, notBefore: expiresAt })),
      ...jobs,
    ],
  });
}

/** Matches again what was deferred behind an offer that is answered now. */
export async function matchDeferred(deps: Deps, context: Context, payload: Payload): Promise<number | undefined> {
  const { offerId = '' } = payload;
  if (!isId<'waitlist_offer'>(offerId)) return undefined;
  const outcome = await execute(deps, context, {
    loads: [deps.loads.waitlist.deferredTimes(offerId, DEFERRED_AT_ONCE)],
    decide: (times): Result<Decision<StoredSchedulingChange, void>, never> => {
      const upTo = times.at(-1);
      if (upTo === undefined) return ok(NO_CHANGE);
      const again = times.length < DEFERRED_AT_ONCE ? [] : [{ topic: MATCH_DEFERRED, payload: { offerId } }];
      return ok({
        ...decided({
          value: undefined,
          changes: [{ type: 'waitlist.deferred_matched', offerId, upTo } as const],
          audit: [],
        }),
        jobs: [...times.map((time) => matchJob(time)), ...again],
      });
    },
  });
  return outcome.ok ? undefined : context.now + RETRY_MILLISECONDS;
}

/** Closes an offer that was not answered in time. Its entry waits again, and the time is offered to the next entry. */
export async function expireWaitlistOffer(deps: Deps, context: Context, payload: Payload): Promise<number | undefined> {
  const { offerId = '' } = payload;
  if (!isId<'waitlist_offer'>(offerId)) return undefined;
  const { now } = context;
  const outcome = await execute(deps, context, {
    loads: [deps.loads.waitlist.offer(offerId, null)],
    decide: (record): Result<Decision<StoredSchedulingChange, void>, never> => {
      if (record === undefined) return ok(NO_CHANGE);
      const { offer, entry } = record;
      const changes = expireOffer(offer, entry, now);
      if (changes.length === 0) return ok(NO_CHANGE);
      const audit = [offerAudit('waitlist.offer_expired', offer)];
      const freed = matchJob({ ...offer, ...record.hold?.busy, openedAt: offer.expiresAt });
      return ok(decided({ value: undefined, changes, audit, jobs: [freed] }));
    },
  });
  return outcome.ok ? undefined : now + RETRY_MILLISECONDS;
}

/** Deletes long expired holds and ends entries whose dates are past. Nothing depends on it: decisions ignore both. */
export async function tidyScheduling(deps: Deps, context: Context): Promise<void> {
  await commit(deps, context, decided({ value: undefined, changes: [tidy(context.now)], audit: [] }));
}
