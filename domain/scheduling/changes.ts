/**
 * What scheduling's decisions change. Each is what one guarded statement needs: the new row whole, and, where the row was
 * there before, the version it was decided on (`expectedVersion`).
 *
 * The changes of one decision are in the order they must be written in: what frees time comes before what takes it.
 */
import type { AvailabilityOverrideId, HoldId, UserId } from '../shared/ids.ts';
import type { Interval } from '../shared/interval.ts';
import type { Instant, LocalDate } from '../shared/time.ts';
import type { ZoneId } from '../shared/zone.ts';
import type { Appointment, AppointmentStatus } from './appointment.ts';
import type { AppointmentType } from './appointment-type.ts';
import type { AvailabilityOverride, ClinicHoliday, TimeOff, Week } from './availability.ts';
import type { CalendarFeed } from './calendar-feed.ts';
import type { Doctor } from './doctor.ts';
import type { Hold } from './hold.ts';
import type { CalendarFeedId, ClinicHolidayId, TimeOffId } from './ids.ts';
import type { Series } from './series.ts';
import type { WaitlistEntry, WaitlistOffer } from './waitlist.ts';

/** Guarded: so many of the type there may be with the doctor on that day. Left out where there is no limit. */
export interface DailyLimited {
  readonly dailyLimit?: number;
}

export type AppointmentChange =
  | ({ readonly type: 'appointment.booked'; readonly appointment: Appointment } & DailyLimited)
  | { readonly type: 'appointment.cancelled'; readonly appointment: Appointment; readonly expectedVersion: number }
  | ({
      readonly type: 'appointment.rescheduled';
      readonly appointment: Appointment;
      readonly expectedVersion: number;
      /** What was freed by it. */
      readonly previous: {
        readonly doctorId: UserId;
        readonly start: Instant;
        readonly end: Instant;
        readonly busy: Interval;
      };
    } & DailyLimited)
  | {
      readonly type: 'appointment.status_changed';
      readonly appointment: Appointment;
      readonly expectedVersion: number;
      readonly previousStatus: AppointmentStatus;
    }
  | {
      readonly type: 'appointment.edited';
      readonly appointment: Appointment;
      readonly expectedVersion: number;
      readonly changed: readonly ('reason' | 'symptoms' | 'notes')[];
    };

export type HoldChange =
  /** `atMost`: how many live holds of the holder's own there may be with it. Guarded; left out where there is no limit. */
  | ({ readonly type: 'hold.placed'; readonly hold: Hold; readonly atMost?: number } & DailyLimited)
  /** Not guarded: a hold that expired may be gone already, cleared by whoever needed its time. */
  | { readonly type: 'hold.released'; readonly holdId: HoldId; readonly holderId: UserId }
  /** Guarded: the hold must be there, be the holder's and live at `at`, or the batch fails. */
  | { readonly type: 'hold.consumed'; readonly holdId: HoldId; readonly holderId: UserId; readonly at: Instant };

export type AvailabilityChange =
  | {
      readonly type: 'availability.replaced';
      readonly doctorId: UserId;
      readonly timezone: ZoneId;
      readonly weekly: Week;
      readonly expectedVersion: number;
    }
  | {
      readonly type: 'availability.override_added';
      readonly doctorId: UserId;
      readonly override: AvailabilityOverride;
      readonly expectedVersion: number;
    }
  | {
      readonly type: 'availability.override_removed';
      readonly doctorId: UserId;
      readonly overrideId: AvailabilityOverrideId;
      readonly expectedVersion: number;
    }
  | {
      readonly type: 'availability.time_off_added';
      readonly doctorId: UserId;
      readonly timeOff: TimeOff;
      readonly expectedVersion: number;
    }
  | {
      readonly type: 'availability.time_off_removed';
      readonly doctorId: UserId;
      readonly timeOffId: TimeOffId;
      readonly expectedVersion: number;
    }
  | { readonly type: 'clinic_holiday.added'; readonly holiday: ClinicHoliday }
  | { readonly type: 'clinic_holiday.removed'; readonly holidayId: ClinicHolidayId };

export type CatalogueChange =
  | { readonly type: 'appointment_type.created'; readonly appointmentType: AppointmentType }
  | {
      readonly type: 'appointment_type.changed';
      readonly appointmentType: AppointmentType;
      readonly expectedVersion: number;
    }
  | { readonly type: 'doctor.changed'; readonly doctor: Doctor; readonly expectedVersion: number }
  /** Changes nothing. Guarded: nobody will come to the doctor, waits for the doctor or is offered the doctor's time. */
  | { readonly type: 'doctor.resigned'; readonly doctorId: UserId; readonly at: Instant };

export type SeriesChange = { readonly type: 'series.created'; readonly series: Series };

/** Guarded: with it the patient has no more than `atMost` open ones, and no two with the same wishes. */
export type WaitlistEntryAdded = {
  readonly type: 'waitlist.entry_added';
  readonly entry: WaitlistEntry;
  readonly atMost: number;
};

export type WaitlistChange =
  | { readonly type: 'waitlist.entry_changed'; readonly entry: WaitlistEntry; readonly expectedVersion: number }
  /** Guarded: the patient has no other open offer. */
  | { readonly type: 'waitlist.offer_made'; readonly offer: WaitlistOffer }
  | { readonly type: 'waitlist.offer_closed'; readonly offer: WaitlistOffer; readonly expectedVersion: number };

export type CalendarChange =
  /** Guarded: with it there are no more than `atMost` live ones. */
  | { readonly type: 'calendar_feed.created'; readonly feed: CalendarFeed; readonly atMost: number }
  | { readonly type: 'calendar_feed.revoked'; readonly feedId: CalendarFeedId; readonly at: Instant };
/** All of one person. */

/** Removes what is long over and counts for nothing any more. */
export type TidyingChange = {
  readonly type: 'scheduling.tidied';
  /** Holds that expired before are removed. */
  readonly holdsBefore: Instant;
  /** Entries whose last date is before are expired. */
  readonly entriesBefore: LocalDate;
  readonly at: Instant;
};

export type SchedulingChange =
  | AppointmentChange
  | HoldChange
  | AvailabilityChange
  | CatalogueChange
  | SeriesChange
  | WaitlistEntryAdded
  | WaitlistChange
  | CalendarChange
  | TidyingChange;

/** For exhaustive tables. */
export type SchedulingChangeType = SchedulingChange['type'];
