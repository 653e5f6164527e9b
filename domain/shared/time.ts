/**
 * Civil time: instants, local dates, local times and RFC 3339, on the proleptic Gregorian calendar. Everything that
 * depends on a time zone is in `zone.ts`.
 */

/** An instant: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted. */
export type Instant = number;

declare const localDate: unique symbol;
declare const localTime: unique symbol;

/** A calendar date without a zone, `YYYY-MM-DD`, years 0001 to 9999. Sorts as text. */
export type LocalDate = string & { readonly [localDate]: true };

/** A wall-clock time, `HH:MM`; `24:00` only as the end of a range. Sorts as text. */
export type LocalTime = string & { readonly [localTime]: true };

/** Days since 1970-01-01. */
export type DayNumber = number;

/** ISO 8601: Monday is 1, Sunday is 7. */
export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7;

export const MILLISECONDS_PER_MINUTE = 60_000;
export const MILLISECONDS_PER_DAY = 86_400_000;
export const MINUTES_PER_DAY = 1440;

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME = /^([01]\d|2[0-3]):([0-5]\d)$/;
const RFC3339 =
  /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,9}))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

/** @returns `undefined` for text in another format and for dates that do not exist, such as `2026-02-29` */
export function parseLocalDate(text: string): LocalDate | undefined {
  const match = DATE.exec(text);
  if (!match) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  return text as LocalDate;
}

/** @returns `undefined` for anything but `00:00` to `23:59` */
export function parseLocalTime(text: string): LocalTime | undefined {
  return TIME.test(text) ? (text as LocalTime) : undefined;
}

/** As {@link parseLocalTime}, and also `24:00`, the end of the day. */
export function parseRangeEnd(text: string): LocalTime | undefined {
  return text === '24:00' ? (text as LocalTime) : parseLocalTime(text);
}

export function minuteOfDay(time: LocalTime): number {
  return twoDigits(time, 0) * 60 + twoDigits(time, 3);
}

/** @param minute 0 to 1440 */
export function localTimeOf(minute: number): LocalTime {
  return `${pad(Math.floor(minute / 60), 2)}:${pad(minute % 60, 2)}` as LocalTime;
}

export function dayNumber(date: LocalDate): DayNumber {
  return daysFromCivil(twoDigits(date, 0) * 100 + twoDigits(date, 2), twoDigits(date, 5), twoDigits(date, 8));
}

export function dateOfDay(day: DayNumber): LocalDate {
  const [year, month, dayOfMonth] = civilFromDays(day);
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(dayOfMonth, 2)}` as LocalDate;
}

export function weekdayOfDay(day: DayNumber): Weekday {
  // 1970-01-01 was a Thursday.
  return (modulo(day + 3, 7) + 1) as Weekday;
}

export function weekday(date: LocalDate): Weekday {
  return weekdayOfDay(dayNumber(date));
}

export function addDays(date: LocalDate, days: number): LocalDate {
  return dateOfDay(dayNumber(date) + days);
}

/**
 * The same day of the month, `months` later. If that month is shorter, the date is clamped to its last day, so that 31
 * January plus one month is 28 or 29 February. Count from the first date of a series, not from the clamped one.
 */
export function addMonths(date: LocalDate, months: number): LocalDate {
  const index = Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1 + months;
  const [year, month] = [Math.floor(index / 12), modulo(index, 12) + 1];
  const day = Math.min(Number(date.slice(8, 10)), daysInMonth(year, month));
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}` as LocalDate;
}

/** Calendar days from one date to another; negative if `to` is earlier. */
export function daysBetween(from: LocalDate, to: LocalDate): number {
  return dayNumber(to) - dayNumber(from);
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/**
 * RFC 3339 section 5.6 in UTC; milliseconds are left out if they are 0: `2026-02-15T15:00:00Z`.
 * @throws RangeError outside the years 0000 to 9999
 */
export function formatInstant(instant: Instant): string {
  const whole = Math.trunc(instant);
  if (!(whole >= FIRST_INSTANT && whole <= LAST_INSTANT)) {
    throw new RangeError('RFC 3339 covers the years 0000 to 9999 only');
  }
  const day = Math.floor(whole / MILLISECONDS_PER_DAY);
  // Times of one day follow each other in a list.
  if (day !== written.day) written = { day, date: dateOfDay(day) };
  const ofDay = whole - day * MILLISECONDS_PER_DAY;
  const milliseconds = ofDay % 1000;
  const seconds = (ofDay - milliseconds) / 1000;
  const fraction = milliseconds === 0 ? '' : `.${pad(milliseconds, 3)}`;
  const minutes = Math.floor(seconds / 60);
  const time = `${TWO_DIGITS[Math.floor(minutes / 60)]}:${TWO_DIGITS[minutes % 60]}:${TWO_DIGITS[seconds % 60]}`;
  return `${written.date}T${time}${fraction}Z`;
}

/** 0000-01-01T00:00:00Z and 9999-12-31T23:59:59.999Z. */
const FIRST_INSTANT = -62_167_219_200_000;
const LAST_INSTANT = 253_402_300_799_999;
const TWO_DIGITS: readonly string[] = Array.from({ length: 60 }, (_, value) => pad(value, 2));
/** The date that was written last. */
let written = { day: 0, date: dateOfDay(0) };

/**
 * RFC 3339 section 5.6, strict: upper-case `T` and `Z`, an offset or `Z`, a date that exists, no leap second. Fractions
 * are truncated to milliseconds.
 */
export function parseInstant(text: string): Instant | undefined {
  const match = RFC3339.exec(text);
  const date = parseLocalDate(match?.[1] ?? '');
  if (!match || !date) return undefined;
  const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4]);
  const fraction = Number((match[5] ?? '').slice(0, 3).padEnd(3, '0'));
  const offsetMinutes = (match[6] === '-' ? -1 : 1) * (Number(match[7] ?? 0) * 60 + Number(match[8] ?? 0));
  return dayNumber(date) * MILLISECONDS_PER_DAY + seconds * 1000 + fraction - offsetMinutes * MILLISECONDS_PER_MINUTE;
}

/** Days since 1970-01-01 (H. Hinnant, "chrono-compatible low-level date algorithms", days_from_civil). */
function daysFromCivil(year: number, month: number, day: number): DayNumber {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The inverse, `civil_from_days` of the same source. */
function civilFromDays(days: DayNumber): [year: number, month: number, day: number] {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day];
}

/** Avoids the substring that `Number` would need: the search for free slots spends most of its time here. */
function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
