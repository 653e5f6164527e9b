/** Validation of the parts of hours as clients send them. */
import type { AppointmentTypeId } from '../shared/ids.ts';
import { type LocalDate, parseLocalDate, parseLocalTime, parseRangeEnd } from '../shared/time.ts';
import type { ZoneId } from '../shared/zone.ts';
import type { LocatedRange } from './availability.ts';
import type { FieldError } from './field-errors.ts';
import type { Location, LocationId } from './location.ts';

export interface RangeInput {
  readonly start: string;
  readonly end: string;
  /** Absent or `null`: no location. */
  readonly locationId?: LocationId | null | undefined;
}

export function parseRange(input: RangeInput, pointer: string, errors: FieldError[]): LocatedRange | undefined {
  const start = parseLocalTime(input.start);
  const end = parseRangeEnd(input.end);
  if (!start) fault(errors, `${pointer}/start`, 'invalid', 'must be a time from 00:00 to 23:59');
  if (!end) fault(errors, `${pointer}/end`, 'invalid', 'must be a time from 00:00 to 24:00');
  return start && end ? { start, end, locationId: input.locationId ?? null } : undefined;
}

export function parseTypes(
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

export function parseDate(text: string, pointer: string, errors: FieldError[]): LocalDate | undefined {
  const date = parseLocalDate(text);
  if (date) return date;
  const wellFormed = /^\d{4}-\d{2}-\d{2}$/.test(text);
  fault(errors, pointer, wellFormed ? 'nonexistent_date' : 'invalid', 'must be a date that exists, as YYYY-MM-DD');
  return undefined;
}

export function parseOptionalDate(
  text: string | null | undefined,
  pointer: string,
  errors: FieldError[],
): LocalDate | null {
  return text === null || text === undefined ? null : (parseDate(text, pointer, errors) ?? null);
}

export function checkOrder(from: LocalDate, until: LocalDate, pointer: string, errors: FieldError[]): void {
  if (until < from) fault(errors, pointer, 'end_before_start', 'must not be before the first date');
}

/** Each location must be open, and in the zone of the hours: they are wall-clock times. */
export function checkLocations(
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

export function fault(errors: FieldError[], pointer: string, code: FieldError['code'], message: string): void {
  errors.push({ pointer, code, message });
}
