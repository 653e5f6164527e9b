/** Validation of hours as clients send them: every error at once, each with its pointer into the request body. */
import type { AppointmentTypeId } from '../shared/ids.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import {
  daysBetween,
  type LocalDate,
  MINUTES_PER_DAY,
  parseLocalDate,
  parseLocalTime,
  parseRangeEnd,
  type Weekday,
} from '../shared/time.ts';
import { parseZone, type ZoneId } from '../shared/zone.ts';
import {
  type Availability,
  type AvailabilityOverride,
  type LocalRange,
  type LocatedRange,
  minuteRange,
  type TimeOff,
  type WeeklyRule,
  weekOf,
} from './availability.ts';
import type { FieldError, InvalidFields } from './field-errors.ts';
import type { Location, LocationId } from './location.ts';

export interface RangeInput {
  readonly start: string;
  readonly end: string;
  /** Absent or `null`: no location. */
  readonly locationId?: LocationId | null | undefined;
}

export interface WeeklyRuleInput extends RangeInput {
  readonly weekday: number;
  /** Codes of types; absent or `null` for all types. */
  readonly appointmentTypes?: readonly string[] | null | undefined;
  readonly validFrom?: string | null | undefined;
  readonly validUntil?: string | null | undefined;
}

export interface AvailabilityInput {
  readonly timezone: string;
  readonly weekly: readonly WeeklyRuleInput[];
}

/** Enough for two ranges a day in each of seven validity periods. */
export const MAXIMUM_WEEKLY_RULES = 100;
export const MAXIMUM_RANGES_PER_DATE = 24;
/** Length of one entry of time off, in days. */
export const MAXIMUM_TIME_OFF_DAYS = 366;

/** @param types the id of each type by its code */
export function parseAvailability(
  input: AvailabilityInput,
  types: ReadonlyMap<string, AppointmentTypeId>,
  locations: readonly Location[],
): Result<Pick<Availability, 'timezone' | 'weekly'>, InvalidFields> {
  const errors: FieldError[] = [];
  const timezone = parseZone(input.timezone);
  if (!timezone) fault(errors, '/timezone', 'unknown_zone', 'must be an IANA time zone name, such as Europe/Berlin');
  if (input.weekly.length > MAXIMUM_WEEKLY_RULES) {
    fault(errors, '/weekly', 'too_many', `must have at most ${MAXIMUM_WEEKLY_RULES} entries`);
    return refuse({ code: 'invalid_fields', errors });
  }
  const weekly = input.weekly.map((rule, index) => parseRule(rule, `/weekly/${index}`, types, errors));
  const complete = weekly.filter((rule) => rule !== undefined);
  checkLocations(input.weekly, '/weekly', timezone, locations, errors);
  if (errors.length === 0) refuseTwoLocations(complete, errors);
  return timezone && errors.length === 0
    ? ok({ timezone, weekly: weekOf(complete) })
    : refuse({ code: 'invalid_fields', errors });
}

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
  input: { readonly date: string; readonly available: readonly RangeInput[] },
  shown: ShownDates,
  zone: ZoneId,
  locations: readonly Location[],
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
    .map((range, index) => parseRange(range, `/available/${index}`, errors))
    .filter((range) => range !== undefined);
  checkLocations(input.available, '/available', zone, locations, errors);
  if (errors.length === 0) refuseOverlaps(available, errors);
  return date && errors.length === 0 ? ok({ date, available }) : refuse({ code: 'invalid_fields', errors });
}

/** Also validates clinic holidays. */
export function parseTimeOff(
  input: { readonly from: string; readonly until: string; readonly reason: string | null },
  shown: ShownDates,
): Result<Omit<TimeOff, 'id'>, InvalidFields> {
  const errors: FieldError[] = [];
  const from = parseDate(input.from, '/from', errors);
  const until = parseDate(input.until, '/until', errors);
  if (from && until) checkOrder(from, until, '/until', errors);
  if (from && until && daysBetween(from, until) >= MAXIMUM_TIME_OFF_DAYS) {
    fault(errors, '/until', 'out_of_range', `must be within ${MAXIMUM_TIME_OFF_DAYS} days`);
  }
  if (from && from > shown.to) fault(errors, '/from', 'out_of_range', `must not be after ${shown.to}`);
  if (until && until < shown.from) fault(errors, '/until', 'out_of_range', `must not be before ${shown.from}`);
  return from && until && errors.length === 0
    ? ok({ from, until, reason: input.reason })
    : refuse({ code: 'invalid_fields', errors });
}

function parseRule(
  input: WeeklyRuleInput,
  pointer: string,
  types: ReadonlyMap<string, AppointmentTypeId>,
  errors: FieldError[],
): WeeklyRule | undefined {
  if (!isWeekday(input.weekday)) {
    fault(errors, `${pointer}/weekday`, 'out_of_range', 'must be 1 (Monday) to 7 (Sunday)');
  }
  const range = parseRange(input, pointer, errors);
  const validFrom = parseOptionalDate(input.validFrom, `${pointer}/validFrom`, errors);
  const validUntil = parseOptionalDate(input.validUntil, `${pointer}/validUntil`, errors);
  if (validFrom && validUntil) checkOrder(validFrom, validUntil, `${pointer}/validUntil`, errors);
  const appointmentTypeIds = parseTypes(input.appointmentTypes, `${pointer}/appointmentTypes`, types, errors);
  return range && isWeekday(input.weekday)
    ? { weekday: input.weekday, ...range, appointmentTypeIds, validFrom, validUntil }
    : undefined;
}

function parseRange(input: RangeInput, pointer: string, errors: FieldError[]): LocatedRange | undefined {
  const start = parseLocalTime(input.start);
  const end = parseRangeEnd(input.end);
  if (!start) fault(errors, `${pointer}/start`, 'invalid', 'must be a time from 00:00 to 23:59');
  if (!end) fault(errors, `${pointer}/end`, 'invalid', 'must be a time from 00:00 to 24:00');
  return start && end ? { start, end, locationId: input.locationId ?? null } : undefined;
}

function parseTypes(
  codes: readonly string[] | null | undefined,
  pointer: string,
  types: ReadonlyMap<string, AppointmentTypeId>,
  errors: FieldError[],
): readonly AppointmentTypeId[] | null {
  if (!codes) return null;
  if (codes.length === 0)
    fault(errors, pointer, 'out_of_range', 'must name at least one type; leave it out for all types');
  const ids = codes.map((code, index) => {
    const id = types.get(code);
    if (!id) fault(errors, `${pointer}/${index}`, 'unknown_type', 'must be the code of an appointment type');
    return id;
  });
  return [...new Set(ids.filter((id) => id !== undefined))];
}

function parseDate(text: string, pointer: string, errors: FieldError[]): LocalDate | undefined {
  const date = parseLocalDate(text);
  if (date) return date;
  const wellFormed = /^\d{4}-\d{2}-\d{2}$/.test(text);
  fault(errors, pointer, wellFormed ? 'nonexistent_date' : 'invalid', 'must be a date that exists, as YYYY-MM-DD');
  return undefined;
}

function parseOptionalDate(text: string | null | undefined, pointer: string, errors: FieldError[]): LocalDate | null {
  return text === null || text === undefined ? null : (parseDate(text, pointer, errors) ?? null);
}

function checkOrder(from: LocalDate, until: LocalDate, pointer: string, errors: FieldError[]): void {
  if (until < from) fault(errors, pointer, 'end_before_start', 'must not be before the first date');
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

/** Each location must be open, and in the zone of the hours: they are wall-clock times. */
function checkLocations(
  ranges: readonly RangeInput[],
  pointer: string,
  zone: ZoneId | undefined,
  locations: readonly Location[],
  errors: FieldError[],
): void {
  for (const [index, { locationId }] of ranges.entries()) {
    if (locationId === null || locationId === undefined) continue;
    const location = locations.find(({ id, active }) => active && id === locationId);
    const at = `${pointer}/${index}/locationId`;
    if (location === undefined) fault(errors, at, 'unknown_location', 'must be the id of a location that is open');
    else if (location.timezone !== zone) fault(errors, at, 'other_zone', `must be in the zone ${zone ?? ''}`.trim());
  }
}

/** The refusal of another zone while overrides name locations outside it: their hours would be at other times there. */
export function overridesInOtherZone(
  { overrides }: Pick<Availability, 'overrides'>,
  zone: ZoneId,
  locations: readonly Location[],
): InvalidFields | undefined {
  const outside = new Set(locations.filter(({ timezone }) => timezone !== zone).map(({ id }) => id));
  const dates = overrides
    .filter(({ available }) => available.some(({ locationId }) => locationId !== null && outside.has(locationId)))
    .map(({ date }) => date);
  if (dates.length === 0) return undefined;
  const message = `must be the zone of the locations of other hours on ${dates.join(', ')}`;
  return { code: 'invalid_fields', errors: [{ pointer: '/timezone', code: 'other_zone', message }] };
}

const MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY;

/** Refuses weekly hours at two locations at once. */
function refuseTwoLocations(rules: readonly WeeklyRule[], errors: FieldError[]): void {
  for (const [index, rule] of rules.entries()) {
    const clashes = rules
      .slice(0, index)
      .some(
        (other) => other.locationId !== rule.locationId && areValidTogether(other, rule) && overlapInWeek(other, rule),
      );
    if (clashes) fault(errors, `/weekly/${index}`, 'overlap', 'must not overlap hours at another location');
  }
}

function areValidTogether(a: WeeklyRule, b: WeeklyRule): boolean {
  const startsInTime = (from: LocalDate | null, until: LocalDate | null) =>
    from === null || until === null || from <= until;
  return startsInTime(a.validFrom, b.validUntil) && startsInTime(b.validFrom, a.validUntil);
}

function overlapInWeek(a: WeeklyRule, b: WeeklyRule): boolean {
  const [first, second] = [minutesOfWeek(a), minutesOfWeek(b)];
  // Hours of Sunday may end on Monday.
  return [-MINUTES_PER_WEEK, 0, MINUTES_PER_WEEK].some(
    (shift) => first.start < second.end + shift && second.start + shift < first.end,
  );
}

function minutesOfWeek(rule: WeeklyRule) {
  const { start, end } = minuteRange(rule);
  const midnight = (rule.weekday - 1) * MINUTES_PER_DAY;
  return { start: midnight + start, end: midnight + end };
}

function isWeekday(value: number): value is Weekday {
  return Number.isInteger(value) && value >= 1 && value <= 7;
}

function fault(errors: FieldError[], pointer: string, code: FieldError['code'], message: string): void {
  errors.push({ pointer, code, message });
}
