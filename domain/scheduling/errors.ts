/** Everything scheduling refuses, as values. */
import type { AppointmentId } from '../shared/ids.ts';
import type { Instant, LocalDate } from '../shared/time.ts';
import type { StaleVersion } from '../shared/version.ts';
import type { AppointmentStatus } from './appointment.ts';
import type { WaitlistEntryId } from './ids.ts';
import type { Slot } from './slots.ts';

/** Why a time cannot be had. All reasons that hold are told at once (R39). */
export type SlotReason =
  | { readonly code: 'doctor_inactive' }
  | { readonly code: 'type_not_offered' }
  | { readonly code: 'invalid_duration'; readonly durationMinutes: number }
  /** Clocks are set forward over this reading; `resumesAt` is the first instant after it. */
  | { readonly code: 'nonexistent_local_time'; readonly resumesAt: Instant }
  | { readonly code: 'in_the_past' }
  | { readonly code: 'too_soon'; readonly earliest: Instant }
  | { readonly code: 'beyond_horizon'; readonly lastDate: LocalDate }
  | { readonly code: 'outside_availability' }
  | { readonly code: 'not_on_grid'; readonly slotIntervalMinutes: number }
  | { readonly code: 'daily_limit'; readonly limit: number }
  | { readonly code: 'slot_taken' }
  | { readonly code: 'patient_conflict' };

export type SlotReasonCode = SlotReason['code'];

/** A field at fault, as RFC 6901 JSON pointer into the request body. */
export interface FieldError {
  readonly pointer: string;
  readonly code:
    | 'invalid'
    | 'out_of_range'
    | 'too_long'
    | 'too_many'
    | 'unknown_zone'
    | 'unknown_type'
    | 'nonexistent_date'
    | 'end_before_start'
    | 'overlap';
  readonly message: string;
}

export type InvalidFields = { readonly code: 'invalid_fields'; readonly errors: readonly FieldError[] };

/** The time is free of rules but somebody was quicker. */
export type SlotTaken = { readonly code: 'slot_taken'; readonly alternatives: readonly Slot[] };

/** Rules stand against it; `slot_taken` may be among the reasons. */
export type SlotUnavailable = {
  readonly code: 'slot_unavailable';
  readonly reasons: readonly SlotReason[];
  readonly alternatives: readonly Slot[];
};

export type HoldRefusal =
  /** Absent, released, consumed, or held by somebody else: to the asker these are the same (R26). */
  | { readonly code: 'hold_not_found' }
  | { readonly code: 'hold_expired'; readonly expiredAt: Instant }
  /** The hold is for another doctor, type, start or patient than the booking. */
  | { readonly code: 'hold_mismatch' }
  | { readonly code: 'too_many_holds'; readonly limit: number };

export type TransitionRefusal =
  | { readonly code: 'appointment_not_found' }
  | StaleVersion
  | { readonly code: 'invalid_transition'; readonly from: AppointmentStatus; readonly to: AppointmentStatus }
  | { readonly code: 'appointment_closed'; readonly currentStatus: AppointmentStatus }
  | { readonly code: 'action_not_permitted' }
  | { readonly code: 'too_late_to_cancel'; readonly until: Instant }
  | { readonly code: 'too_late_to_reschedule'; readonly until: Instant }
  | { readonly code: 'too_many_reschedules'; readonly limit: number }
  | { readonly code: 'too_early'; readonly from: Instant };

export type WaitlistRefusal =
  | { readonly code: 'waitlist_entry_not_found' }
  | { readonly code: 'waitlist_entry_closed' }
  | { readonly code: 'offer_not_found' }
  | { readonly code: 'offer_expired'; readonly expiredAt: Instant }
  | { readonly code: 'offer_closed' }
  /** The patient waits for just that already. */
  | { readonly code: 'waitlist_entry_exists'; readonly entryId: WaitlistEntryId }
  | { readonly code: 'too_many_waitlist_entries'; readonly limit: number };

export type BookingRefusal = SlotTaken | SlotUnavailable | HoldRefusal;

export type SeriesRefusal = {
  readonly code: 'series_unavailable';
  /** Each occurrence that cannot be had, by its index from 0, with its reasons. */
  readonly occurrences: readonly {
    readonly index: number;
    readonly date: LocalDate;
    readonly reasons: readonly SlotReason[];
  }[];
};

/** Patients would come to somebody who is no doctor any more. */
export type DoctorStillBooked = {
  readonly code: 'doctor_still_booked';
  /** How many are still to come. */
  readonly appointments: number;
  /** The first of them, by start. */
  readonly appointmentIds: readonly AppointmentId[];
  /** When the last of them begins: afterwards nothing stands in the way. */
  readonly until: Instant;
};

export type SchedulingRefusal =
  | InvalidFields
  | BookingRefusal
  | TransitionRefusal
  | WaitlistRefusal
  | SeriesRefusal
  | DoctorStillBooked
  | { readonly code: 'doctor_not_found' }
  | { readonly code: 'appointment_type_not_found' }
  | { readonly code: 'appointment_type_exists' }
  | { readonly code: 'override_not_found' }
  | { readonly code: 'override_exists' }
  | { readonly code: 'time_off_not_found' }
  | { readonly code: 'holiday_not_found' }
  | { readonly code: 'calendar_feed_not_found' }
  | { readonly code: 'too_many_calendar_feeds'; readonly limit: number };

export type SchedulingErrorCode = SchedulingRefusal['code'];
