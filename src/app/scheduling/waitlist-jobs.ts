/** What the outbox starts for the waitlist: offering freed time, and passing on what nobody took up. */
import type { StoredSchedulingChange } from '../../../domain/changes.ts';
import type { WaitlistOfferId } from '../../../domain/scheduling/ids.ts';
import { expireOffer } from '../../../domain/scheduling/waitlist.ts';
import { offerFreedTime } from '../../../domain/scheduling/waitlist-matching.ts';
import { type Decision, decided } from '../../../domain/shared/changes.ts';
import { type HoldId, isUuid, type UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { ok, type Result } from '../../../domain/shared/result.ts';
import { addDays } from '../../../domain/shared/time.ts';
import { localDateAt, type ZoneId } from '../../../domain/shared/zone.ts';
import { commit, execute } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { EXPIRE_OFFER, matchJob, timeConflict } from './acting.ts';
import { offerMessage } from './messages.ts';

type Payload = Readonly<Record<string, string>>;

/** Offers that one job makes at most. More freed time than that is another job's. */
const OFFERS_AT_ONCE = 10;

/** Somebody else was faster with the very same time: whoever that was, the time is gone. */
type Gone = { readonly code: 'slot_taken' };

/** @returns when to try again; `undefined` when it is done */
export async function matchWaitlist(deps: Deps, context: Context, payload: Payload): Promise<number | undefined> {
  const { doctorId = '' } = payload;
  const { now } = context;
  const start = Math.max(Number(payload.start), now);
  const end = Number(payload.end);
  if (!isUuid(doctorId) || !(start < end)) return undefined;
  const freed = { doctorId: doctorId as UserId, start, end };
  const outcome = await execute(deps, context, {
    loads: [deps.loads.waitlist.matchState({ ...freed, now })],
    decide: (state): Result<Decision<StoredSchedulingChange, void>, Gone> => {
      if (state === undefined) return ok(decided({ value: undefined, changes: [], audit: [] }));
      const ids = Array.from({ length: OFFERS_AT_ONCE }, () => ({
        offerId: newId<'waitlist_offer'>(deps, now),
        holdId: newId<'hold'>(deps, now) as HoldId,
      }));
      const changes = offerFreedTime(state, { now, policy: deps.settings.scheduling, ids });
      const offers = changes.flatMap((change) => (change.type === 'waitlist.offer_made' ? [change.offer] : []));
      return ok(
        decided({
          value: undefined,
          changes,
          audit: offers.map((offer) => ({
            type: 'waitlist.offered',
            stream: offer.patientId,
            outcome: 'success',
            resource: { type: 'waitlist_offer', id: offer.id },
            details: { doctorId: offer.doctorId },
          })),
          messages: offers.map((offer) =>
            offerMessage(
              { id: offer.patientId, dataKey: state.keys.get(offer.patientId) as DataKey },
              offer,
              state.availability.timezone,
              state.doctorName,
            ),
          ),
          jobs: [
            ...offers.map((offer) => ({
              topic: EXPIRE_OFFER,
              payload: { offerId: offer.id },
              notBefore: offer.expiresAt,
            })),
            ...(offers.length === OFFERS_AT_ONCE ? [matchJob(freed)] : []),
          ],
        }),
      );
    },
    reloadOnConflict: true,
    onConflict: (code): Gone => {
      timeConflict(code);
      return { code: 'slot_taken' };
    },
  });
  // Two conflicts in a row, or a version that would not stand still: the time is busy now, so look again a little later.
  return outcome.ok ? undefined : now + 1000;
}

/** Closes an offer whose time is up. Its entry waits on, and the time goes to the next one. */
export async function expireTheOffer(deps: Deps, context: Context, payload: Payload): Promise<number | undefined> {
  const { offerId = '' } = payload;
  if (!isUuid(offerId)) return undefined;
  const { now } = context;
  const outcome = await execute(deps, context, {
    loads: [deps.loads.waitlist.offer(offerId as WaitlistOfferId)],
    decide: (record): Result<Decision<StoredSchedulingChange, void>, never> => {
      if (record === undefined) return ok(decided({ value: undefined, changes: [], audit: [] }));
      const { offer, entry } = record;
      const changes = expireOffer(offer, entry, now);
      if (changes.length === 0) return ok(decided({ value: undefined, changes: [], audit: [] }));
      return ok(
        decided({
          value: undefined,
          changes,
          audit: [
            {
              type: 'waitlist.offer_expired',
              stream: offer.patientId,
              outcome: 'success',
              resource: { type: 'waitlist_offer', id: offer.id },
            },
          ],
          jobs: [matchJob(offer)],
        }),
      );
    },
  });
  return outcome.ok ? undefined : now + 1000;
}

const DAY_MS = 86_400_000;

/** Removes holds that are long over and ends entries whose dates are past. Correctness needs none of it. */
export async function tidyScheduling(deps: Deps, context: Context): Promise<void> {
  const { now } = context;
  const entriesBefore = addDays(localDateAt('UTC' as ZoneId, now), -1);
  await commit(
    deps,
    context,
    decided({
      value: undefined,
      changes: [{ type: 'scheduling.tidied', holdsBefore: now - DAY_MS, entriesBefore, at: now }],
      audit: [],
    }),
  );
}
