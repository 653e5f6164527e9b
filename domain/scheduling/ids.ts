/** Identifiers of scheduling beside those that other contexts name too. */
import type { Id } from '../shared/ids.ts';

export type SeriesId = Id<'series'>;
export type TimeOffId = Id<'time_off'>;
export type ClinicHolidayId = Id<'clinic_holiday'>;
export type WaitlistEntryId = Id<'waitlist_entry'>;
export type WaitlistOfferId = Id<'waitlist_offer'>;
export type CalendarFeedId = Id<'calendar_feed'>;
