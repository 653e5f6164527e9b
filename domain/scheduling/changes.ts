/**
 * Every change that scheduling decides. Each holds what one guarded statement needs: the whole new row and, where the row
 * existed before, the version it was decided on (`expectedVersion`).
 *
 * The changes of one decision are written in their order: a change that frees time comes before the one that takes it.
 */
import type { AppointmentChange } from './appointment.ts';
import type { AppointmentTypeChange } from './appointment-type.ts';
import type { AvailabilityChange } from './availability.ts';
import type { CalendarChange } from './calendar-feed.ts';
import type { ClinicHolidayChange } from './clinic-holiday.ts';
import type { ClinicSettingsChange } from './clinic-settings.ts';
import type { ConfirmationChange } from './confirmation.ts';
import type { DeferredTimeChange } from './deferred-time.ts';
import type { DelayChange } from './delay.ts';
import type { DigestChange } from './digest.ts';
import type { DoctorChange } from './doctor.ts';
import type { HoldChange } from './hold.ts';
import type { HorizonRolled } from './horizon.ts';
import type { LocationChange } from './location.ts';
import type { DoctorResigned } from './offboarding.ts';
import type { ProxyChange } from './proxy.ts';
import type { RebookingChange } from './rebooking.ts';
import type { ResourceChange } from './resource.ts';
import type { SeriesChange } from './series.ts';
import type { TidyingChange } from './tidying.ts';
import type { WaitlistChange, WaitlistEntryAdded } from './waitlist.ts';
import type { WallClockChange } from './wall-clock.ts';

export type SchedulingChange =
  | AppointmentChange
  | ConfirmationChange
  | HoldChange
  | AvailabilityChange
  | ClinicHolidayChange
  | ClinicSettingsChange
  | AppointmentTypeChange
  | LocationChange
  | ResourceChange
  | ProxyChange
  | DoctorChange
  | DelayChange
  | DigestChange
  | RebookingChange
  | DoctorResigned
  | SeriesChange
  | WaitlistEntryAdded
  | WaitlistChange
  | DeferredTimeChange
  | HorizonRolled
  | CalendarChange
  | TidyingChange
  | WallClockChange;
