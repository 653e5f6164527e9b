/** Keeping a time for a few minutes while somebody decides. */
import type { StoredSchedulingChange } from '../../../domain/changes.ts';
import type { HoldRefusal, SlotTaken, SlotUnavailable } from '../../../domain/scheduling/errors.ts';
import { type Hold, placeHold, releaseHold } from '../../../domain/scheduling/hold.ts';
import { returnOffer } from '../../../domain/scheduling/waitlist.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { type Decision, decided } from '../../../domain/shared/changes.ts';
import type { HoldId, UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { addDays, type Instant } from '../../../domain/shared/time.ts';
import { localDateAt, UTC } from '../../../domain/shared/zone.ts';
import { execute, executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { bookerOf, matchJob, mayChange, schedulingActor, timeConflict } from './acting.ts';

/** How many days around the wanted time alternatives are looked for. */
const ALTERNATIVES_DAYS = 7;

export interface HoldInput {
  readonly doctorId: UserId;
  readonly typeCode: string;
  readonly start: Instant;
  /** `null` while the clinic has not said for whom. */
  readonly patientId: UserId | null;
}

/** A hold with the key of whom it is for: the patient, or the clinic's person who has not said for whom. */
interface Held {
  readonly hold: Hold;
  readonly personKey: DataKey;
}

export type PlaceRefusal =
  | HoldRefusal
  | SlotTaken
  | SlotUnavailable
  | { readonly code: 'doctor_not_found' }
  | { readonly code: 'appointment_type_not_found' }
  | { readonly code: 'action_not_permitted' }
  | { readonly code: 'not_found' };

export function holdTime(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  input: HoldInput,
  represent: (hold: Hold) => Representation,
) {
  const { scheduling, identity } = deps.loads;
  const { doctorId, typeCode, start, patientId } = input;
  const date = localDateAt(UTC, start);
  const holdId = newId<'hold'>(deps, context.now);
  return executeOnce(
    deps,
    context,
    {
      loads: [
        scheduling.bookingState({
          doctorId,
          appointmentType: { code: typeCode },
          patientId,
          dates: { from: addDays(date, -2), to: addDays(date, ALTERNATIVES_DAYS) },
          now: context.now,
        }),
        scheduling.appointmentTypes(),
        scheduling.liveHolds(actor.userId, context.now),
        identity.user(patientId ?? actor.userId),
        scheduling.mayActFor(bookerOf(actor, context), patientId ?? actor.userId),
      ],
      decide: (
        state,
        types,
        liveHolds,
        person,
        mayActFor,
      ): Result<Decision<StoredSchedulingChange, Held>, PlaceRefusal> => {
        if (person === undefined || (patientId !== null && person.role !== 'patient'))
          return refuse({ code: 'not_found' });
        if (!mayActFor) return refuse({ code: 'not_found' });
        if (!mayChange(actor, { doctorId })) return refuse({ code: 'action_not_permitted' });
        if (state === undefined) {
          const known = types.some(({ code }) => code === typeCode);
          return refuse({ code: known ? 'doctor_not_found' : 'appointment_type_not_found' });
        }
        const placed = placeHold(
          state,
          { kind: 'instant', instant: start },
          {
            actor: schedulingActor(actor),
            now: context.now,
            policy: deps.settings.scheduling,
            holdId,
            patientId,
            liveHolds,
          },
        );
        if (!placed.ok) return placed;
        const { hold, changes } = placed.value;
        return ok(
          decided({
            value: { hold, personKey: person.dataKey },
            changes,
            audit: [
              {
                type: 'hold.created',
                stream: patientId ?? actor.userId,
                outcome: 'success',
                resource: { type: 'hold', id: holdId },
                details: { doctorId },
              },
            ],
            // When it ends unused, its time is somebody else's chance.
            jobs: [matchJob({ doctorId, ...hold.busy }, hold.expiresAt)],
          }),
        );
      },
      reloadOnConflict: true,
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
      // The time that the waitlist keeps for the patient: without it there is nothing left to accept.
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
              : [
                  {
                    type: `waitlist.offer_${returned.as}`,
                    stream: offered.offer.patientId,
                    outcome: 'success',
                    resource: { type: 'waitlist_offer', id: offered.offer.id },
                  } as const,
                ]),
          ],
          jobs: [matchJob({ doctorId: hold.doctorId, ...hold.busy })],
        }),
      );
    },
  });
}
