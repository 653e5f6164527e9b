/** Holding a time for a few minutes before it is booked. */
import type { Decision, StoredSchedulingChange } from '../../../domain/changes.ts';
import { type Hold, type HoldRefusal, placeHold, releaseHold } from '../../../domain/scheduling/hold.ts';
import type { SlotTaken, SlotUnavailable } from '../../../domain/scheduling/slot-reason.ts';
import { returnOffer } from '../../../domain/scheduling/waitlist.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { HoldId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { addDays, type Instant } from '../../../domain/shared/time.ts';
import { localDateAt, UTC } from '../../../domain/shared/zone.ts';
import { execute, executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { decisionContext, schedulingActor } from './actors.ts';
import { bookingAudit, offerAudit } from './audit-events.ts';
import {
  type AuthorisationRefusal,
  authoriseNewBooking,
  type BookingTarget,
  bookingLoads,
} from './booking-authorisation.ts';
import { deferredJob, matchJob } from './freed-time-jobs.ts';
import { GROUP_DECISIONS, timeConflict } from './time-conflict.ts';

/** How many days after the wanted time are searched for alternatives. */
const ALTERNATIVES_DAYS = 7;

export interface HoldInput extends BookingTarget {
  readonly start: Instant;
}

/** A hold with the key of the person it concerns: its patient, or its holder while no patient is named. */
interface Held {
  readonly hold: Hold;
  readonly personKey: DataKey;
}

export type PlaceRefusal = HoldRefusal | SlotTaken | SlotUnavailable | AuthorisationRefusal;

export function holdTime(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  input: HoldInput,
  represent: (hold: Hold) => Representation,
) {
  const { doctorId, start, patientId } = input;
  const date = localDateAt(UTC, start);
  const holdId = newId<'hold'>(deps, context.now);
  const dates = { from: addDays(date, -2), to: addDays(date, ALTERNATIVES_DAYS) };
  return executeOnce(
    deps,
    context,
    {
      loads: [
        deps.loads.scheduling.liveHolds(actor.userId, context.now),
        ...bookingLoads(deps, context, actor, input, dates),
      ],
      decide: (liveHolds, ...loaded): Result<Decision<StoredSchedulingChange, Held>, PlaceRefusal> => {
        const authorised = authoriseNewBooking(actor, input, loaded);
        if (!authorised.ok) return authorised;
        const { subject: person, state } = authorised.value;
        const holdContext = { ...decisionContext(deps, context, actor, state.limits), holdId, patientId, liveHolds };
        const placed = placeHold(state, { kind: 'instant', instant: start }, holdContext);
        if (!placed.ok) return placed;
        const { hold, changes } = placed.value;
        return ok(
          decided({
            value: { hold, personKey: person.dataKey },
            changes,
            audit: [bookingAudit('hold.created', { id: holdId, patientId: patientId ?? actor.userId, doctorId })],
            // If the hold expires unused, its time is offered to the waitlist.
            jobs: [matchJob({ doctorId, ...hold.busy }, hold.expiresAt)],
          }),
        );
      },
      reloadOnConflict: true,
      // Each place of a group session that somebody else takes meanwhile is one more decision.
      decisions: GROUP_DECISIONS,
      onConflict: timeConflict,
      answerOf: ({ personKey }) => personKey,
    },
    ({ hold }) => represent(hold),
  );
}

export function dropHold(deps: Deps, context: Context, actor: KnownActor, id: HoldId) {
  return execute(deps, context, {
    loads: [deps.loads.scheduling.hold(id), deps.loads.waitlist.openOfferOf(id, actor.userId)],
    decide: (hold, offered): Result<Decision<StoredSchedulingChange, void>, { readonly code: 'hold_not_found' }> => {
      const released = releaseHold(hold ?? null, schedulingActor(actor));
      if (hold === undefined || !released.ok) return refuse({ code: 'hold_not_found' });
      // An offer of the waitlist cannot be accepted without its hold, so releasing the hold ends the offer too.
      const returned = offered === undefined ? undefined : returnOffer(offered.offer, offered.entry, context.now);
      return ok(
        decided({
          value: undefined,
          changes: returned?.changes ?? released.value,
          audit: [
            {
              type: 'hold.released',
              stream: hold.patientId ?? actor.userId,
              outcome: 'success',
              resource: { type: 'hold', id },
            },
            ...(offered === undefined || returned === undefined
              ? []
              : [offerAudit(`waitlist.offer_${returned.as}`, offered.offer)]),
          ],
          jobs: [
            matchJob({ doctorId: hold.doctorId, ...hold.busy }),
            ...(offered !== undefined && returned?.as === 'declined' ? [deferredJob(offered.offer)] : []),
          ],
        }),
      );
    },
  });
}
