/** When the appointments of a series take place (RFC 5545 section 3.3.10, without its exceptions). */
import { addDays, addMonths, type Instant, type LocalDate, type Weekday, weekday } from '../shared/time.ts';
import { localDateAt, UTC } from '../shared/zone.ts';
import type { FieldError } from './field-errors.ts';

/** Every `interval` days, weeks or months, either `count` times or until a date. */
export interface Recurrence {
  readonly frequency: 'daily' | 'weekly' | 'monthly';
  /** 1 to 99. */
  readonly interval: number;
  /** Only for `weekly`: the weekdays of each week, the one of the first date among them; `null`: that one alone. */
  readonly weekdays: readonly Weekday[] | null;
  /** 2 to 52, the first included; `null` when `until` is given. */
  readonly count: number | null;
  /** The last possible date, included; `null` when `count` is given. */
  readonly until: LocalDate | null;
}

export const MAXIMUM_OCCURRENCES = 52;
export const MAXIMUM_INTERVAL = 99;
const DAYS_PER_WEEK = 7;

/** No type can be booked further ahead: 730 days, and the dates of the zones around UTC. */
const LONGEST_HORIZON_DAYS = 732;

/**
 * The dates of a series, in order, at most one more than {@link MAXIMUM_OCCURRENCES}. Months are counted from the first date,
 * and each date is clamped separately: a series that begins on the 31st falls on the last day of shorter months and on the
 * 31st of longer ones.
 */
export function occurrenceDates(firstDate: LocalDate, recurrence: Recurrence): LocalDate[] {
  const { count, until } = recurrence;
  const limit = Math.min(count ?? Number.POSITIVE_INFINITY, MAXIMUM_OCCURRENCES + 1);
  const dates: LocalDate[] = [];
  for (const date of unlimitedDates(firstDate, recurrence)) {
    if (dates.length >= limit || (until !== null && date > until)) break;
    dates.push(date);
  }
  return dates;
}

function* unlimitedDates(firstDate: LocalDate, { frequency, interval, weekdays }: Recurrence): Generator<LocalDate> {
  const monday = addDays(firstDate, 1 - weekday(firstDate));
  const offsets = weekdays === null ? [weekday(firstDate)] : [...new Set(weekdays)].sort((a, b) => a - b);
  for (let step = 0; ; step++) {
    if (frequency === 'daily') yield addDays(firstDate, step * interval);
    else if (frequency === 'monthly') yield addMonths(firstDate, step * interval);
    else {
      const week = addDays(monday, step * interval * DAYS_PER_WEEK);
      for (const offset of offsets) {
        const date = addDays(week, offset - 1);
        if (date >= firstDate) yield date;
      }
    }
  }
}

/**
 * How many dates a series has, and the dates for which state is loaded: a day more on both sides, and none that is past or
 * beyond every horizon, because nothing can be booked then, whatever the state is. An invalid recurrence counts as its first
 * date alone: it is refused when it is decided.
 */
export function extentOf(
  firstDate: LocalDate,
  recurrence: Recurrence,
  now: Instant,
): { readonly count: number; readonly dates: { readonly from: LocalDate; readonly to: LocalDate } } {
  const isValid = recurrenceErrors(firstDate, recurrence).length === 0;
  const occurrences = isValid ? occurrenceDates(firstDate, recurrence) : [firstDate];
  const today = localDateAt(UTC, now);
  const from = laterOf(addDays(firstDate, -1), addDays(today, -2));
  const last = addDays(occurrences.at(-1) ?? firstDate, 1);
  const furthest = addDays(today, LONGEST_HORIZON_DAYS);
  return { count: occurrences.length, dates: { from, to: laterOf(last < furthest ? last : furthest, from) } };
}

function laterOf(one: LocalDate, other: LocalDate): LocalDate {
  return one > other ? one : other;
}

/** Returns every error at once, each with its pointer. */
export function recurrenceErrors(firstDate: LocalDate, recurrence: Recurrence): FieldError[] {
  const { frequency, interval, weekdays, count, until } = recurrence;
  const errors: FieldError[] = [];
  const add = (pointer: string, code: FieldError['code'], message: string) => errors.push({ pointer, code, message });
  if (!isWithin(interval, 1, MAXIMUM_INTERVAL)) add('/interval', 'out_of_range', `must be 1 to ${MAXIMUM_INTERVAL}`);
  if ((count === null) === (until === null)) add('/count', 'conflict', 'give either count or until');
  else if (count !== null && !isWithin(count, 2, MAXIMUM_OCCURRENCES)) {
    add('/count', 'out_of_range', `must be 2 to ${MAXIMUM_OCCURRENCES}`);
  }
  if (weekdays !== null && frequency !== 'weekly') add('/weekdays', 'conflict', 'is only for the frequency weekly');
  else if (weekdays !== null && !weekdays.includes(weekday(firstDate))) {
    add('/weekdays', 'first_date_missing', 'must include the weekday of the first date');
  }
  if (errors.length === 0 && until !== null) {
    const { length } = occurrenceDates(firstDate, recurrence);
    if (!isWithin(length, 2, MAXIMUM_OCCURRENCES)) {
      add('/until', 'out_of_range', `must allow 2 to ${MAXIMUM_OCCURRENCES} dates`);
    }
  }
  return errors;
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
