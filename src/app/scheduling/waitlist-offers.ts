/** Answering the offers of the waitlist: by the patient, a proxy, or the clinic for a patient who calls. */
import type { Decision } from '../../../domain/changes.ts';
import type { BookingRefusal } from '../../../domain/scheduling/booking.ts';
import type { WaitlistOfferId } from '../../../domain/scheduling/ids.ts';
import { acceptOffer, declineOffer, type WaitlistRefusal } from '../../../domain/scheduling/waitlist.ts';
import type { KnownActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { AppointmentId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { execute, executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { bookingViewer, decisionContext, mayChange } from './actors.ts';
import { offerAudit } from './audit-events.ts';
import { type Booked, bookedDecision, checkReturned, type GiveBackRefusal, returnedLoad } from './booked.ts';
import { type ActionNotPermitted, authoriseBooking } from './booking-authorisation.ts';
import { deferredJob, matchJob } from './freed-time-jobs.ts';
import type { SchedulingCommit } from './keyed-changes.ts';
import { timeConflict } from './time-conflict.ts';

export type AcceptRefusal = BookingRefusal | WaitlistRefusal | GiveBackRefusal;

/**
 * Books the offered time, which the offer's hold has kept.
 * @param giveBack the later appointment that is cancelled with it
 */
export function acceptWaitlistOffer(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  { id, giveBack }: { readonly id: WaitlistOfferId; readonly giveBack: AppointmentId | null },
  represent: (accepted: Booked) => Representation,
) {
  const { waitlist } = deps.loads;
  const appointmentId = newId<'appointment'>(deps, context.now);
  return executeOnce(
    deps,
    context,
    {
      loads: [
        waitlist.offer(id, bookingViewer(actor, context)),
        waitlist.offerState(id, context.now),
        returnedLoad(deps, context, actor, giveBack),
      ],
      decide: (found, foundState, returned): Result<Decision<SchedulingCommit, Booked>, AcceptRefusal> => {
        const otherwise = { code: 'offer_not_found' } as const;
        const authorised = authoriseBooking(actor, {
          subject: { found, otherwise },
          doctors: found === undefined ? [] : [found.offer.doctorId],
          state: { found: foundState, otherwise },
        });
        if (!authorised.ok) return authorised;
        const permitted = checkReturned(actor, giveBack, returned);
        if (!permitted.ok) return permitted;
        const { subject: record, state } = authorised.value;
        const accepting = {
          ...decisionContext(deps, context, actor, state.limits),
          dateOfBirth: record.dateOfBirth,
          appointmentId,
          seriesId: null,
        };
        const accepted = acceptOffer(state, record, returned?.appointment ?? null, accepting);
        if (!accepted.ok) return accepted;
        const { typeCode, patientKey } = record;
        const names = { ...state, typeCode, patientKey };
        return ok(bookedDecision(deps, context, accepted.value, names, { offered: record, returned }));
      },
      onConflict: timeConflict,
      answerOf: ({ record }) => record.patientKey,
    },
    represent,
  );
}

/** The entry keeps waiting, and the time is offered to the next one. */
export function declineWaitlistOffer(deps: Deps, context: Context, actor: KnownActor, id: WaitlistOfferId) {
  return execute(deps, context, {
    loads: [deps.loads.waitlist.offer(id, bookingViewer(actor, context))],
    decide: (record): Result<Decision<SchedulingCommit, void>, WaitlistRefusal | ActionNotPermitted> => {
      if (record === undefined) return refuse({ code: 'offer_not_found' });
      const { offer, entry } = record;
      if (!mayChange(actor, offer)) return refuse({ code: 'action_not_permitted' });
      const changes = declineOffer(offer, entry, context.now);
      if (!changes.ok) return changes;
      return ok(
        decided({
          value: undefined,
          changes: changes.value,
          audit: [offerAudit('waitlist.offer_declined', offer)],
          jobs: [matchJob({ ...offer, ...record.hold?.busy }), deferredJob(offer)],
        }),
      );
    },
  });
}
