import { describe, expect, test } from 'vitest';
import {
  addOverride,
  addTimeOff,
  removeOverride,
  removeTimeOff,
  replaceWeekly,
  weekOf,
} from '../../../domain/scheduling/availability.ts';
import { openTime } from '../../../domain/scheduling/hours.ts';
import { formatInstant } from '../../../domain/shared/time.ts';
import {
  availability,
  DOCTOR_ID,
  daily,
  date,
  id,
  NOW,
  range,
  refusal,
  rule,
  TYPE_ID,
  time,
  value,
  zone,
} from './builders.ts';

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
  endsNightBefore: false,
});
const timeOff = (from: string, until = from) => ({
  id: id<'time_off'>(`off ${from}`),
  from: date(from),
  until: date(until),
  startTime: null,
  endTime: null,
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

  test('an override does not cut the hours of the evening before, unless it says so', () => {
    const weekly = daily('20:00-04:00');
    const closed = override('2026-03-04');
    expect(open({ weekly, overrides: [closed] }, '2026-03-03', '2026-03-04')).toEqual([
      '2026-03-03T19:00:00Z/2026-03-04T03:00:00Z',
    ]);
    expect(open({ weekly, overrides: [{ ...closed, endsNightBefore: true }] }, '2026-03-03', '2026-03-04')).toEqual([
      '2026-03-03T19:00:00Z/2026-03-03T23:00:00Z',
    ]);
  });

  test('time off and a holiday end the hours of the evening before at midnight', () => {
    const weekly = daily('20:00-04:00');
    for (const absence of [{ timeOff: [timeOff('2026-03-04')] }, { holidays: [holiday('2026-03-04')] }]) {
      expect(open({ weekly, ...absence }, '2026-03-03')).toEqual(['2026-03-03T19:00:00Z/2026-03-03T23:00:00Z']);
    }
  });

  test('an override of a holiday decides whether the night before it is cut', () => {
    const weekly = daily('20:00-04:00');
    const holidays = [holiday('2026-03-04')];
    expect(open({ weekly, holidays, overrides: [override('2026-03-04')] }, '2026-03-03')).toEqual([
      '2026-03-03T19:00:00Z/2026-03-04T03:00:00Z',
    ]);
  });

  test('time off within a day takes its time out of the hours', () => {
    const lunch = { ...timeOff('2026-03-03'), startTime: time('12:00'), endTime: time('13:00') };
    expect(open({ timeOff: [lunch] }, '2026-03-03')).toEqual([
      '2026-03-03T08:00:00Z/2026-03-03T11:00:00Z',
      '2026-03-03T12:00:00Z/2026-03-03T16:00:00Z',
    ]);
    const afternoonAndMorning = {
      ...timeOff('2026-03-03', '2026-03-05'),
      startTime: time('15:00'),
      endTime: time('10:00'),
    };
    expect(open({ timeOff: [afternoonAndMorning] }, '2026-03-03', '2026-03-05')).toEqual([
      '2026-03-03T08:00:00Z/2026-03-03T14:00:00Z',
      '2026-03-05T09:00:00Z/2026-03-05T16:00:00Z',
    ]);
  });

  test('a night shift that starts on a day off does not begin at midnight after it', () => {
    const weekly = daily('20:00-04:00');
    const off = { ...timeOff('2026-03-03', '2026-03-04'), startTime: time('22:00') };
    expect(open({ weekly, timeOff: [off] }, '2026-03-03', '2026-03-04')).toEqual([
      '2026-03-03T19:00:00Z/2026-03-03T21:00:00Z',
    ]);
  });

  test('hours of a date may be for some types, also for one that the weekly hours do not have', () => {
    const weekly = [rule(1, '09:00-10:00', { appointmentTypeIds: [TYPE_ID] })];
    const saturday = override('2026-03-07', '08:00-10:00');
    const overrides = [
      { ...saturday, available: saturday.available.map((hours) => ({ ...hours, appointmentTypeIds: [OTHER] })) },
    ];
    expect(open({ weekly, overrides }, '2026-03-07', '2026-03-07', OTHER)).toHaveLength(1);
    expect(open({ weekly, overrides }, '2026-03-07')).toEqual([]);
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
    expect(value(addOverride(availability(), added, NOW))).toEqual([
      { type: 'availability.override_added', doctorId: DOCTOR_ID, override: added, expectedVersion: 1, at: NOW },
    ]);
    const with1 = availability({ overrides: [added] });
    expect(refusal(addOverride(with1, { ...added, id: id('another') }, NOW)).code).toBe('override_exists');
    expect(value(removeOverride(with1, added.id))).toEqual([
      { type: 'availability.override_removed', doctorId: DOCTOR_ID, overrideId: added.id, expectedVersion: 1 },
    ]);
    expect(refusal(removeOverride(with1, id('none'))).code).toBe('override_not_found');
  });

  test('time off is added and removed', () => {
    const off = timeOff('2026-03-03');
    expect(value(addTimeOff(availability(), off, NOW))).toEqual([
      { type: 'availability.time_off_added', doctorId: DOCTOR_ID, timeOff: off, expectedVersion: 1, at: NOW },
    ]);
    const away = availability({ timeOff: [off] });
    expect(value(removeTimeOff(away, off.id))).toMatchObject([{ type: 'availability.time_off_removed' }]);
    expect(refusal(removeTimeOff(away, id('none'))).code).toBe('time_off_not_found');
    expect(refusal(addTimeOff(away, { ...off, id: id('again') }, NOW)).code).toBe('time_off_exists');
    expect(addTimeOff(away, { ...off, id: id('again'), reason: 'Another' }, NOW).ok).toBe(true);
  });
});
