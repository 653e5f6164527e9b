/** What a booking records for reports. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { book } from '../../../domain/scheduling/booking.ts';
import { AGE_BANDS, ageBandOn } from '../../../domain/scheduling/booking-facts.ts';
import { bookSeries } from '../../../domain/scheduling/series.ts';
import { addDays, addMonths } from '../../../domain/shared/time.ts';
import { sized } from '../../support/size.ts';
import { by, request } from './booking-builders.ts';
import { date, id, state, time, value } from './builders.ts';

describe('the age band of a booking', () => {
  test.each([
    ['2008-03-04', '0-17'],
    ['2008-03-03', '18-39'],
    ['1986-03-04', '18-39'],
    ['1986-03-03', '40-64'],
    ['1961-03-04', '40-64'],
    ['1961-03-03', '65-79'],
    ['1946-03-04', '65-79'],
    ['1946-03-03', '80+'],
    ['2026-12-31', '0-17'],
  ])('of somebody born on %s is %s on 2026-03-03', (born, band) => {
    expect(ageBandOn(date(born), date('2026-03-03'))).toBe(band);
  });

  test('a year of somebody born on 29 February is completed on the last day of February', () => {
    expect(ageBandOn(date('2008-02-29'), date('2026-02-27'))).toBe('0-17');
    expect(ageBandOn(date('2008-02-29'), date('2026-02-28'))).toBe('18-39');
  });

  test('changes exactly on the birthdays that begin a band, and never goes back', () => {
    const born = fc.integer({ min: 0, max: 40_000 }).map((days) => addDays(date('1920-01-01'), days));
    fc.assert(
      fc.property(born, fc.constantFrom(18, 40, 65, 80), (birth, years) => {
        const birthday = addMonths(birth, years * 12);
        const [before, on] = [addDays(birthday, -1), birthday].map((day) => AGE_BANDS.indexOf(ageBandOn(birth, day)));
        expect(on).toBe((before ?? 0) + 1);
      }),
      { numRuns: sized(500) },
    );
  });

  test('is that of the local date of the start, not of the date in UTC', () => {
    // 23:30 UTC of 2 March is 00:30 of 3 March in Berlin, the 18th birthday.
    const start = { kind: 'instant', instant: Date.parse('2026-03-02T23:30:00Z') } as const;
    const open = { acknowledged: ['outside_availability', 'not_on_grid'], overbook: false, reason: null } as const;
    const booking = book(
      state(),
      request('2026-03-03', '00:30', { start, dateOfBirth: date('2008-03-03'), exception: open }),
      null,
      by({ actor: { kind: 'staff', userId: null } }),
    );
    expect(value(booking).changes).toMatchObject([{ facts: { ageBand: '18-39', isNewPatient: true } }]);
  });

  test('is not known without a date of birth; a known patient is not new', () => {
    const booking = book(state({ isKnownPatient: true }), request('2026-03-03', '09:30'), null, by());
    expect(value(booking).changes).toMatchObject([{ facts: { ageBand: null, isNewPatient: false } }]);
  });
});

test('of a series only the first appointment is that of a new patient', () => {
  const wanted = {
    ...request('2026-03-16', '09:00'),
    firstDate: date('2026-03-16'),
    startTime: time('09:00'),
    recurrence: { frequency: 'weekly', interval: 1, weekdays: null, count: 3, until: null },
    mode: 'all_or_nothing',
  } as const;
  const context = {
    ...by(),
    seriesId: id<'series'>('s'),
    appointmentIds: ['a', 'b', 'c'].map((n) => id<'appointment'>(n)),
  };
  const { changes } = value(bookSeries(state(), wanted, context));
  const booked = changes.flatMap((change) => (change.type === 'appointment.booked' ? [change.facts.isNewPatient] : []));
  expect(booked).toEqual([true, false, false]);
});
