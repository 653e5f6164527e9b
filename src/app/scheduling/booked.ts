/** What a booking commits: also when it accepts an offer of the waitlist, and when a later appointment is given back for it. */
import type { Decision } from '../../../domain/changes.ts';
import type { GiveBackMismatch } from '../../../domain/scheduling/giving-back.ts';
import type { AppointmentRecord, BookingNames, ToldAppointment } from '../../../domain/scheduling/ports.ts';
import { receiversOf } from '../../../domain/scheduling/receivers.ts';
import type { TransitionRefusal } from '../../../domain/scheduling/transitions.ts';
import type { AcceptedOffer } from '../../../domain/scheduling/waitlist.ts';
import type { LaterAppointment, OfferRecord } from '../../../domain/scheduling/waitlist-ports.ts';
import { isAllowed, type KnownActor } from '../../../domain/shared/actor.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { AppointmentId } from '../../../domain/shared/ids.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { Context, Deps } from '../context.ts';
import { changeViewer, mayChange } from './actors.ts';
import { appointmentAudit, newAppointmentAudit, offerAudit } from './audit-events.ts';
import type { ActionNotPermitted } from './booking-authorisation.ts';
import { deferredJob, freedTimeJobs } from './freed-time-jobs.ts';
import { type SchedulingCommit, withPatientKey } from './keyed-changes.ts';
import { bookingMessages, cancellationMessages } from './messages.ts';
import { expiryJobs } from './requests.ts';
import { venueOf } from './venue.ts';

/** What was booked, and what the patient may still give back for it. */
export interface Booked {
  readonly record: AppointmentRecord;
  readonly later: LaterAppointment | null;
}

/** An API key that may book may not cancel unless it was given that too. */
export function mayGiveBack(actor: KnownActor): boolean {
  return isAllowed(actor, actor.role === 'patient' ? 'change:own_appointment' : 'run:appointments');
}

export type GiveBackRefusal =
  | GiveBackMismatch
  | TransitionRefusal
  | ActionNotPermitted
  | { readonly code: 'appointment_not_found' };

/** The load of the appointment that is to be given back. */
export function returnedLoad({ loads }: Deps, context: Context, actor: KnownActor, giveBack: AppointmentId | null) {
  return giveBack === null
    ? loads.none
    : loads.scheduling.appointment(giveBack, changeViewer(actor, context), context.now);
}

/** Whether the actor may give back what was loaded. */
export function checkReturned(
  actor: KnownActor,
  giveBack: AppointmentId | null,
  returned: AppointmentRecord | undefined,
): Result<null, GiveBackRefusal> {
  if (giveBack === null) return ok(null);
  if (returned === undefined) return refuse({ code: 'appointment_not_found' });
  const isPermitted = mayGiveBack(actor) && mayChange(actor, returned.appointment);
  return isPermitted ? ok(null) : refuse({ code: 'action_not_permitted' });
}

/**
 * @param offered the offer whose hold the booking consumes: booking it accepts the offer
 * @param returned what is given back
 */
export function bookedDecision(
  deps: Deps,
  context: Context,
  { appointment, changes, givenBack, waitlist }: AcceptedOffer,
  names: BookingNames & Pick<AppointmentRecord, 'typeCode' | 'patientKey'>,
  { offered, returned }: { readonly offered: OfferRecord | undefined; readonly returned: ToldAppointment | undefined },
): Decision<SchedulingCommit, Booked> {
  const { typeCode, doctorName, limits, patientKey, proxies } = names;
  const { now } = context;
  const venue = venueOf(appointment, changes, names);
  const { outsideRules } = appointment;
  const details = { type: typeCode, outsideRules, ...(offered === undefined ? {} : { offerId: offered.offer.id }) };
  return decided({
    value: {
      record: { appointment, typeCode, doctorName, venue, limits, patientKey },
      later: returned === undefined ? (offered?.later ?? null) : null,
    },
    changes: [
      // What is given back goes first: its time and its count are free for the booking.
      ...withPatientKey(deps, context, [...givenBack, ...changes], patientKey),
      ...waitlist,
    ],
    audit: [
      ...(offered === undefined ? [] : [offerAudit('waitlist.offer_accepted', offered.offer)]),
      newAppointmentAudit(appointment, details),
      ...givenBack.map((change) => appointmentAudit('appointment.cancelled', change.appointment)),
    ],
    messages: [
      ...bookingMessages(receiversOf({ appointment, patientKey, proxies }), appointment, { doctorName, venue }),
      ...givenBack.flatMap((change) =>
        returned === undefined ? [] : cancellationMessages(receiversOf(returned), change.appointment, returned),
      ),
    ],
    jobs: [
      ...expiryJobs(changes, now),
      ...(offered === undefined ? [] : [deferredJob(offered.offer)]),
      ...freedTimeJobs(givenBack, now),
    ],
  });
}
