/** Validation of exceptions to the weekly hours: hours of one date, and time off. */
import type { AppointmentTypeId } from '../shared/ids.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import { daysBetween, type LocalDate, type LocalTime, parseLocalTime } from '../shared/time.ts';
import type { ZoneId } from '../shared/zone.ts';
import {
  type AvailabilityOverride,
  type LocalRange,
  minuteRange,
  type OverrideRange,
  type TimeOff,
} from './availability.ts';
import type { ClinicHoliday } from './clinic-holiday.ts';
import type { FieldError, InvalidFields } from './field-errors.ts';
import {
  checkLocations,
  checkOrder,
  fault,
  parseDate,
  parseOptionalDate,
  parseRange,
  parseTypes,
  type RangeInput,
} from './hours-input.ts';
import type { Location } from './location.ts';

export interface OverrideRangeInput extends RangeInput {
  /** Codes of types; absent or `null` for all types. */
  readonly appointmentTypes?: readonly string[] | null | undefined;
}

export interface OverrideInput {
  readonly date: string;
  readonly available: readonly OverrideRangeInput[];
  /** Default: `false`. */
  readonly endsNightBefore?: boolean | undefined;
}

export interface TimeOffInput {
  readonly from: string;
  readonly until: string;
  /** Absent or `null`: the whole date. */
  readonly startTime?: string | null | undefined;
  readonly endTime?: string | null | undefined;
  readonly reason: string | null;
}

export const MAXIMUM_RANGES_PER_DATE = 24;
/** Length of one entry of time off, in days. */
export const MAXIMUM_TIME_OFF_DAYS = 366;

/** The dates that lists show. Entries beyond them are refused: nobody could see or remove them. */
interface ShownDates {
  readonly from: LocalDate;
  readonly to: LocalDate;
}

/**
 * Refuses ranges that overlap on one date: that is taken for a mistake.
 * @param zone the zone of the doctor's hours
 */
export function parseOverride(
  input: OverrideInput,
  shown: ShownDates,
  zone: ZoneId,
  known: { readonly locations: readonly Location[]; readonly types: ReadonlyMap<string, AppointmentTypeId> },
): Result<Omit<AvailabilityOverride, 'id'>, InvalidFields> {
  const errors: FieldError[] = [];
  const date = parseDate(input.date, '/date', errors);
  if (date && (date < shown.from || date > shown.to)) {
    fault(errors, '/date', 'out_of_range', `must be ${shown.from} to ${shown.to}`);
  }
  if (input.available.length > MAXIMUM_RANGES_PER_DATE) {
    fault(errors, '/available', 'too_many', `must have at most ${MAXIMUM_RANGES_PER_DATE} entries`);
    return refuse({ code: 'invalid_fields', errors });
  }
  const available = input.available
    .map((range, index) => parseOverrideRange(range, `/available/${index}`, known.types, errors))
    .filter((range) => range !== undefined);
  checkLocations(input.available, '/available', zone, known.locations, errors);
  if (errors.length === 0) refuseOverlaps(available, errors);
  return date && errors.length === 0
    ? ok({ date, available, endsNightBefore: input.endsNightBefore ?? false })
    : refuse({ code: 'invalid_fields', errors });
}

function parseOverrideRange(
  input: OverrideRangeInput,
  pointer: string,
  types: ReadonlyMap<string, AppointmentTypeId>,
  errors: FieldError[],
): OverrideRange | undefined {
  const range = parseRange(input, pointer, errors);
  const appointmentTypeIds = parseTypes(input.appointmentTypes, `${pointer}/appointmentTypes`, types, errors);
  return range === undefined ? undefined : { ...range, appointmentTypeIds };
}

export function parseTimeOff(input: TimeOffInput, shown: ShownDates): Result<Omit<TimeOff, 'id'>, InvalidFields> {
  const errors: FieldError[] = [];
  const from = parseDate(input.from, '/from', errors);
  const until = parseDate(input.until, '/until', errors);
  if (from && until) checkPeriod(from, until, errors);
  if (from && from > shown.to) fault(errors, '/from', 'out_of_range', `must not be after ${shown.to}`);
  if (until && until < shown.from) fault(errors, '/until', 'out_of_range', `must not be before ${shown.from}`);
  const startTime = parseOptionalTime(input.startTime, '/startTime', errors);
  const endTime = parseOptionalTime(input.endTime, '/endTime', errors);
  if (endTime !== null && from === until && endTime <= (startTime ?? '00:00')) {
    fault(errors, '/endTime', 'end_before_start', 'must be after the start');
  }
  return from && until && errors.length === 0
    ? ok({ from, until, startTime, endTime, reason: input.reason })
    : refuse({ code: 'invalid_fields', errors });
}

function checkPeriod(from: LocalDate, until: LocalDate, errors: FieldError[]): void {
  checkOrder(from, until, '/until', errors);
  if (daysBetween(from, until) >= MAXIMUM_TIME_OFF_DAYS) {
    fault(errors, '/until', 'out_of_range', `must be within ${MAXIMUM_TIME_OFF_DAYS} days`);
  }
}

export interface HolidayInput {
  readonly from: string;
  readonly until: string;
  readonly name: string;
  /** Default: `false`. */
  readonly yearly?: boolean | undefined;
  readonly yearlyUntil?: string | null | undefined;
}

/** Length of a holiday that recurs, in days, so that recurrences do not overlap. */
const MAXIMUM_YEARLY_DAYS = 31;

/** A yearly holiday may have begun long ago, as long as it has not ended. */
export function parseHoliday(input: HolidayInput, shown: ShownDates): Result<Omit<ClinicHoliday, 'id'>, InvalidFields> {
  const errors: FieldError[] = [];
  const { name, yearly = false } = input;
  const from = parseDate(input.from, '/from', errors);
  const until = parseDate(input.until, '/until', errors);
  const yearlyUntil = parseOptionalDate(input.yearlyUntil, '/yearlyUntil', errors);
  if (!from || !until || errors.length > 0) return refuse({ code: 'invalid_fields', errors });
  checkOrder(from, until, '/until', errors);
  if (yearlyUntil !== null) checkOrder(from, yearlyUntil, '/yearlyUntil', errors);
  if (yearlyUntil !== null && !yearly) fault(errors, '/yearlyUntil', 'conflict', 'is only for yearly holidays');
  const longest = yearly ? MAXIMUM_YEARLY_DAYS : MAXIMUM_TIME_OFF_DAYS;
  if (daysBetween(from, until) >= longest) fault(errors, '/until', 'out_of_range', `must be within ${longest} days`);
  if (from > shown.to) fault(errors, '/from', 'out_of_range', `must not be after ${shown.to}`);
  const [last, pointer] = yearly ? ([yearlyUntil, '/yearlyUntil'] as const) : ([until, '/until'] as const);
  if (last !== null && last < shown.from) fault(errors, pointer, 'out_of_range', `must not be before ${shown.from}`);
  return errors.length > 0
    ? refuse({ code: 'invalid_fields', errors })
    : ok({ from, until, name, yearly, yearlyUntil });
}

function parseOptionalTime(text: string | null | undefined, pointer: string, errors: FieldError[]): LocalTime | null {
  if (text === null || text === undefined) return null;
  const time = parseLocalTime(text);
  if (!time) fault(errors, pointer, 'invalid', 'must be a time from 00:00 to 23:59');
  return time ?? null;
}

function refuseOverlaps(ranges: readonly LocalRange[], errors: FieldError[]): void {
  const sorted = ranges
    .map((range, index) => ({ ...minuteRange(range), index }))
    .sort((a, b) => a.start - b.start || a.end - b.end);
  let end = Number.NEGATIVE_INFINITY;
  for (const range of sorted) {
    if (range.start < end) fault(errors, `/available/${range.index}`, 'overlap', 'must not overlap another range');
    end = Math.max(end, range.end);
  }
}
