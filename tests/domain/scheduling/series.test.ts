import { describe, expect, test } from 'vitest';
import { weekOf } from '../../../domain/scheduling/availability.ts';
import { DEFAULT_POLICY } from '../../../domain/scheduling/policy.ts';
import {
  extentOf,
  MAXIMUM_OCCURRENCES,
  occurrenceDates,
  type Recurrence,
} from '../../../domain/scheduling/recurrence.ts';
import { bookSeries, type SeriesRequest } from '../../../domain/scheduling/series.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { formatInstant } from '../../../domain/shared/time.ts';
import {
  appointmentType,
  busy,
  date,
  doctor,
  id,
  NOW,
  PATIENT,
  PATIENT_ID,
  range,
  refusal,
  state,
  time,
  value,
} from './builders.ts';

const COUNTED = { weekdays: null, until: null } as const;
const weekly = (count: number): Recurrence => ({
  ...COUNTED,
  frequency: 'weekly',
  interval: 1,
  count,
});

function request(fields: Partial<SeriesRequest> = {}): SeriesRequest {
  return {
    patientId: PATIENT_ID,
    dateOfBirth: null,
    firstDate: date('2026-03-16'),
    startTime: time('09:00'),
    recurrence: weekly(3),
    mode: 'all_or_nothing',
    reason: 'Therapy',
    visitMode: null,
    symptoms: null,
    notes: null,
    ...fields,
  };
}

function occurrencesOf(outcome: ReturnType<typeof bookSeries>) {
  const refused = refusal(outcome);
  return 'occurrences' in refused ? refused.occurrences : [];
}

const by = {
  actor: PATIENT,
  now: NOW,
  policy: DEFAULT_POLICY,
  seriesId: id<'series'>('series'),
  appointmentIds: Array.from({ length: MAXIMUM_OCCURRENCES }, (_, i) => id<'appointment'>(`appointment ${i}`)),
};

describe('the dates of a series', () => {
  const dates = (first: string, recurrence: Recurrence) => occurrenceDates(date(first), recurrence);

  test('several weekdays: those of each counted week from the first date on', () => {
    const given = { ...COUNTED, frequency: 'weekly', weekdays: [5, 1, 3], count: 5 } as const;
    // A Wednesday.
    expect(dates('2026-03-04', { ...given, interval: 1 })).toEqual([
      '2026-03-04',
      '2026-03-06',
      '2026-03-09',
      '2026-03-11',
      '2026-03-13',
    ]);
    expect(dates('2026-03-04', { ...given, interval: 2, count: 3 })).toEqual([
      '2026-03-04',
      '2026-03-06',
      '2026-03-16',
    ]);
  });

  test('until a date, which is included', () => {
    const until = (last: string) =>
      dates('2026-03-02', { ...COUNTED, frequency: 'daily', interval: 3, count: null, until: date(last) });
    expect(until('2026-03-08')).toEqual(['2026-03-02', '2026-03-05', '2026-03-08']);
    expect(until('2026-03-07')).toEqual(['2026-03-02', '2026-03-05']);
    expect(until('2030-01-01')).toHaveLength(MAXIMUM_OCCURRENCES + 1);
  });

  test('every n days, weeks and months', () => {
    expect(dates('2026-02-27', { ...COUNTED, frequency: 'daily', interval: 2, count: 3 })).toEqual([
      '2026-02-27',
      '2026-03-01',
      '2026-03-03',
    ]);
    expect(dates('2026-12-21', { ...COUNTED, frequency: 'weekly', interval: 2, count: 2 })).toEqual([
      '2026-12-21',
      '2027-01-04',
    ]);
  });

  test('the 31st becomes the last day of shorter months and the 31st again after them', () => {
    expect(dates('2026-01-31', { ...COUNTED, frequency: 'monthly', interval: 1, count: 4 })).toEqual([
      '2026-01-31',
      '2026-02-28',
      '2026-03-31',
      '2026-04-30',
    ]);
  });
});

describe('booking a series', () => {
  test('keeps the wall-clock time when clocks change', () => {
    const booked = value(bookSeries(state(), request(), by));
    expect(booked.appointments.map(({ start }) => formatInstant(start))).toEqual([
      '2026-03-16T08:00:00Z',
      '2026-03-23T08:00:00Z',
      '2026-03-30T07:00:00Z',
    ]);
    expect(booked.appointments.map((each) => [each.id, each.seriesId, each.reason])).toEqual([
      ['appointment 0', 'series', 'Therapy'],
      ['appointment 1', 'series', 'Therapy'],
      ['appointment 2', 'series', 'Therapy'],
    ]);
    expect(booked.changes.map(({ type }) => type)).toEqual([
      'series.created',
      'appointment.booked',
      'appointment.booked',
      'appointment.booked',
    ]);
    expect(booked.series).toMatchObject({ id: 'series', firstDate: '2026-03-16', recurrence: weekly(3) });
    expect(booked.skipped).toEqual([]);
  });

  const taken = state({ busy: [busy('2026-03-23T08:00:00Z', '2026-03-23T08:30:00Z')] });

  test('all_or_nothing: one date that cannot be booked refuses the series, with the reasons of each (R39)', () => {
    const refused = refusal(bookSeries(taken, request({ startTime: time('09:00') }), by));
    expect(refused).toEqual({
      code: 'series_unavailable',
      occurrences: [{ index: 1, date: '2026-03-23', reasons: [{ code: 'slot_taken', acknowledgeable: false }] }],
    });
  });

  test('free_ones: dates that cannot be booked are left out and listed', () => {
    const booked = value(bookSeries(taken, request({ mode: 'free_ones' }), by));
    expect(booked.appointments.map((each) => each.id)).toEqual(['appointment 0', 'appointment 2']);
    expect(booked.skipped).toMatchObject([{ index: 1, date: '2026-03-23' }]);
  });

  test('a date on which the local time does not exist cannot be booked (R41)', () => {
    const night = state({ availability: { ...state().availability, weekly: weekOf([]) } });
    const refused = refusal(
      bookSeries(night, request({ firstDate: date('2026-03-22'), startTime: time('02:30'), mode: 'free_ones' }), by),
    );
    expect(refused).toMatchObject({
      occurrences: [
        { reasons: [{ code: 'outside_availability' }] },
        { reasons: [{ code: 'nonexistent_local_time' }] },
        { reasons: [{ code: 'outside_availability' }] },
      ],
    });
  });

  test('overlapping dates of the series conflict with each other', () => {
    const long = state({ type: appointmentType({ horizonDays: 300, bufferAfterMinutes: 240, durationMinutes: 480 }) });
    const open = { ...long, availability: { ...long.availability, weekly: weekOf([]) } };
    const allDay = Array.from({ length: 20 }, (_, i) => ({
      id: id<'availability_override'>(`${i}`),
      date:
        occurrenceDates(date('2026-03-16'), { ...COUNTED, frequency: 'daily', interval: 1, count: 20 })[i] ?? date(''),
      available: [range('00:00-24:00')],
      endsNightBefore: false,
    }));
    const always = { ...open, availability: { ...open.availability, overrides: allDay } };
    const daily = request({
      recurrence: { ...COUNTED, frequency: 'daily', interval: 1, count: 4 },
      startTime: time('00:00'),
    });
    expect(bookSeries(always, daily, by).ok).toBe(true);
    const wide = { ...always, type: { ...always.type, bufferAfterMinutes: 961 } };
    expect(refusal(bookSeries(wide, daily, by))).toMatchObject({
      occurrences: [{ index: 1 }, { index: 3 }],
    });
    const colleague = id<'user'>('colleague') as UserId;
    const beside = {
      doctor: doctor({ id: colleague }),
      name: 'Yuki Sato',
      availability: { ...always.availability, doctorId: colleague },
      busy: [],
    };
    const [{ reasons } = { reasons: [] }] = occurrencesOf(bookSeries({ ...wide, additional: [beside] }, daily, by));
    expect(reasons.map((reason) => [reason.code, reason.doctorId])).toEqual([
      ['slot_taken', undefined],
      ['slot_taken', colleague],
    ]);
  });

  test.each([
    ['2026-03-16', weekly(3), 3, '2026-03-15', '2026-03-31'],
    // NOW is on 2 March 2026. What is past or beyond every horizon is not read.
    ['1900-01-31', { ...COUNTED, frequency: 'monthly', interval: 30, count: 52 }, 52, '2026-02-28', '2027-08-01'],
    ['1900-01-31', weekly(3), 3, '2026-02-28', '2026-02-28'],
    ['2026-03-01', { ...COUNTED, frequency: 'monthly', interval: 24, count: 52 }, 52, '2026-02-28', '2028-03-03'],
    ['2999-12-31', weekly(3), 3, '2999-12-30', '2999-12-30'],
    ['2026-03-16', weekly(99), 1, '2026-03-15', '2026-03-17'],
  ] as const)('from %s reads the state of the dates that can be booked', (first, recurrence, count, from, to) => {
    expect(extentOf(date(first), recurrence, NOW)).toEqual({ count, dates: { from, to } });
  });

  test('a recurrence out of bounds is refused by field', () => {
    for (const [recurrence, pointers] of [
      [{ ...COUNTED, frequency: 'daily', interval: 0, count: 53 }, ['/interval', '/count']],
      [{ ...COUNTED, frequency: 'daily', interval: 100, count: 2 }, ['/interval']],
      [{ ...COUNTED, frequency: 'daily', interval: 1, count: 1 }, ['/count']],
      [{ ...COUNTED, frequency: 'daily', interval: 1, count: null }, ['/count']],
      [{ ...COUNTED, frequency: 'daily', interval: 1, count: 2, until: date('2026-04-01') }, ['/count']],
      [{ ...COUNTED, frequency: 'daily', interval: 1, count: 2, weekdays: [1] }, ['/weekdays']],
      [{ ...COUNTED, frequency: 'weekly', interval: 1, count: 2, weekdays: [2] }, ['/weekdays']],
      [{ ...COUNTED, frequency: 'daily', interval: 1, count: null, until: date('2026-03-16') }, ['/until']],
      [{ ...COUNTED, frequency: 'daily', interval: 1, count: null, until: date('2026-06-16') }, ['/until']],
    ] as const) {
      const refused = refusal(bookSeries(state(), request({ recurrence }), by));
      expect('errors' in refused && refused.errors.map(({ pointer }) => pointer)).toEqual(pointers);
    }
  });

  test('too few ids throw', () => {
    expect(() => bookSeries(state(), request(), { ...by, appointmentIds: [] })).toThrow(RangeError);
  });
});
