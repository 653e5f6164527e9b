/** Giving a later appointment back when an earlier time of the same type is accepted. */

import type { AppointmentTypeId, UserId } from '../shared/ids.ts';
import { type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import type { Appointment, AppointmentChange } from './appointment.ts';
import { cancel, type TransitionContext, type TransitionRefusal } from './transitions.ts';

/** It is of another patient or type, or not later than the accepted time. */
export type GiveBackMismatch = { readonly code: 'give_back_mismatch' };

/** The time that is accepted. */
export interface EarlierTime {
  readonly patientId: UserId;
  readonly appointmentTypeId: AppointmentTypeId;
  readonly start: Instant;
}

/** Cancels the later appointment under the rules of cancelling: also when the patient cancels it too late. */
export function giveBack(
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
