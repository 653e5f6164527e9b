/** Validation of hours as clients send them: every error at once, each with its pointer into the request body. */
import type { AppointmentTypeId } from '../shared/ids.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import { type LocalDate, localTimeOf, MINUTES_PER_DAY, type Weekday } from '../shared/time.ts';
import { parseZone, type ZoneId } from '../shared/zone.ts';
import { type Availability, minuteRange, type WeeklyRule, weekOf } from './availability.ts';
import type { FieldError, InvalidFields } from './field-errors.ts';
import {
  checkLocations,
  checkOrder,
  fault,
  parseOptionalDate,
  parseRange,
  parseTypes,
  type RangeInput,
} from './hours-input.ts';
import type { Location } from './location.ts';

export interface WeeklyRuleInput extends RangeInput {
  readonly weekday: number;
  /** Codes of types; absent or `null` for all types. */
  readonly appointmentTypes?: readonly string[] | null | undefined;
  readonly validFrom?: string | null | undefined;
  readonly validUntil?: string | null | undefined;
  /** Wall-clock times within the range and before midnight at which nothing can be booked. Saved as the ranges around them. */
  readonly breaks?: readonly { readonly start: string; readonly end: string }[] | undefined;
}

export interface AvailabilityInput {
  readonly timezone: string;
  readonly weekly: readonly WeeklyRuleInput[];
}

/** Enough for two ranges a day in each of seven validity periods. */
export const MAXIMUM_WEEKLY_RULES = 100;

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
  if (errors.length > 0) return refuse({ code: 'invalid_fields', errors });
  refuseTwoLocations(complete, errors);
  const around = complete.flatMap((rule, index) => {
    const { breaks } = input.weekly[index] ?? {};
    return breaks === undefined ? [rule] : aroundBreaks(rule, breaks, `/weekly/${index}/breaks`, errors);
  });
  if (around.length > MAXIMUM_WEEKLY_RULES) {
    fault(
      errors,
      '/weekly',
      'too_many',
      `must have at most ${MAXIMUM_WEEKLY_RULES} ranges, counting those around breaks`,
    );
  }
  return timezone && errors.length === 0
    ? ok({ timezone, weekly: weekOf(around) })
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

/** The ranges before, between and after the breaks of a rule. */
function aroundBreaks(
  rule: WeeklyRule,
  breaks: NonNullable<WeeklyRuleInput['breaks']>,
  pointer: string,
  errors: FieldError[],
): WeeklyRule[] {
  const { start: opens, end: closes } = minuteRange(rule);
  const parsed = breaks.flatMap((input, index) => {
    const range = parseRange(input, `${pointer}/${index}`, errors);
    return range === undefined ? [] : [{ ...minuteRange(range), index }];
  });
  const parts: WeeklyRule[] = [];
  let from = opens;
  for (const { start, end, index } of parsed.sort((a, b) => a.start - b.start)) {
    if (start <= from || end >= closes || end >= MINUTES_PER_DAY) {
      const message =
        'must lie within the range, end before midnight, and lie apart from its ends and from other breaks';
      fault(errors, `${pointer}/${index}`, 'out_of_range', message);
      continue;
    }
    parts.push({ ...rule, start: localTimeOf(from), end: localTimeOf(start) });
    from = end;
  }
  return [...parts, { ...rule, start: localTimeOf(from) }];
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
