/**
 * Reads holidays from an iCalendar list (RFC 5545): events of whole days, once or every year. What it cannot read it names by
 * line, and reads the rest.
 */
import { addDays, addMonths, type LocalDate, parseLocalDate } from '../shared/time.ts';
import type { ClinicHoliday } from './clinic-holiday.ts';
import { type HolidayInput, parseHoliday } from './exception-input.ts';
import type { FieldError } from './field-errors.ts';

export const LINE_FAULTS = [
  'not_a_calendar',
  'malformed',
  'not_whole_days',
  'nonexistent_date',
  'end_before_start',
  'unsupported_rule',
  'out_of_range',
  'too_many',
] as const;

export interface LineError {
  /** Of the text, from 1 on. */
  readonly line: number;
  readonly code: (typeof LINE_FAULTS)[number];
  readonly message: string;
}

/** An event with the line on which it begins. */
export interface ListedHoliday {
  readonly line: number;
  readonly holiday: HolidayInput;
}

export interface HolidayList {
  readonly holidays: readonly ListedHoliday[];
  readonly errors: readonly LineError[];
}

/** How many events one list may have. */
export const MAXIMUM_LISTED = 300;
const MAXIMUM_NAME = 100;
/** How many errors are named, the first by line. */
const SHOWN_ERRORS = 100;

/** A content line (section 3.1), unfolded. */
interface ContentLine {
  readonly line: number;
  readonly name: string;
  readonly value: string;
}

/** A property of an event by its name; only the first of each name counts. */
type Properties = ReadonlyMap<string, ContentLine>;

/** Name, parameters, value. */
const CONTENT = /^([A-Za-z0-9-]+)(?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*:(.*)$/s;

const NO_CALENDAR: HolidayList = {
  holidays: [],
  errors: [{ line: 1, code: 'not_a_calendar', message: 'expected BEGIN:VCALENDAR' }],
};

export function readHolidayList(text: string): HolidayList {
  const holidays: ListedHoliday[] = [];
  const errors: LineError[] = [];
  const open: string[] = [];
  let event = new Map<string, ContentLine>();
  let last = 0;
  // Some programs write a byte order mark before the first line.
  for (const content of contentLines(text.replace(/^\uFEFF/, ''), errors)) {
    const { line, name, value } = content;
    const component = value.trim().toUpperCase();
    if (open.length === 0 && !(name === 'BEGIN' && component === 'VCALENDAR')) {
      return NO_CALENDAR;
    }
    last = line;
    if (name === 'BEGIN') {
      if (component === 'VEVENT') event = new Map([['BEGIN', content]]);
      open.push(component);
    } else if (name === 'END') {
      if (open.pop() !== component) {
        errors.push({ line, code: 'malformed', message: `END:${component.slice(0, 20)} without its BEGIN` });
        return { holidays, errors };
      }
      if (component === 'VEVENT') addEvent(event, holidays, errors);
    } else if (open.at(-1) === 'VEVENT' && !event.has(name)) {
      event.set(name, content);
    }
    if (holidays.length > MAXIMUM_LISTED) {
      errors.push({ line, code: 'too_many', message: `expected at most ${MAXIMUM_LISTED} events` });
      return { holidays: [], errors };
    }
  }
  if (last === 0) return NO_CALENDAR;
  const unclosed = open.at(-1);
  if (unclosed !== undefined) {
    errors.push({ line: last, code: 'malformed', message: `END:${unclosed.slice(0, 20)} is missing` });
  }
  return { holidays, errors };
}

/** What of a list can be entered. */
export interface Importable {
  readonly holidays: readonly Omit<ClinicHoliday, 'id'>[];
  /** How many are over. */
  readonly past: number;
  readonly errors: readonly LineError[];
}

/** @param shown the dates that lists show */
export function importable(text: string, shown: Parameters<typeof parseHoliday>[1]): Importable {
  const list = readHolidayList(text);
  const holidays: Omit<ClinicHoliday, 'id'>[] = [];
  const errors = [...list.errors];
  let past = 0;
  for (const { line, holiday } of list.holidays) {
    const last = holiday.yearly === true ? holiday.yearlyUntil : holiday.until;
    if (last && last < shown.from) {
      past += 1;
      continue;
    }
    const parsed = parseHoliday(holiday, shown);
    if (parsed.ok) holidays.push(parsed.value);
    else errors.push({ line, code: 'out_of_range', message: parsed.error.errors.map(faultIn).join('; ') });
  }
  return { holidays, past, errors: errors.sort((a, b) => a.line - b.line).slice(0, SHOWN_ERRORS) };
}

function faultIn({ pointer, message }: FieldError): string {
  return `${pointer.slice(1)} ${message}`;
}

/** Joins folded lines, and splits each at its name. */
function* contentLines(text: string, errors: LineError[]): Generator<ContentLine, void> {
  const lines = text.split(/\r\n|\n|\r/);
  for (let at = 0, first = lines[at]; first !== undefined; first = lines[at]) {
    const line = at + 1;
    const parts = [first];
    for (let next = lines[++at]; next?.startsWith(' ') || next?.startsWith('\t'); next = lines[++at])
      parts.push(next.slice(1));
    const unfolded = parts.join('');
    if (unfolded.trim() === '') continue;
    const [, name = '', value = ''] = CONTENT.exec(unfolded) ?? [];
    if (name === '') errors.push({ line, code: 'malformed', message: 'expected NAME:value' });
    else yield { line, name: name.toUpperCase(), value };
  }
}

function addEvent(event: Properties, holidays: ListedHoliday[], errors: LineError[]): void {
  if (event.get('STATUS')?.value.trim().toUpperCase() === 'CANCELLED') return;
  const line = event.get('BEGIN')?.line ?? 1;
  const dates = datesOf(event, line);
  const rule = 'code' in dates ? dates : ruleOf(event, dates.from);
  if ('code' in dates) errors.push(dates);
  else if ('code' in rule) errors.push(rule);
  else holidays.push({ line, holiday: { ...dates, ...rule, name: nameOf(event) } });
}

/** The first and the last date. `DTEND` is not included (section 3.6.1). */
function datesOf(event: Properties, line: number): { readonly from: LocalDate; readonly until: LocalDate } | LineError {
  const start = event.get('DTSTART');
  const from = start && dateOf(start.value);
  if (from === undefined) {
    if (start !== undefined && isDate(start.value)) return noSuchDate(start);
    const message = 'expected a date as DTSTART, such as DTSTART;VALUE=DATE:20271225';
    return { line: start?.line ?? line, code: 'not_whole_days', message };
  }
  const [end, duration] = [event.get('DTEND'), event.get('DURATION')];
  if (end === undefined) {
    const [, weeks, days] = /^\+?P(?:(\d{1,2})W|(\d{1,3})D)$/i.exec(duration?.value.trim() ?? 'P1D') ?? [];
    const length = weeks === undefined ? Number(days ?? 0) : 7 * Number(weeks);
    if (length > 0) return { from, until: addDays(from, length - 1) };
    return { line: duration?.line ?? line, code: 'not_whole_days', message: 'expected whole days, such as P2D' };
  }
  const after = dateOf(end.value);
  if (after === undefined) {
    if (isDate(end.value)) return noSuchDate(end);
    return {
      line: end.line,
      code: 'not_whole_days',
      message: 'expected a date as DTEND, such as DTEND;VALUE=DATE:20271226',
    };
  }
  if (after <= from) {
    return { line: end.line, code: 'end_before_start', message: 'expected a date after DTSTART as DTEND' };
  }
  return { from, until: addDays(after, -1) };
}

const DATE = /^(\d{4})(\d{2})(\d{2})$/;

function isDate(value: string): boolean {
  return DATE.test(value.trim());
}

function noSuchDate({ line, name, value }: ContentLine): LineError {
  return { line, code: 'nonexistent_date', message: `${name} is ${value.trim()}, which no calendar has` };
}

function dateOf(value: string): LocalDate | undefined {
  const [, year, month, day] = DATE.exec(value.trim()) ?? [];
  return day === undefined ? undefined : parseLocalDate(`${year}-${month}-${day}`);
}

/** Rules other than "every year on this date" would close wrong dates if they were ignored. */
function ruleOf(event: Properties, from: LocalDate): Pick<HolidayInput, 'yearly' | 'yearlyUntil'> | LineError {
  const other = ['RDATE', 'EXDATE', 'EXRULE', 'RECURRENCE-ID'].map((name) => event.get(name)).find((found) => found);
  if (other) return { line: other.line, code: 'unsupported_rule', message: `${other.name} cannot be imported` };
  const rule = event.get('RRULE');
  if (rule === undefined) return { yearly: false };
  const parts = new Map(
    rule.value
      .trim()
      .toUpperCase()
      .split(';')
      .map((part) => part.split('=', 2) as [string, string | undefined]),
  );
  const until = parts.get('UNTIL')?.slice(0, 8) ?? '';
  if (isDate(until) && dateOf(until) === undefined) return noSuchDate({ ...rule, name: 'UNTIL', value: until });
  const isKnown = [...parts].every(([name, value = '']) => isKnownPart(name, value, from));
  const yearlyUntil = lastOf(parts, from);
  if (parts.get('FREQ') === 'YEARLY' && isKnown && yearlyUntil !== undefined) return { yearly: true, yearlyUntil };
  const message = 'expected FREQ=YEARLY on the same date, with UNTIL or COUNT at most';
  return { line: rule.line, code: 'unsupported_rule', message };
}

function isKnownPart(name: string, value: string, from: LocalDate): boolean {
  switch (name) {
    case 'FREQ':
    case 'UNTIL':
    case 'COUNT':
    case 'WKST':
      return true;
    case 'INTERVAL':
      return Number(value) === 1;
    case 'BYMONTH':
      return Number(value) === Number(from.slice(5, 7));
    case 'BYMONTHDAY':
      return Number(value) === Number(from.slice(8));
    default:
      return false;
  }
}

/** The last date on which a recurrence may begin; `undefined` for a rule that cannot be read. */
function lastOf(parts: ReadonlyMap<string, string | undefined>, from: LocalDate): LocalDate | null | undefined {
  const [until, count] = [parts.get('UNTIL'), parts.get('COUNT')];
  if (until !== undefined) return dateOf(until.slice(0, 8));
  if (count === undefined) return null;
  const isLeapDay = from.endsWith('-02-29');
  if (!/^[1-9]\d{0,2}$/.test(count) || isLeapDay) return undefined;
  return addMonths(from, 12 * (Number(count) - 1));
}

/** `SUMMARY` as one line. */
function nameOf(event: Properties): string {
  const summary = (event.get('SUMMARY')?.value ?? '').slice(0, 4 * MAXIMUM_NAME);
  const text = summary.replace(/\\([nN\\;,])/g, (_, escaped: string) =>
    escaped.toLowerCase() === 'n' ? ' ' : escaped,
  );
  const oneLine = text.replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return [...oneLine].slice(0, MAXIMUM_NAME).join('').trim() || 'Holiday';
}
