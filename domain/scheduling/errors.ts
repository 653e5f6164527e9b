/** Every refusal of scheduling. */
import type { AppointmentTypeExists, AppointmentTypeNotFound } from './appointment-type.ts';
import type { AvailabilityRefusal } from './availability.ts';
import type { BookingRefusal } from './booking.ts';
import type { CalendarFeedNotFound, TooManyCalendarFeeds } from './calendar-feed.ts';
import type { HolidayRefusal } from './clinic-holiday.ts';
import type { DoctorNotFound } from './doctor.ts';
import type { InvalidFields } from './field-errors.ts';
import type { GiveBackMismatch } from './giving-back.ts';
import type { IntakeNotFound } from './intake.ts';
import type { LocationRefusal } from './location.ts';
import type { DoctorStillBooked } from './offboarding.ts';
import type { ProxyRefusal } from './proxy.ts';
import type { RebookingNotFound } from './rebooking.ts';
import type { ResourceRefusal } from './resource.ts';
import type { SeriesRefusal } from './series.ts';
import type { TransitionRefusal } from './transitions.ts';
import type { WaitlistRefusal } from './waitlist.ts';

export type SchedulingRefusal =
  | InvalidFields
  | BookingRefusal
  | TransitionRefusal
  | IntakeNotFound
  | WaitlistRefusal
  | GiveBackMismatch
  | SeriesRefusal
  | ProxyRefusal
  | DoctorStillBooked
  | RebookingNotFound
  | DoctorNotFound
  | AppointmentTypeNotFound
  | AppointmentTypeExists
  | LocationRefusal
  | ResourceRefusal
  | AvailabilityRefusal
  | HolidayRefusal
  | CalendarFeedNotFound
  | TooManyCalendarFeeds;

export type SchedulingErrorCode = SchedulingRefusal['code'];
