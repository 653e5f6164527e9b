/**
 * When a doctor works. Hours are wall-clock rules in the doctor's zone and become instants only when they are looked at
 * ({@link openWindows}), so that a change of offset moves the instants and never the hours.
 *
 * Which source tells the hours that start on a local date, first match wins: time off (none), an override (its hours, or
 * none), a clinic holiday (none), the weekly rules valid on that date.
 *
 * - A range whose end is not after its start ends on the next day; equal ends make 24 hours.
 * - A date with time off, an override or a holiday is its own: a range from the evening before ends at its midnight.
 * - An edge of a range is the first instant at which clocks show it or later. So in a gap it is the moment clocks are set
 *   forward, and in a fold the first of the two (as RFC 5545 section 3.3.5 reads a local time); a range over the whole of
 *   a fold is an hour longer, one within it is not repeated.
 * - Breaks are what lies between the ranges of a day.
 */
import type { AppointmentTypeId, AvailabilityOverrideId, UserId } from '../shared/ids.ts';
import type { Interval } from '../shared/interval.ts';
import type { LocalDate, LocalTime, Weekday } from '../shared/time.ts';
import type { ZoneId } from '../shared/zone.ts';
import type { ClinicHolidayId, TimeOffId } from './ids.ts';

/** Wall-clock hours. `end` may be `24:00`; when it is not after `start` it is the next day's. */
export interface LocalRange {
  readonly start: LocalTime;
  readonly end: LocalTime;
}

export interface WeeklyRule extends LocalRange {
  /** The day the range starts on. */
  readonly weekday: Weekday;
  /** Which types these hours are for; `null` for all. */
  readonly appointmentTypeIds: readonly AppointmentTypeId[] | null;
  /** First and last local date on which the range may start, both included; `null` for no bound. */
  readonly validFrom: LocalDate | null;
  readonly validUntil: LocalDate | null;
}

/** The hours of one local date, in place of the weekly ones, for all types the doctor offers. */
export interface AvailabilityOverride {
  readonly id: AvailabilityOverrideId;
  readonly date: LocalDate;
  /** None: closed. */
  readonly available: readonly LocalRange[];
}

/** Absence over whole local dates, both included. */
export interface TimeOff {
  readonly id: TimeOffId;
  readonly from: LocalDate;
  readonly until: LocalDate;
  readonly reason: string | null;
}

/** A date on which the whole clinic is closed, wherever each doctor is. */
export interface ClinicHoliday {
  readonly id: ClinicHolidayId;
  readonly date: LocalDate;
  readonly name: string;
}

/** All that says when a doctor works. Overrides, time off and holidays need to be loaded for the dates looked at only. */
export interface Availability {
  readonly doctorId: UserId;
  readonly timezone: ZoneId;
  readonly weekly: readonly WeeklyRule[];
  readonly overrides: readonly AvailabilityOverride[];
  readonly timeOff: readonly TimeOff[];
  readonly holidays: readonly ClinicHoliday[];
  /** Of rules, overrides and time off together. */
  readonly version: number;
}

/** Open time, as instants, with the reading its slots are counted from. */
export interface OpenWindow extends Interval {
  /** The reading the range starts with by rule; in a gap no clock shows it. */
  readonly anchor: number;
}
