/** Who may book without the date of birth, and what is noted of an exception. */
import { describe, expect, test } from 'vitest';
import { book, lacksBirthDate } from '../../../domain/scheduling/booking.ts';
import { by, request } from './booking-builders.ts';
import { PATIENT, STAFF, state, value } from './builders.ts';

describe('a date of birth that the clinic asks for', () => {
  const confirmed = { acknowledged: ['birth_date_required'], overbook: false, reason: null } as const;
  const other = { acknowledged: ['in_the_past'], overbook: false, reason: null } as const;

  test('is lacking unless the clinic confirms that it does without', () => {
    const lacks = (exception: Parameters<typeof lacksBirthDate>[1], actor = STAFF) =>
      lacksBirthDate({ needsBirthDate: true }, exception, actor);
    expect(lacks(null)).toBe(true);
    expect(lacks(other)).toBe(true);
    expect(lacks(confirmed)).toBe(false);
    expect(lacks(confirmed, PATIENT)).toBe(true);
    expect(lacks(null, PATIENT)).toBe(true);
  });

  test('is never lacking when it is known, or not asked for', () => {
    expect(lacksBirthDate({ needsBirthDate: false }, null, PATIENT)).toBe(false);
    expect(lacksBirthDate({ needsBirthDate: false }, confirmed, STAFF)).toBe(false);
  });
});

test('the reason of an exception is kept if there was need of one', () => {
  const exception = { acknowledged: ['outside_availability'], overbook: false, reason: 'Cannot wait' } as const;
  const booked = (clock: string, reason: string | null) => {
    const wanted = request('2026-03-03', clock, { exception: { ...exception, reason } });
    return value(book(state(), wanted, null, by({ actor: STAFF }))).appointment;
  };
  expect(booked('18:00', 'Cannot wait')).toMatchObject({ outsideRules: true, exceptionReason: 'Cannot wait' });
  expect(booked('18:00', null)).toMatchObject({ outsideRules: true, exceptionReason: null });
  expect(booked('10:00', 'Cannot wait')).toMatchObject({ outsideRules: false, exceptionReason: null });
});
