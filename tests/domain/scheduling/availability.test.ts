import { describe, expect, test } from 'vitest';
import {
  addOverride,
  addTimeOff,
  removeOverride,
  removeTimeOff,
  replaceWeekly,
  weekOf,
} from '../../../domain/scheduling/availability.ts';
import {
  MAXIMUM_RANGES_PER_DATE,
  MAXIMUM_WEEKLY_RULES,
  parseAvailability,
  parseOverride,
  parseTimeOff,
  type RangeInput,
} from '../../../domain/scheduling/availability-input.ts';
import { openTime } from '../../../domain/scheduling/hours.ts';
import { formatInstant } from '../../../domain/shared/time.ts';
import { availability, DOCTOR_ID, daily, date, id, range, refusal, rule, TYPE_ID, value, zone } from './builders.ts';

const SHOWN = { from: date('2026-01-01'), to: date('2027-12-31') };

const OTHER = id<'appointment_type'>('other');

/** Open time as `start/end` in UTC. */
function open(fields: Parameters<typeof availability>[0], from: string, to = from, type = TYPE_ID): string[] {
  return openTime(availability(fields), type, date(from), date(to)).map(
    ({ start, end }) => `${formatInstant(start)}/${formatInstant(end)}`,
  );
}

const override = (on: string, ...hours: string[]) => ({
  id: id<'availability_override'>(`override ${on}`),
  date: date(on),
  available: hours.map(range),
});
const timeOff = (from: string, until = from) => ({
  id: id<'time_off'>(`off ${from}`),
  from: date(from),
  until: date(until),
  reason: null,
});
const holiday = (from: string, until = from) => ({
  id: id<'clinic_holiday'>(`holiday ${from}`),
  from: date(from),
  until: date(until),
  name: 'Labour Day',
});

describe('R41 hours become instants', () => {
  test('several ranges a day, in the doctor’s zone', () => {
    expect(
      open({ weekly: [rule(2, '08:00-12:00'), rule(2, '13:00-17:30'), rule(3, '09:00-10:00')] }, '2026-03-03'),
    ).toEqual(['2026-03-03T07:00:00Z/2026-03-03T11:00:00Z', '2026-03-03T12:00:00Z/2026-03-03T16:30:00Z']);
  });

  test('an end that is not after its start is on the next day; equal start and end make 24 hours', () => {
    expect(open({ weekly: [rule(2, '22:00-06:00')] }, '2026-03-03')).toEqual([
      '2026-03-03T21:00:00Z/2026-03-04T05:00:00Z',
    ]);
    expect(open({ weekly: [rule(2, '22:00-24:00')] }, '2026-03-03')).toEqual([
      '2026-03-03T21:00:00Z/2026-03-03T23:00:00Z',
    ]);
    expect(open({ weekly: [rule(2, '09:00-09:00')] }, '2026-03-03')).toEqual([
      '2026-03-03T08:00:00Z/2026-03-04T08:00:00Z',
    ]);
  });

  test('wall-clock hours stay the same when clocks change', () => {
    expect(open({ weekly: daily('09:00-10:00') }, '2026-03-28', '2026-03-29')).toEqual([
      '2026-03-28T08:00:00Z/2026-03-28T09:00:00Z',
      '2026-03-29T07:00:00Z/2026-03-29T08:00:00Z',
    ]);
  });

  test('an edge in a gap is the moment clocks are set forward', () => {
    expect(open({ weekly: daily('02:30-04:00') }, '2026-03-29')).toEqual(['2026-03-29T01:00:00Z/2026-03-29T02:00:00Z']);
    expect(open({ weekly: daily('01:30-02:30') }, '2026-03-29')).toEqual(['2026-03-29T00:30:00Z/2026-03-29T01:00:00Z']);
    expect(open({ weekly: daily('02:10-02:50') }, '2026-03-29')).toEqual([]);
  });

  test('an edge in a fold is the first of the two readings; a range over the fold is an hour longer', () => {
    expect(open({ weekly: daily('02:00-02:30') }, '2026-10-25')).toEqual(['2026-10-25T00:00:00Z/2026-10-25T00:30:00Z']);
    expect(open({ weekly: daily('01:00-04:00') }, '2026-10-25')).toEqual(['2026-10-24T23:00:00Z/2026-10-25T03:00:00Z']);
  });

  test('a rule applies from its first to its last date, both included, and to its types only', () => {
    const weekly = daily('09:00-10:00').map((each) => ({
      ...each,
      validFrom: date('2026-03-03'),
      validUntil: date('2026-03-04'),
      appointmentTypeIds: [TYPE_ID],
    }));
    expect(open({ weekly }, '2026-03-01', '2026-03-08')).toHaveLength(2);
    expect(open({ weekly }, '2026-03-01', '2026-03-08', OTHER)).toEqual([]);
  });
});

describe('the hours of a date come from one source', () => {
  test('an override replaces the weekly hours or closes the date', () => {
    const overrides = [override('2026-03-03', '10:00-11:00', '08:00-09:00'), override('2026-03-04')];
    expect(open({ overrides }, '2026-03-03', '2026-03-04')).toEqual([
      '2026-03-03T07:00:00Z/2026-03-03T08:00:00Z',
      '2026-03-03T09:00:00Z/2026-03-03T10:00:00Z',
    ]);
  });

  test('a closed date ends the hours of the evening before at midnight', () => {
    const weekly = daily('20:00-04:00');
    expect(open({ weekly, overrides: [override('2026-03-04')] }, '2026-03-03', '2026-03-04')).toEqual([
      '2026-03-03T19:00:00Z/2026-03-03T23:00:00Z',
    ]);
    expect(open({ weekly, timeOff: [timeOff('2026-03-04')] }, '2026-03-03')).toEqual([
      '2026-03-03T19:00:00Z/2026-03-03T23:00:00Z',
    ]);
  });

  test('time off takes precedence over an override, an override over a holiday', () => {
    const holidays = [holiday('2026-03-02', '2026-03-04')];
    const overrides = [override('2026-03-03', '10:00-11:00')];
    expect(open({ holidays }, '2026-03-02', '2026-03-04')).toEqual([]);
    expect(open({ holidays, overrides }, '2026-03-02', '2026-03-04')).toHaveLength(1);
    expect(open({ holidays, overrides, timeOff: [timeOff('2026-03-01', '2026-03-09')] }, '2026-03-03')).toEqual([]);
  });

  test('a doctor without weekly hours offers every type on override dates; with weekly hours, only their types', () => {
    const overrides = [override('2026-03-03', '10:00-11:00')];
    expect(open({ weekly: [], overrides }, '2026-03-03', '2026-03-03', OTHER)).toHaveLength(1);
    const weekly = [rule(1, '09:00-10:00', { appointmentTypeIds: [TYPE_ID] })];
    expect(open({ weekly, overrides }, '2026-03-03', '2026-03-03', OTHER)).toEqual([]);
    expect(open({ weekly, overrides }, '2026-03-03')).toHaveLength(1);
  });
});

function overrideOf(day: string, available: readonly RangeInput[]) {
  return parseOverride({ date: day, available }, SHOWN, zone('Europe/Berlin'), []);
}

describe('validation of hours', () => {
  const types = new Map([['consultation', TYPE_ID]]);
  const rules = (...weekly: Parameters<typeof parseAvailability>[0]['weekly'][number][]) =>
    parseAvailability({ timezone: 'Europe/Berlin', weekly }, types, []);

  test('valid hours are accepted', () => {
    const parsed = rules(
      { weekday: 1, start: '09:00', end: '17:00' },
      {
        weekday: 7,
        start: '22:00',
        end: '24:00',
        appointmentTypes: ['consultation', 'consultation'],
        validFrom: '2026-01-01',
        validUntil: '2026-01-01',
      },
    );
    const { timezone, weekly } = value(parsed);
    expect({ timezone, weekly: weekly.rules }).toEqual({
      timezone: 'Europe/Berlin',
      weekly: [
        rule(1, '09:00-17:00'),
        rule(7, '22:00-24:00', {
          appointmentTypeIds: [TYPE_ID],
          validFrom: date('2026-01-01'),
          validUntil: date('2026-01-01'),
        }),
      ],
    });
    expect(value(overrideOf('2026-03-03', [{ start: '22:00', end: '02:00' }]))).toEqual({
      date: '2026-03-03',
      available: [range('22:00-02:00')],
    });
    expect(value(parseTimeOff({ from: '2026-03-03', until: '2026-03-03', reason: 'Away' }, SHOWN))).toEqual({
      from: '2026-03-03',
      until: '2026-03-03',
      reason: 'Away',
    });
  });

  test('every error is reported at once, each with its pointer', () => {
    const { errors } = refusal(
      parseAvailability(
        {
          timezone: 'Mars/Olympus',
          weekly: [
            { weekday: 8, start: '24:00', end: '25:00' },
            {
              weekday: 1,
              start: '09:00',
              end: '10:00',
              validFrom: '2026-02-29',
              validUntil: 'soon',
              appointmentTypes: ['surgery'],
            },
            { weekday: 1, start: '09:00', end: '10:00', validFrom: '2026-02-02', validUntil: '2026-02-01' },
            { weekday: 1, start: '09:00', end: '10:00', appointmentTypes: [] },
          ],
        },
        types,
        [],
      ),
    );
    expect(errors.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([
      '/timezone unknown_zone',
      '/weekly/0/weekday out_of_range',
      '/weekly/0/start invalid',
      '/weekly/0/end invalid',
      '/weekly/1/validFrom nonexistent_date',
      '/weekly/1/validUntil invalid',
      '/weekly/1/appointmentTypes/0 unknown_type',
      '/weekly/2/validUntil end_before_start',
      '/weekly/3/appointmentTypes out_of_range',
    ]);
  });

  test('the number of rules and ranges is limited', () => {
    const hour = { start: '09:00', end: '10:00' };
    const many = Array.from({ length: MAXIMUM_WEEKLY_RULES + 1 }, () => ({ weekday: 1, ...hour }));
    expect(refusal(rules(...many)).errors).toMatchObject([{ pointer: '/weekly', code: 'too_many' }]);
    const ranges = Array.from({ length: MAXIMUM_RANGES_PER_DATE + 1 }, () => hour);
    expect(refusal(overrideOf('2026-03-03', ranges)).errors).toMatchObject([
      { pointer: '/available', code: 'too_many' },
    ]);
    expect(
      refusal(parseTimeOff({ from: '2026-01-01', until: '2027-01-02', reason: null }, SHOWN)).errors,
    ).toMatchObject([{ pointer: '/until', code: 'out_of_range' }]);
  });

  test('ranges of an override may touch but not overlap', () => {
    const parsed = (...hours: string[]) => overrideOf('2026-03-03', hours.map(range));
    expect(parsed('09:00-10:00', '10:00-11:00').ok).toBe(true);
    expect(refusal(parsed('09:00-10:00', '12:00-13:00', '09:30-10:30')).errors).toMatchObject([
      { pointer: '/available/2', code: 'overlap' },
    ]);
    expect(refusal(overrideOf('2026-02-30', [])).errors).toMatchObject([
      { pointer: '/date', code: 'nonexistent_date' },
    ]);
  });

  test('time off may not end before its first date', () => {
    expect(
      refusal(parseTimeOff({ from: '2026-03-04', until: '2026-03-03', reason: null }, SHOWN)).errors,
    ).toMatchObject([{ pointer: '/until', code: 'end_before_start' }]);
    expect(refusal(parseTimeOff({ from: 'x', until: 'y', reason: null }, SHOWN)).errors).toHaveLength(2);
    const pointers = (from: string, until: string) =>
      refusal(parseTimeOff({ from, until, reason: null }, SHOWN)).errors.map(({ pointer, code }) => [pointer, code]);
    expect(pointers('2028-01-01', '2028-01-02')).toEqual([['/from', 'out_of_range']]);
    expect(pointers('2025-12-30', '2025-12-31')).toEqual([['/until', 'out_of_range']]);
    expect(parseTimeOff({ from: '2025-12-30', until: '2026-01-01', reason: null }, SHOWN).ok).toBe(true);
    expect(parseTimeOff({ from: '2027-12-31', until: '2028-01-02', reason: null }, SHOWN).ok).toBe(true);
    expect(refusal(overrideOf('2028-01-01', [])).errors).toMatchObject([
      { pointer: '/date', code: 'out_of_range', message: 'must be 2026-01-01 to 2027-12-31' },
    ]);
  });
});

describe('changes of availability carry the version they were decided on', () => {
  test('replacing the weekly hours is refused when the client saw another version', () => {
    const settings = { timezone: zone('Asia/Tokyo'), weekly: weekOf(daily('10:00-11:00')) };
    expect(value(replaceWeekly(availability({ version: 7 }), settings, 7))).toEqual([
      { type: 'availability.replaced', doctorId: DOCTOR_ID, ...settings, expectedVersion: 7 },
    ]);
    expect(replaceWeekly(availability({ version: 7 }), settings, null).ok).toBe(true);
    expect(refusal(replaceWeekly(availability({ version: 7 }), settings, 6))).toEqual({
      code: 'stale_version',
      version: 7,
    });
  });

  test('a date has at most one override', () => {
    const added = override('2026-03-03');
    expect(value(addOverride(availability(), added))).toEqual([
      { type: 'availability.override_added', doctorId: DOCTOR_ID, override: added, expectedVersion: 1 },
    ]);
    const with1 = availability({ overrides: [added] });
    expect(refusal(addOverride(with1, { ...added, id: id('another') })).code).toBe('override_exists');
    expect(value(removeOverride(with1, added.id))).toEqual([
      { type: 'availability.override_removed', doctorId: DOCTOR_ID, overrideId: added.id, expectedVersion: 1 },
    ]);
    expect(refusal(removeOverride(with1, id('none'))).code).toBe('override_not_found');
  });

  test('time off is added and removed', () => {
    const off = timeOff('2026-03-03');
    expect(addTimeOff(availability(), off)).toEqual([
      { type: 'availability.time_off_added', doctorId: DOCTOR_ID, timeOff: off, expectedVersion: 1 },
    ]);
    const away = availability({ timeOff: [off] });
    expect(value(removeTimeOff(away, off.id))).toMatchObject([{ type: 'availability.time_off_removed' }]);
    expect(refusal(removeTimeOff(away, id('none'))).code).toBe('time_off_not_found');
  });
});
