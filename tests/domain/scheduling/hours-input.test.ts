/** Validation of weekly hours, hours of one date and time off. */
import { describe, expect, test } from 'vitest';
import { MAXIMUM_WEEKLY_RULES, parseAvailability } from '../../../domain/scheduling/availability-input.ts';
import { MAXIMUM_RANGES_PER_DATE, parseOverride, parseTimeOff } from '../../../domain/scheduling/exception-input.ts';
import type { RangeInput } from '../../../domain/scheduling/hours-input.ts';
import type { Location, LocationId } from '../../../domain/scheduling/location.ts';
import { date, id, range, refusal, rule, TYPE_ID, value, zone } from './builders.ts';

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
    expect(rules(...many.slice(1)).ok).toBe(true);
    const broken = { weekday: 1, start: '09:00', end: '17:00', breaks: [{ start: '12:00', end: '13:00' }] };
    expect(rules(...many.slice(3), broken).ok).toBe(true);
    expect(refusal(rules(...many.slice(2), broken)).errors).toMatchObject([{ pointer: '/weekly', code: 'too_many' }]);
    const halves = Array.from({ length: 25 }, (_, at) => {
      const clock = (half: number) =>
        `${String(Math.floor(half / 2)).padStart(2, '0')}:${half % 2 === 0 ? '00' : '30'}`;
      return { start: clock(at), end: clock(at + 1) };
    });
    expect(overrideOf('2026-03-03', halves.slice(1)).ok).toBe(true);
    const ranges = Array.from({ length: MAXIMUM_RANGES_PER_DATE + 1 }, () => hour);
    expect(refusal(overrideOf('2026-03-03', ranges)).errors).toMatchObject([
      { pointer: '/available', code: 'too_many' },
    ]);
    expect(
      refusal(parseTimeOff({ from: '2026-01-01', until: '2027-01-02', reason: null }, SHOWN)).errors,
    ).toMatchObject([{ pointer: '/until', code: 'out_of_range' }]);
  });

  test.each([0, 8, 1.5, Number.NaN])('%d is no weekday', (weekday) => {
    expect(refusal(rules({ weekday, start: '09:00', end: '10:00' })).errors).toMatchObject([
      { pointer: '/weekly/0/weekday', code: 'out_of_range' },
    ]);
  });

  test('an override lies within the dates that are shown, the first and the last included', () => {
    const isAccepted = (day: string) => overrideOf(day, []).ok;
    expect(['2025-12-31', '2026-01-01', '2027-12-31', '2028-01-01'].map(isAccepted)).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  test('of ranges that begin together the shorter one comes first', () => {
    const parsed = overrideOf('2026-03-03', ['09:00-12:00', '09:00-10:00', '08:00-09:00'].map(range));
    expect(refusal(parsed).errors.map(({ pointer }) => pointer)).toEqual(['/available/0']);
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

  test('time off lasts 366 days at most, and is not measured without both dates', () => {
    const refused = (from: string, until: string) => {
      const parsed = parseTimeOff({ from, until, reason: null }, SHOWN);
      return parsed.ok ? [] : refusal(parsed).errors.map(({ pointer, code }) => `${pointer} ${code}`);
    };
    expect(refused('2026-01-01', '2027-01-01')).toEqual([]);
    expect(refused('2026-01-01', '2027-01-02')).toEqual(['/until out_of_range']);
    expect(refused('2026-02-30', '2026-03-03')).toEqual(['/from nonexistent_date']);
    expect(refused('2026-03-03', 'soon')).toEqual(['/until invalid']);
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

describe('hours at two locations', () => {
  const [here, there] = ['here', 'there'].map((name) => ({
    ...{ id: id<'location'>(name) as LocationId, name, timezone: zone('Europe/Berlin'), active: true, version: 1 },
    ...{ street: null, city: null, state: null, postalCode: null, country: null, phone: null, directions: null },
  })) as [Location, Location];
  const pointers = (...weekly: Parameters<typeof parseAvailability>[0]['weekly'][number][]) => {
    const parsed = parseAvailability({ timezone: 'Europe/Berlin', weekly }, TYPES, [here, there]);
    return parsed.ok ? [] : parsed.error.errors.map(({ pointer, code }) => `${pointer} ${code}`);
  };
  const first = { weekday: 1, start: '09:00', end: '12:00', locationId: here.id };
  const second = { weekday: 1, start: '11:00', end: '14:00', locationId: there.id };
  const CLASH = ['/weekly/1 overlap'];

  test('must be open, and in the zone of the hours', () => {
    const closed = { ...there, active: false };
    const abroad = { ...there, timezone: zone('Europe/London') };
    const errorsAt = (locations: readonly Location[]) => {
      const parsed = parseAvailability({ timezone: 'Europe/Berlin', weekly: [second] }, TYPES, locations);
      return parsed.ok ? [] : parsed.error.errors.map(({ pointer, code }) => `${pointer} ${code}`);
    };
    expect(errorsAt([here, there])).toEqual([]);
    expect(errorsAt([here])).toEqual(['/weekly/0/locationId unknown_location']);
    expect(errorsAt([here, closed])).toEqual(['/weekly/0/locationId unknown_location']);
    expect(errorsAt([here, abroad])).toEqual(['/weekly/0/locationId other_zone']);
  });

  test('must not overlap', () => {
    expect(pointers(first, second)).toEqual(CLASH);
    expect(pointers(first, { ...second, locationId: here.id })).toEqual([]);
    expect(pointers(first, { ...second, weekday: 2 })).toEqual([]);
    expect(pointers(first, { ...second, start: '12:00' })).toEqual([]);
    expect(pointers({ ...first, start: '14:00', end: '15:00' }, second)).toEqual([]);
  });

  test('must not overlap over midnight, from Sunday to Monday too', () => {
    const night = { ...first, start: '22:00', end: '02:00' };
    const early = { ...second, start: '01:00', end: '03:00' };
    expect(pointers(night, { ...early, weekday: 2 })).toEqual(CLASH);
    expect(pointers(night, { ...early, weekday: 3 })).toEqual([]);
    expect(pointers({ ...night, weekday: 7 }, early)).toEqual(CLASH);
    expect(
      pointers({ ...early, locationId: here.id }, { ...second, weekday: 7, start: '22:00', end: '02:00' }),
    ).toEqual(CLASH);
    expect(pointers({ ...night, weekday: 7 }, { ...early, start: '02:00' })).toEqual([]);
  });

  test('may overlap when they are not valid together', () => {
    const until = { ...first, validUntil: '2026-03-31' };
    expect(pointers(until, { ...second, validFrom: '2026-04-01' })).toEqual([]);
    expect(pointers({ ...second, validFrom: '2026-04-01' }, until)).toEqual([]);
    expect(pointers(until, { ...second, validFrom: '2026-03-31' })).toEqual(CLASH);
    expect(pointers({ ...first, validFrom: '2026-04-01' }, { ...second, validFrom: '2026-03-01' })).toEqual(CLASH);
  });
});
