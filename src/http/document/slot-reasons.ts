/** The meaning of each reason why a time is not available, for the document and the page of `slot_unavailable`. */
import type { SlotReasonCode } from '../../../domain/scheduling/slot-check.ts';

export const SLOT_REASONS: Readonly<Record<SlotReasonCode, string>> = {
  doctor_inactive: 'The doctor takes no patients now, or no longer works here.',
  type_not_offered: 'The doctor does not offer this type of appointment at this time, or the type is not active.',
  invalid_duration: 'endTime does not fit the type: durationMinutes is how long it takes.',
  nonexistent_local_time: 'Clocks are set forward over this time: resumesAt is the first instant after it.',
  in_the_past: 'The time has begun or is over.',
  too_soon: 'The type is booked with some notice: earliest is the first instant that can be booked now.',
  beyond_horizon: 'The calendar is not open so far ahead: lastDate is the last date that can be booked now.',
  outside_availability: 'The doctor does not work at this time: weekly hours, other hours, time off or a holiday.',
  not_on_grid: 'Appointments begin every slotIntervalMinutes from the start of the hours only.',
  daily_limit: 'The doctor has as many appointments of this type on the date as there may be: limit.',
  slot_taken: 'Somebody else has the time.',
  patient_conflict: 'The patient has another appointment at this time.',
};

export const SLOT_REASON_CODES = Object.keys(SLOT_REASONS) as [SlotReasonCode, ...SlotReasonCode[]];
