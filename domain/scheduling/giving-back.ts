/** Giving a later appointment back when an earlier time of the same type is booked. */

import type { AppointmentTypeId, UserId } from '../shared/ids.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { Appointment, AppointmentChange } from './appointment.ts';
import { type Booking, type BookingContext, type BookingRefusal, type BookingRequest, book } from './booking.ts';
import type { Hold } from './hold.ts';
import type { BookingState } from './slot-check.ts';
import { cancel, type TransitionContext, type TransitionRefusal } from './transitions.ts';

/** It is of another patient or type, or not later than the accepted time. */
export type GiveBackMismatch = { readonly code: 'give_back_mismatch' };

/** The time that is booked. */
interface EarlierTime {
  readonly patientId: UserId;
  readonly appointmentTypeId: AppointmentTypeId;
  readonly start: Instant;
}

/** Cancels the later appointment under the rules of cancelling. Refused, for example, when the patient may not cancel it any more. */
function giveBack(
  later: Appointment,
  earlier: EarlierTime,
  context: Omit<TransitionContext, 'expectedVersion'>,
): Result<readonly AppointmentChange[], GiveBackMismatch | TransitionRefusal> {
  const isLater =
    later.patientId === earlier.patientId &&
    later.appointmentTypeId === earlier.appointmentTypeId &&
    later.start > earlier.start;
  return isLater ? cancel(later, null, { ...context, expectedVersion: null }) : refuse({ code: 'give_back_mismatch' });
}

/** A booking with the cancellation of what the patient gives back for it. */
export interface BookedInstead extends Booking {
  readonly givenBack: readonly AppointmentChange[];
}

/**
 * {@link book}, and cancels a later appointment for it, whose time and count do not stand against the booking.
 * @param later the appointment that the patient gives back; `null` for none
 */
export function bookInstead(
  state: BookingState,
  request: BookingRequest,
  hold: Hold | null,
  later: Appointment | null,
  context: BookingContext,
): Result<BookedInstead, BookingRefusal | GiveBackMismatch | TransitionRefusal> {
  const booking = book(state, later === null ? request : { ...request, instead: later.id }, hold, context);
  const start = booking.ok ? booking.value.appointment.start : hold?.start;
  const earlier = { patientId: request.patientId, appointmentTypeId: state.type.id };
  const givenBack = later === null || start === undefined ? ok([]) : giveBack(later, { ...earlier, start }, context);
  // A refusal to give back comes first: another time would not change it.
  if (!givenBack.ok) return givenBack;
  return booking.ok ? ok({ ...booking.value, givenBack: givenBack.value }) : booking;
}
