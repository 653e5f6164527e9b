/** What a change of hours takes from appointments, and how much one change looks at. */
import { describe, expect, test } from 'vitest';
import {
  affectedBy,
  type BookedHours,
  type ComingAppointment,
  lossesOf,
  MAXIMUM_COMING,
} from '../../../domain/scheduling/affected.ts';
import type { AppointmentId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { at, availability, daily, date, id, range, TYPE_ID, time } from './builders.ts';

test('one change looks at fifty thousand appointments at most', () => {
  const hours = (count: number) => {
    const coming: ComingAppointment[] = [];
    coming.length = count;
    return [{ availability: availability(), doctorKey, coming }] satisfies BookedHours[];
  };
  expect(lossesOf(hours(MAXIMUM_COMING), () => []).ok).toBe(true);
  expect(lossesOf(hours(MAXIMUM_COMING + 1), () => [])).toMatchObject({ error: { errors: [{ code: 'too_many' }] } });
});

const COMING: ComingAppointment = {
  ...{ id: id<'appointment'>('coming') as AppointmentId, appointmentTypeId: TYPE_ID, locationId: null },
  ...{ isLed: true, isJoint: false, start: at('2026-03-03T09:00:00Z'), end: at('2026-03-03T09:30:00Z') },
};
const onDay = (day: number): ComingAppointment => ({
  ...COMING,
  start: COMING.start + day * 86_400_000,
  end: COMING.end + day * 86_400_000,
});
type Hours = Parameters<typeof availability>[0];
const doctorKey: DataKey = { ownerId: 'doctor', ringKeyId: 'ring', wrapped: new Uint8Array(32) };

/** The days after 3 March on which an appointment at ten loses its time, of the day before and four days. */
function daysLost(before: Hours, after: Hours): number[] {
  const days = [-1, 0, 1, 2, 3];
  const coming = days.map(onDay);
  const lost = affectedBy({ availability: availability(before), doctorKey, coming }, availability(after));
  return days.filter((_, index) => lost.some(({ start }) => start === coming[index]?.start));
}

describe('an appointment loses its time', () => {
  const holiday = {
    ...{ id: id<'clinic_holiday'>('holiday'), name: 'Carnival' },
    ...{ from: date('2026-03-03'), until: date('2026-03-04') },
  };
  const absence = {
    ...{ id: id<'time_off'>('absence'), from: date('2026-03-04'), until: date('2026-03-04') },
    ...{ startTime: null, endTime: time('10:15'), reason: null },
  };
  const own = { ...{ id: id<'availability_override'>('own'), date: date('2026-03-04') }, endsNightBefore: false };

  test('on the dates of a holiday that is new', () => {
    expect(daysLost({}, { holidays: [holiday] })).toEqual([0, 1]);
    expect(daysLost({ holidays: [holiday] }, { holidays: [holiday] })).toEqual([]);
  });

  test('not on a date of the holiday that has hours of its own', () => {
    const overrides = [{ ...own, available: [range('09:00-17:00')] }];
    expect(daysLost({ overrides }, { overrides, holidays: [holiday] })).toEqual([0]);
  });

  test('within time off that is new', () => {
    expect(daysLost({}, { timeOff: [absence] })).toEqual([1]);
    expect(daysLost({}, { timeOff: [{ ...absence, endTime: time('10:00') }] })).toEqual([]);
    expect(daysLost({ timeOff: [absence] }, { timeOff: [absence] })).toEqual([]);
  });

  test('outside the hours, if it was within them', () => {
    const weekly = daily('09:00-10:15');
    expect(daysLost({}, { weekly })).toEqual([-1, 0, 1, 2, 3]);
    expect(daysLost({ weekly }, { weekly: daily('11:00-12:00') })).toEqual([]);
    expect(daysLost({}, { weekly: daily('09:00-10:15', '10:15-11:00') })).toEqual([]);
    expect(daysLost({}, { overrides: [{ ...own, available: [] }] })).toEqual([1]);
  });
});
