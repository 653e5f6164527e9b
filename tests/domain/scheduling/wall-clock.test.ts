import { describe, expect, test } from 'vitest';
import {
  agreedInstant,
  inOrderOfMoving,
  isAsAgreed,
  keepWallClock,
  wallClockOf,
} from '../../../domain/scheduling/wall-clock.ts';
import type { AppointmentId } from '../../../domain/shared/ids.ts';
import { appointment, at, date, id, NOW, time, zone } from './builders.ts';

const HOUR = 3_600_000;
const BERLIN = zone('Europe/Berlin');
const agreedOn = (day: string, clock: string) => ({ date: date(day), time: time(clock) });

/** 10:00 in Berlin. */
const START = at('2026-03-03T09:00:00Z');
const AGREED = agreedOn('2026-03-03', '10:00');
const given = appointment({ start: START, busy: { start: START - 600_000, end: START + HOUR } });

test('the wall clock of a start is its date and time in the zone', () => {
  expect(wallClockOf(given)).toEqual(AGREED);
});

test.each([
  [AGREED, true],
  [agreedOn('2026-03-03', '10:01'), false],
  [agreedOn('2026-03-04', '10:00'), false],
])('a start of 10:00 is as agreed on %j: %s', (agreed, expected) => {
  expect(isAsAgreed({ ...given, agreed })).toBe(expected);
});

test.each([
  ['that exists once', agreedOn('2026-07-01', '10:00'), '2026-07-01T08:00:00Z'],
  ['in a gap is its end', agreedOn('2026-03-29', '02:30'), '2026-03-29T01:00:00Z'],
  ['in a fold is the earlier one', agreedOn('2026-10-25', '02:30'), '2026-10-25T00:30:00Z'],
])('the instant of a time %s', (_, agreed, instant) => {
  expect(agreedInstant({ agreed, timezone: BERLIN })).toBe(at(instant));
});

describe('keeping the wall clock', () => {
  test('moves the appointment with its end and buffers', () => {
    expect(keepWallClock(given, agreedOn('2026-03-03', '11:00'), NOW)).toEqual({
      type: 'appointment.wall_clock_kept',
      appointment: {
        ...given,
        start: START + HOUR,
        end: given.end + HOUR,
        busy: { start: START - 600_000 + HOUR, end: START + 2 * HOUR },
        updatedAt: NOW,
        version: 4,
      },
      expectedVersion: 3,
    });
  });

  test('leaves an appointment that starts as agreed, or is closed', () => {
    expect(keepWallClock(given, AGREED, NOW)).toBeUndefined();
    expect(keepWallClock({ ...given, status: 'cancelled' }, agreedOn('2026-03-03', '11:00'), NOW)).toBeUndefined();
  });

  test('leaves an appointment at the end of the gap in which it was agreed', () => {
    const resumes = at('2026-03-29T01:00:00Z');
    expect(keepWallClock(appointment({ start: resumes }), agreedOn('2026-03-29', '02:30'), NOW)).toBeUndefined();
  });
});

test('those that move to an earlier time go first, in order; then those that move to a later one, the last first', () => {
  const start = (name: string, from: string, agreed: string) => ({
    id: id<'appointment'>(name) as AppointmentId,
    version: 1,
    start: at(`2026-03-03T${from}:00Z`),
    timezone: zone('UTC'),
    agreed: agreedOn('2026-03-03', agreed),
  });
  const starts = [
    start('later, first', '09:00', '10:00'),
    start('earlier, last', '15:00', '14:00'),
    start('stays', '13:00', '13:00'),
    start('later, last', '11:00', '12:00'),
    start('earlier, first', '08:00', '07:00'),
  ];
  expect(inOrderOfMoving(starts).map((each) => each.id)).toEqual([
    'earlier, first',
    'stays',
    'earlier, last',
    'later, last',
    'later, first',
  ]);
});
