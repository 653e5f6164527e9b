/** Answering the offers of the waitlist: by the patient, a proxy, or the clinic for a patient who calls. */
import type { Decision } from '../../../domain/changes.ts';
import type { BookingRefusal } from '../../../domain/scheduling/booking.ts';
import type { GiveBackMismatch } from '../../../domain/scheduling/giving-back.ts';
import type { WaitlistOfferId } from '../../../domain/scheduling/ids.ts';
import type { AppointmentRecord, BookingNames } from '../../../domain/scheduling/ports.ts';
import type { TransitionRefusal } from '../../../domain/scheduling/transitions.ts';
import {
  type AcceptedOffer,
  acceptOffer,
  declineOffer,
  type WaitlistRefusal,
} from '../../../domain/scheduling/waitlist.ts';
import type { LaterAppointment, OfferRecord } from '../../../domain/scheduling/waitlist-ports.ts';
import { isAllowed, type KnownActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { AppointmentId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import { execute, executeOnce, type Representation } from '../command.ts';
import { type Context, type Deps, newId } from '../context.ts';
import { bookingViewer, changeViewer, decisionContext, mayChange } from './actors.ts';
import { appointmentAudit, newAppointmentAudit, offerAudit } from './audit-events.ts';
import { type ActionNotPermitted, authoriseBooking } from './booking-authorisation.ts';
import { deferredJob, freedTimeJobs, matchJob } from './freed-time-jobs.ts';
import { type SchedulingCommit, withPatientKey } from './keyed-changes.ts';
import { bookingMessages, cancellationMessage, patientOf } from './messages.ts';
import { expiryJobs } from './requests.ts';
import { timeConflict } from './time-conflict.ts';
import { venueOf } from './venue.ts';

export type AcceptRefusal =
  | BookingRefusal
  | WaitlistRefusal
  | GiveBackMismatch
  | TransitionRefusal
  | ActionNotPermitted;

/** What was booked, and what the patient may still give back for it. */
export interface Accepted {
  readonly record: AppointmentRecord;
  readonly later: LaterAppointment | null;
}

/**
 * Books the offered time, which the offer's hold has kept.
 * @param giveBack the later appointment that is cancelled with it
 */
export function acceptWaitlistOffer(
  deps: Deps,
  context: Context,
  actor: KnownActor,
  { id, giveBack }: { readonly id: WaitlistOfferId; readonly giveBack: AppointmentId | null },
  represent: (accepted: Accepted) => Representation,
) {
  const { waitlist, scheduling, none } = deps.loads;
  const appointmentId = newId<'appointment'>(deps, context.now);
  return executeOnce(
    deps,
    context,
    {
      loads: [
        waitlist.offer(id, bookingViewer(actor, context)),
        waitlist.offerState(id, context.now),
        giveBack === null ? none : scheduling.appointment(giveBack, changeViewer(actor, context)),
      ],
      decide: (found, foundState, later): Result<Decision<SchedulingCommit, Accepted>, AcceptRefusal> => {
        const otherwise = { code: 'offer_not_found' } as const;
        const authorised = authoriseBooking(actor, {
          subject: { found, otherwise },
          doctors: [found?.offer, later?.appointment].flatMap((time) => (time === undefined ? [] : [time.doctorId])),
          state: { found: foundState, otherwise },
        });
        if (!authorised.ok) return authorised;
        if (giveBack !== null && later === undefined) return refuse({ code: 'appointment_not_found' });
        if (giveBack !== null && !mayGiveBack(actor)) return refuse({ code: 'action_not_permitted' });
        const { subject: record, state } = authorised.value;
        const accepting = {
          ...decisionContext(deps, context, actor, state.limits),
          dateOfBirth: record.dateOfBirth,
          appointmentId,
          seriesId: null,
        };
        const accepted = acceptOffer(state, record, later?.appointment ?? null, accepting);
        return accepted.ok ? ok(acceptedDecision(deps, context, record, accepted.value, state, later)) : accepted;
      },
      onConflict: timeConflict,
      answerOf: ({ record }) => record.patientKey,
    },
    represent,
  );
}

function acceptedDecision(
  deps: Deps,
  context: Context,
  { offer, patientKey, typeCode, doctorName, later }: OfferRecord,
  { appointment, changes, waitlist, givenBack }: AcceptedOffer,
  names: BookingNames,
  returned: AppointmentRecord | undefined,
): Decision<SchedulingCommit, Accepted> {
  const patient = { id: appointment.patientId, dataKey: patientKey };
  const venue = venueOf(appointment, changes, names);
  return decided({
    value: {
      record: { appointment, typeCode, doctorName, venue, limits: names.limits, patientKey },
      later: returned === undefined ? later : null,
    },
    // What is given back goes first: its time and its count are free for the booking.
    changes: [...withPatientKey(deps, context, [...givenBack, ...changes], patientKey), ...waitlist],
    audit: [
      offerAudit('waitlist.offer_accepted', offer),
      newAppointmentAudit(appointment, { type: typeCode, offerId: offer.id }),
      ...givenBack.map((change) => appointmentAudit('appointment.cancelled', change.appointment)),
    ],
    messages: [
      ...bookingMessages(patient, appointment, { doctorName, venue }, context.now),
      ...givenBack.flatMap((change) =>
        returned === undefined ? [] : cancellationMessage(patientOf(returned), change.appointment, returned),
      ),
    ],
    jobs: [...expiryJobs(changes, context.now), deferredJob(offer), ...freedTimeJobs(givenBack, context.now)],
  });
}

/** An API key that may answer offers may not cancel unless it was given that too. */
export function mayGiveBack(actor: KnownActor): boolean {
  return isAllowed(actor, actor.role === 'patient' ? 'change:own_appointment' : 'run:appointments');
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
