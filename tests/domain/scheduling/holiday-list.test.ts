/** Holidays from iCalendar lists, and holidays that recur every year. */
import ICAL from 'ical.js';
import { describe, expect, test } from 'vitest';
import { type ClinicHoliday, occurrencesOf } from '../../../domain/scheduling/clinic-holiday.ts';
import { parseHoliday } from '../../../domain/scheduling/exception-input.ts';
import { importable, MAXIMUM_LISTED, readHolidayList } from '../../../domain/scheduling/holiday-list.ts';
import { date, id, refusal, value } from './builders.ts';

const SHOWN = { from: date('2026-03-01'), to: date('2028-03-01') };

function list(...events: string[][]): string {
  const inside = events.flatMap((lines) => ['BEGIN:VEVENT', ...lines, 'END:VEVENT']);
  return ['BEGIN:VCALENDAR', 'VERSION:2.0', ...inside, 'END:VCALENDAR', ''].join('\r\n');
}

const read = (...lines: string[]) => readHolidayList(list(lines)).holidays.map(({ holiday }) => holiday);
const errorsOf = (...lines: string[]) => readHolidayList(list(lines)).errors.map(({ line, code }) => [line, code]);

describe('a list', () => {
  test('has events of whole days, of which DTEND is the day after the last', () => {
    const name = 'SUMMARY:Carnival';
    const expected = { from: '2027-02-08', until: '2027-02-09', name: 'Carnival', yearly: false };
    expect(read('DTSTART;VALUE=DATE:20270208', 'DTEND;VALUE=DATE:20270210', name)).toEqual([expected]);
    expect(read('DTSTART;VALUE=DATE:20270208', 'DURATION:P2D', name)).toEqual([expected]);
    expect(read('DTSTART:20270208', 'DURATION:P2W', name)).toEqual([{ ...expected, until: '2027-02-21' }]);
    expect(read('DTSTART:20270208', name)).toEqual([{ ...expected, until: '2027-02-08' }]);
    expect(read('dtstart;value="DATE":20270208', 'duration:P1W')).toEqual([
      { ...expected, until: '2027-02-14', name: 'Holiday' },
    ]);
  });

  test('recurs every year, up to a date or for a number of years', () => {
    const yearly = (rule: string) => read('DTSTART;VALUE=DATE:20201224', `RRULE:${rule}`)[0];
    expect(yearly('FREQ=YEARLY')).toMatchObject({ yearly: true, yearlyUntil: null });
    expect(yearly('FREQ=YEARLY;UNTIL=20281224')).toMatchObject({ yearlyUntil: '2028-12-24' });
    expect(yearly('FREQ=YEARLY;COUNT=3;INTERVAL=1;WKST=MO')).toMatchObject({ yearlyUntil: '2022-12-24' });
    expect(yearly('FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24')).toMatchObject({ yearlyUntil: null });
  });

  test('may begin with a byte order mark', () => {
    const text = list(['DTSTART;VALUE=DATE:20270208', 'SUMMARY:Carnival']);
    expect(readHolidayList(`\uFEFF${text}`)).toEqual(readHolidayList(text));
    expect(readHolidayList(text).holidays).toHaveLength(1);
  });

  test('names by line what it cannot read', () => {
    expect(errorsOf('SUMMARY:x')).toEqual([[3, 'not_whole_days']]);
    expect(errorsOf('DTSTART:20270208T090000Z')).toEqual([[4, 'not_whole_days']]);
    expect(errorsOf('DTSTART:20270230')).toEqual([[4, 'nonexistent_date']]);
    expect(errorsOf('DTSTART:20270208', 'DTEND:20270230')).toEqual([[5, 'nonexistent_date']]);
    expect(errorsOf('DTSTART:20270208', 'DTEND:20270209T100000')).toEqual([[5, 'not_whole_days']]);
    expect(errorsOf('DTSTART:20270208', 'DTEND:20270208')).toEqual([[5, 'end_before_start']]);
    expect(errorsOf('DTSTART:20270208', 'RRULE:FREQ=YEARLY;UNTIL=20290229')).toEqual([[5, 'nonexistent_date']]);
    expect(errorsOf('DTSTART:20270208', 'DURATION:PT1H')).toEqual([[5, 'not_whole_days']]);
    for (const rule of [
      'FREQ=WEEKLY',
      'FREQ=YEARLY;INTERVAL=2',
      'FREQ=YEARLY;BYDAY=4TH',
      'FREQ=YEARLY;BYMONTH=3',
      'FREQ=YEARLY;COUNT=0',
    ]) {
      expect(errorsOf('DTSTART:20270208', `RRULE:${rule}`), rule).toEqual([[5, 'unsupported_rule']]);
    }
    expect(errorsOf('DTSTART:20270208', 'EXDATE:20280208')).toEqual([[5, 'unsupported_rule']]);
    expect(errorsOf('no colon', 'DTSTART:20270208')).toEqual([[4, 'malformed']]);
    expect(readHolidayList('Name;Date\r\nXmas;2026-12-25').errors).toMatchObject([{ code: 'not_a_calendar' }]);
    expect(readHolidayList('BEGIN:VEVENT').errors).toMatchObject([{ line: 1, code: 'not_a_calendar' }]);
    expect(readHolidayList('END:VCALENDAR').errors).toMatchObject([{ line: 1, code: 'not_a_calendar' }]);
    expect(readHolidayList('').errors).toMatchObject([{ line: 1, code: 'not_a_calendar' }]);
    expect(readHolidayList('SUMMARY:x\nBEGIN:VCALENDAR').errors).toMatchObject([{ line: 1, code: 'not_a_calendar' }]);
    expect(readHolidayList('BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR').errors).toMatchObject([
      { line: 3, code: 'malformed' },
    ]);
    expect(readHolidayList('BEGIN:VCALENDAR\nBEGIN:VEVENT').errors).toMatchObject([{ line: 2, code: 'malformed' }]);
  });

  test('unfolds lines, and makes one line of a name', () => {
    expect(read('DTSTART:20270', ' 208', 'SUMMARY:Day\\nof the\\, cl', '\tinic\u2028')[0]).toMatchObject({
      from: '2027-02-08',
      name: 'Day of the, clinic',
    });
    expect(read('DTSTART:20270208', `SUMMARY:${'x'.repeat(5000)}`)[0]?.name).toHaveLength(100);
  });

  test('has the first of each property', () => {
    expect(read('DTSTART:20270208', 'SUMMARY:first', 'SUMMARY:second')).toMatchObject([{ name: 'first' }]);
  });

  test('leaves out alarms, zones and cancelled events', () => {
    const alarm = ['BEGIN:VALARM', 'SUMMARY:wrong', 'DTSTART:20300101', 'END:VALARM'];
    expect(read(...alarm, 'DTSTART:20270208', 'SUMMARY:right')).toMatchObject([{ from: '2027-02-08', name: 'right' }]);
    expect(readHolidayList(list(['DTSTART:20270208', 'STATUS:CANCELLED']))).toEqual({ holidays: [], errors: [] });
  });

  test('leaves out what is over, refuses what is too far ahead, and reads no more than its limit', () => {
    const text = list(
      ['DTSTART:20200101'],
      ['DTSTART:20350101'],
      ['DTSTART:20100101', 'RRULE:FREQ=YEARLY;UNTIL=20200101'],
      ['DTSTART:20100101', 'RRULE:FREQ=YEARLY'],
    );
    expect(importable(text, SHOWN)).toMatchObject({
      holidays: [{ from: '2010-01-01', yearly: true }],
      past: 2,
      errors: [{ line: 6, code: 'out_of_range' }],
    });
    const many = list(...Array.from({ length: MAXIMUM_LISTED + 1 }, () => ['DTSTART:20270208']));
    expect(importable(many, SHOWN)).toMatchObject({ holidays: [], errors: [{ code: 'too_many' }] });
    const most = list(...Array.from({ length: MAXIMUM_LISTED }, () => ['DTSTART:20270208']));
    expect(importable(most, SHOWN)).toMatchObject({ holidays: { length: MAXIMUM_LISTED }, errors: [] });
  });

  test('has what ends on the first date that is shown', () => {
    expect(importable(list(['DTSTART:20260301'], ['DTSTART:20260228']), SHOWN)).toMatchObject({
      holidays: [{ from: '2026-03-01' }],
      past: 1,
    });
  });
});

describe('a yearly holiday', () => {
  const holiday = (fields: Partial<ClinicHoliday>): ClinicHoliday => ({
    id: id('holiday'),
    name: 'New Year',
    from: date('2020-12-31'),
    until: date('2021-01-01'),
    yearly: true,
    yearlyUntil: null,
    ...fields,
  });
  const starts = (fields: Partial<ClinicHoliday>, from = '2026-01-01', to = '2028-01-05') =>
    occurrencesOf(holiday(fields), { from: date(from), to: date(to) }).map((dates) => dates.from);

  test('recurs on the same dates, over the end of a year too, until its last one', () => {
    expect(starts({})).toEqual(['2025-12-31', '2026-12-31', '2027-12-31']);
    expect(starts({ yearlyUntil: date('2026-12-31') })).toEqual(['2025-12-31', '2026-12-31']);
    expect(starts({}, '2026-01-02', '2026-12-31')).toEqual(['2026-12-31']);
    expect(starts({}, '2026-01-02', '2026-12-30')).toEqual([]);
    expect(starts({ yearly: false })).toEqual([]);
    expect(starts({ yearly: false }, '2021-01-01', '2021-01-01')).toEqual(['2020-12-31']);
    expect(starts({}, '0001-01-01', '2021-12-30')).toEqual(['2020-12-31']);
  });

  test('of 29 February recurs in leap years', () => {
    const leap = { from: date('2024-02-29'), until: date('2024-02-29') };
    expect(starts(leap, '2024-01-01', '2032-12-31')).toEqual(['2024-02-29', '2028-02-29', '2032-02-29']);
  });

  test('is at most 31 days long, and an end needs a recurrence', () => {
    const input = { name: 'x', from: '2026-06-01', until: '2026-07-02' };
    const pointers = (fields: object) =>
      refusal(parseHoliday({ ...input, ...fields }, SHOWN)).errors.map(({ pointer }) => pointer);
    expect(pointers({ yearly: true })).toEqual(['/until']);
    expect(value(parseHoliday(input, SHOWN))).toMatchObject({ yearly: false, yearlyUntil: null });
    expect(pointers({ yearlyUntil: '2027-01-01' })).toEqual(['/yearlyUntil']);
    expect(pointers({ until: '2026-05-31', yearlyUntil: 'soon' })).toEqual(['/yearlyUntil']);
    expect(pointers({ yearly: true, until: '2026-06-02', yearlyUntil: '2025-01-01' })).toEqual([
      '/yearlyUntil',
      '/yearlyUntil',
    ]);
  });

  // ical.js moves 29 February to 1 March, which RFC 5545 section 3.3.10 does not.
  test('recurs as another library expands the same rule', () => {
    for (const [start, rule] of [
      ['20200101', 'FREQ=YEARLY'],
      ['20191224', 'FREQ=YEARLY;COUNT=9'],
      ['20210501', 'FREQ=YEARLY;UNTIL=20270501'],
      ['20210501', 'FREQ=YEARLY;UNTIL=20270430'],
    ] as const) {
      const text = list([`UID:${start}`, `DTSTART;VALUE=DATE:${start}`, `RRULE:${rule}`, 'SUMMARY:x']);
      const component = new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent('vevent');
      const iterator = new ICAL.Event(component as ICAL.Component).iterator();
      const expected: string[] = [];
      for (let next = iterator.next(); next && next.year <= 2035; next = iterator.next())
        expected.push(next.toString());
      const [read] = readHolidayList(text).holidays;
      const parsed = value(parseHoliday(read?.holiday ?? { from: '', until: '', name: '' }, SHOWN));
      const range = { from: date('0001-01-01'), to: date('2035-12-31') };
      expect(
        occurrencesOf({ id: id('x'), ...parsed }, range).map((dates) => dates.from),
        rule,
      ).toEqual(expected);
    }
  });
});

test('errors are in the order of their lines, whatever kind they are of', () => {
  const text = list(['DTSTART:20350101'], ['DTSTART:x'], ['DTSTART:20350101'], ['DTSTART:y']);
  expect(importable(text, SHOWN).errors.map(({ line }) => line)).toEqual([3, 7, 9, 13]);
});
