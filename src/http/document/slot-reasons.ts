/** The meaning of each reason why a time is not available, for the document and the page of `slot_unavailable`. */
import type { SlotReasonCode } from '../../../domain/scheduling/slot-reason.ts';

export const SLOT_REASONS: Readonly<Record<SlotReasonCode, string>> = {
  doctor_inactive: 'The doctor accepts no new patients, or no longer works here.',
  type_not_offered: 'The doctor does not offer this type of appointment at this time, or the type is not active.',
  clinic_only: 'Patients do not book this type themselves: call the clinic.',
  visit_mode_not_offered: 'The type does not take place in this way: visitModes lists how it does.',
  invalid_duration: 'endTime does not match the duration of the type, durationMinutes.',
  nonexistent_local_time:
    'The local time is skipped when clocks are set forward. The first instant after the gap is resumesAt.',
  in_the_past: 'The time is in the past.',
  too_soon: 'The type requires notice. The first instant that can be booked now is earliest.',
  beyond_horizon: 'The date is beyond the booking horizon. The last date that can be booked now is lastDate.',
  same_day_only: 'The type is booked on the day itself. Its date opens at opensAt.',
  outside_availability:
    'The doctor does not work at this time, because of weekly hours, an override, time off or a holiday.',
  not_on_grid: 'Appointments start every slotIntervalMinutes, counted from the start of the hours.',
  daily_limit: 'The doctor has the maximum number of appointments of this type on the date, limit.',
  patient_open_limit: 'The patient has the maximum number of appointments of this type to come, limit.',
  patient_daily_limit: 'The patient has the maximum number of appointments of this type on the date, limit.',
  patient_gap: 'The patient has an appointment of this type less than gapDays days before or after.',
  no_room: 'The type requires rooms or devices of which none is free at the location of the hours: missing.',
  slot_taken:
    'The time is booked or held by somebody else. The clinic confirms it with overbook instead of acknowledge.',
  patient_conflict: 'The patient has another appointment at this time.',
};

export const SLOT_REASON_CODES = Object.keys(SLOT_REASONS) as [SlotReasonCode, ...SlotReasonCode[]];
