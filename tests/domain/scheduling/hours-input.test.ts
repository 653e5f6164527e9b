/** Validation of weekly hours, hours of one date and time off. */
import { describe, expect, test } from 'vitest';
import { MAXIMUM_WEEKLY_RULES, parseAvailability } from '../../../domain/scheduling/availability-input.ts';
import { MAXIMUM_RANGES_PER_DATE, parseOverride, parseTimeOff } from '../../../domain/scheduling/exception-input.ts';
import type { RangeInput } from '../../../domain/scheduling/hours-input.ts';
import { date, range, refusal, rule, TYPE_ID, value, zone } from './builders.ts';

const SHOWN = { from: date('2026-01-01'), to: date('2027-12-31') };

const TYPES = new Map([['consultation', TYPE_ID]]);

function overrideOf(day: string, available: readonly RangeInput[]) {
  return parseOverride({ date: day, available }, SHOWN, zone('Europe/Berlin'), { locations: [], types: TYPES });
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
      endsNightBefore: false,
    });
    expect(value(parseTimeOff({ from: '2026-03-03', until: '2026-03-03', reason: 'Away' }, SHOWN))).toEqual({
      from: '2026-03-03',
      until: '2026-03-03',
      startTime: null,
      endTime: null,
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

  test('breaks of a rule are saved as the ranges around them', () => {
    const breaks = [
      { start: '15:00', end: '15:15' },
      { start: '12:00', end: '13:00' },
    ];
    expect(value(rules({ weekday: 1, start: '09:00', end: '17:00', breaks })).weekly.rules).toEqual([
      rule(1, '09:00-12:00'),
      rule(1, '13:00-15:00'),
      rule(1, '15:15-17:00'),
    ]);
    expect(
      refusal(rules({ weekday: 1, start: '20:00', end: '04:00', breaks: [{ start: '23:00', end: '24:00' }] })).errors,
    ).toMatchObject([{ pointer: '/weekly/0/breaks/0', code: 'out_of_range' }]);
  });

  test.each([
    ['at the start', [{ start: '09:00', end: '10:00' }]],
    ['to the end', [{ start: '16:00', end: '17:00' }]],
    ['outside', [{ start: '18:00', end: '19:00' }]],
    [
      'overlapping',
      [
        { start: '10:00', end: '12:00' },
        { start: '11:00', end: '13:00' },
      ],
    ],
  ])('a break %s is refused', (_, breaks) => {
    expect(refusal(rules({ weekday: 1, start: '09:00', end: '17:00', breaks })).errors).toMatchObject([
      { pointer: `/weekly/0/breaks/${breaks.length - 1}`, code: 'out_of_range' },
    ]);
  });

  test('time off may begin and end within a day, in this order', () => {
    const within = (from: string, until: string, startTime: string | null, endTime: string | null) =>
      parseTimeOff({ from, until, startTime, endTime, reason: null }, SHOWN);
    expect(value(within('2026-03-03', '2026-03-03', '12:00', '13:00'))).toMatchObject({
      startTime: '12:00',
      endTime: '13:00',
    });
    expect(within('2026-03-03', '2026-03-04', '22:00', '06:00').ok).toBe(true);
    expect(refusal(within('2026-03-03', '2026-03-03', '12:00', '12:00')).errors).toMatchObject([
      { pointer: '/endTime', code: 'end_before_start' },
    ]);
    expect(within('2026-03-03', '2026-03-03', null, '00:00').ok).toBe(false);
    expect(refusal(within('2026-03-03', '2026-03-03', '24:00', 'noon')).errors).toMatchObject([
      { pointer: '/startTime', code: 'invalid' },
      { pointer: '/endTime', code: 'invalid' },
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
