/** Identifiers that only scheduling uses. Those that other contexts use too are in `shared/ids.ts`. */
import type { Id } from '../shared/ids.ts';

export type SeriesId = Id<'series'>;
export type TimeOffId = Id<'time_off'>;
export type ClinicHolidayId = Id<'clinic_holiday'>;
export type WaitlistEntryId = Id<'waitlist_entry'>;
export type WaitlistOfferId = Id<'waitlist_offer'>;
export type RebookingId = Id<'rebooking'>;
export type CalendarFeedId = Id<'calendar_feed'>;
