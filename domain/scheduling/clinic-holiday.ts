/** Dates on which the clinic is closed: once, or on the same dates of every year. */
import { addDays, addMonths, daysBetween, type Instant, type LocalDate } from '../shared/time.ts';
import type { ClinicHolidayId } from './ids.ts';

/** Local dates on which the whole clinic is closed, in the zone of each doctor; first and last included. */
export interface ClosedDates {
  readonly id: ClinicHolidayId;
  readonly from: LocalDate;
  readonly until: LocalDate;
  readonly name: string;
}

export interface ClinicHoliday extends ClosedDates {
  /** Whether it recurs every year. One that begins on 29 February recurs in leap years (RFC 5545 section 3.3.10). */
  readonly yearly: boolean;
  /** The last date on which a recurrence may begin; `null` for no end. */
  readonly yearlyUntil: LocalDate | null;
}

export type ClinicHolidayChange =
  | { readonly type: 'clinic_holiday.added'; readonly holiday: ClinicHoliday; readonly at: Instant }
  | { readonly type: 'clinic_holiday.removed'; readonly holidayId: ClinicHolidayId };

export type HolidayNotFound = { readonly code: 'holiday_not_found' };
export type HolidayExists = { readonly code: 'holiday_exists' };
export type HolidayRefusal = HolidayNotFound | HolidayExists;

interface DateRange {
  readonly from: LocalDate;
  readonly to: LocalDate;
}

/** The dates of a holiday that lie at least partly in a range, by start. */
export function occurrencesOf(holiday: ClinicHoliday, { from, to }: DateRange): readonly ClosedDates[] {
  const { id, name, yearly, yearlyUntil } = holiday;
  const length = daysBetween(holiday.from, holiday.until);
  const first = Number(holiday.from.slice(0, 4));
  const years = yearly ? yearsIn(Math.max(first, Number(from.slice(0, 4)) - 1), Number(to.slice(0, 4))) : [first];
  return years
    .map((year) => addMonths(holiday.from, 12 * (year - first)))
    .filter((date) => date.slice(-2) === holiday.from.slice(-2))
    .map((date) => ({ id, name, from: date, until: addDays(date, length) }))
    .filter(
      (dates) =>
        dates.from <= to && from <= dates.until && (!yearly || yearlyUntil === null || dates.from <= yearlyUntil),
    );
}

function yearsIn(first: number, last: number): readonly number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, ahead) => first + ahead);
}

/** Whether both close the same dates under the same name. */
export function isSameHoliday(a: Omit<ClinicHoliday, 'id'>, b: Omit<ClinicHoliday, 'id'>): boolean {
  return (
    a.from === b.from &&
    a.until === b.until &&
    a.name === b.name &&
    a.yearly === b.yearly &&
    a.yearlyUntil === b.yearlyUntil
  );
}

export function addHoliday(holiday: ClinicHoliday, now: Instant): readonly ClinicHolidayChange[] {
  return [{ type: 'clinic_holiday.added', holiday, at: now }];
}

/** Removes it with all its recurrences. */
export function removeHoliday({ id }: ClinicHoliday): readonly ClinicHolidayChange[] {
  return [{ type: 'clinic_holiday.removed', holidayId: id }];
}
