/** Small decisions of scheduling, at their bounds. */

import { describe, expect, test } from 'vitest';
import { partialAbsences } from '../../../domain/scheduling/absence.ts';
import { replaceOverride } from '../../../domain/scheduling/availability.ts';
import { LONGEST_BUSY_MILLISECONDS, mergedTimes } from '../../../domain/scheduling/busy-time.ts';
import { permissionFor } from '../../../domain/scheduling/calendar-feed.ts';
import { expectedStart } from '../../../domain/scheduling/delay.ts';
import { expiresAt } from '../../../domain/scheduling/requests.ts';
import { undoableUntil } from '../../../domain/scheduling/steps.ts';
import { tidy } from '../../../domain/scheduling/tidying.ts';
import { defaultMode } from '../../../domain/scheduling/visit-mode.ts';
import { appointment, at, availability, date, id, NOW, refusal, time, value } from './builders.ts';

const HOUR = 3_600_000;

describe('replacing the hours of a date', () => {
  const override = (name: string, day: string) => ({
    ...{ id: id<'availability_override'>(name), date: date(day), available: [], endsNightBefore: false },
  });
  const overrides = [override('first', '2026-03-03'), override('second', '2026-03-04')];
  const replaced = (name: string, day: string, expected: number | null = 1) =>
    replaceOverride(availability({ overrides }), override(name, day), expected);

  test('keeps its date, or moves it to a free one', () => {
    for (const day of ['2026-03-03', '2026-03-05']) {
      expect(value(replaced('first', day))).toMatchObject([
        { type: 'availability.override_replaced', override: override('first', day), expectedVersion: 1 },
      ]);
    }
  });

  test('is refused on the date of another, when it is not there, or when another version was read', () => {
    expect(refusal(replaced('first', '2026-03-04'))).toEqual({ code: 'override_exists' });
    expect(refusal(replaced('third', '2026-03-05'))).toEqual({ code: 'override_not_found' });
    expect(refusal(replaced('first', '2026-03-03', 2))).toEqual({ code: 'stale_version', version: 1 });
  });
});

test('several times as one have parts as long as the longest appointment with its buffers', () => {
  expect(LONGEST_BUSY_MILLISECONDS).toBe(16 * HOUR);
  const parts = (hours: number) =>
    mergedTimes({ start: NOW, end: NOW + hours * HOUR }).map(({ start, end }) => [start - NOW, end - NOW]);
  expect(parts(1)).toEqual([[0, HOUR]]);
  expect(parts(16)).toEqual([[0, 16 * HOUR]]);
  expect(parts(17)).toEqual([
    [0, 16 * HOUR],
    [16 * HOUR, 17 * HOUR],
  ]);
});

test('a feed of one’s own and one of the clinic need different permissions', () => {
  expect(permissionFor({ kind: 'own' })).toBe('manage:own_calendar_feeds');
  expect(permissionFor({ kind: 'doctor' })).toBe('manage:clinic_calendar_feeds');
});

test('a patient is seen as many minutes later as the doctor is late', () => {
  expect(expectedStart(NOW, 20)).toBe(NOW + 1_200_000);
});

test('holds are kept for a day, and entries until their last date has passed in every zone', () => {
  expect(tidy(NOW)).toMatchObject({ holdsBefore: NOW - 24 * HOUR, entriesBefore: '2026-03-01', at: NOW });
});

test('time off that begins or ends within a day is partial, and whole dates are not', () => {
  const off = (startTime: string | null, endTime: string | null) => ({
    ...{ id: id<'time_off'>(`${startTime} ${endTime}`), reason: null },
    ...{ from: date('2026-03-03'), until: date('2026-03-04') },
    ...{ startTime: startTime === null ? null : time(startTime), endTime: endTime === null ? null : time(endTime) },
  });
  const partial = (...timeOff: ReturnType<typeof off>[]) => partialAbsences(availability({ timeOff }));
  const span = (start: string, end: string) => ({ start: at(`2026-03-${start}:00Z`), end: at(`2026-03-${end}:00Z`) });
  expect(partial(off(null, null))).toEqual([]);
  expect(partial(off('12:00', null), off(null, null))).toEqual([span('03T11:00', '04T23:00')]);
  expect(partial(off(null, '12:00'))).toEqual([span('02T23:00', '04T11:00')]);
});

test('a request expires at its start, or once that has come, when it cannot be undone any more', () => {
  const requested = appointment({ status: 'requested' });
  expect(expiresAt(requested, requested.start - 1)).toBe(requested.start);
  expect(expiresAt(requested, requested.start)).toBe(undoableUntil(requested));
  expect(undoableUntil(requested)).not.toBe(requested.start);
});

test('a visit is of the first mode of its type', () => {
  expect(defaultMode({ visitModes: ['video', 'in_person'] })).toBe('video');
  expect(defaultMode({ visitModes: ['in_person', 'video'] })).toBe('in_person');
  expect(defaultMode({ visitModes: [] })).toBe('in_person');
});
