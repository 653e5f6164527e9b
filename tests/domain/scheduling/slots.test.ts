import { describe, expect, test } from 'vitest';
import { earliestSlots, mergedSlots } from '../../../domain/scheduling/next-available.ts';
import { availableSlots, slotsOf } from '../../../domain/scheduling/slots.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import {
  appointmentType,
  at,
  availability,
  busy,
  DOCTOR_ID,
  daily,
  date,
  id,
  localTimes,
  NOW,
  query,
  TYPE_ID,
  zone,
} from './builders.ts';

const hours = (...ranges: string[]) => availability({ weekly: daily(...ranges) });
const times = (fields: Parameters<typeof query>[0], timezone?: string) =>
  localTimes(availableSlots(query(fields)), timezone);

describe('slots', () => {
  test('fill the open time from its start, and end within it', () => {
    expect(times({ availability: hours('09:00-10:40') })).toEqual(['09:00', '09:30', '10:00']);
    expect(availableSlots(query({ availability: hours('09:00-09:30') }))).toEqual([
      {
        doctorId: DOCTOR_ID,
        start: at('2026-03-03T08:00:00Z'),
        end: at('2026-03-03T08:30:00Z'),
        date: '2026-03-03',
        locationId: null,
      },
    ]);
  });

  test('the grid restarts at each range; ranges that touch are one open time', () => {
    const type = appointmentType({ durationMinutes: 45, slotIntervalMinutes: 45 });
    expect(times({ type, availability: hours('09:10-10:30', '10:30-11:30') })).toEqual(['09:10', '09:55', '10:30']);
    expect(times({ type, availability: hours('09:10-10:20', '10:30-11:30') })).toEqual(['09:10', '10:30']);
  });

  test('the slot interval may be shorter or longer than the appointment', () => {
    const type = appointmentType({ durationMinutes: 30, slotIntervalMinutes: 15 });
    expect(times({ type, availability: hours('09:00-10:00') })).toEqual(['09:00', '09:15', '09:30']);
    const sparse = appointmentType({ durationMinutes: 10, slotIntervalMinutes: 60 });
    expect(times({ type: sparse, availability: hours('09:00-11:10') })).toEqual(['09:00', '10:00', '11:00']);
  });

  test('busy times are left out in any order; slots may touch them', () => {
    const taken = [
      busy('2026-03-03T09:15:00Z', '2026-03-03T09:20:00Z'),
      busy('2026-03-03T08:00:00Z', '2026-03-03T08:30:00Z'),
    ];
    expect(times({ availability: hours('09:00-11:30'), busy: taken })).toEqual(['09:30', '10:30', '11:00']);
  });

  test('buffers may not overlap busy times, but may lie outside the hours', () => {
    const type = appointmentType({ bufferBeforeMinutes: 10, bufferAfterMinutes: 20 });
    const taken = [busy('2026-03-03T09:30:00Z', '2026-03-03T10:00:00Z')];
    expect(times({ type, availability: hours('09:00-12:30'), busy: taken })).toEqual([
      '09:00',
      '09:30',
      '11:30',
      '12:00',
    ]);
  });

  test('the buffer before a slot may not overlap a busy time between slots', () => {
    const type = appointmentType({ durationMinutes: 10, slotIntervalMinutes: 60, bufferBeforeMinutes: 30 });
    const taken = [busy('2026-03-03T08:40:00Z', '2026-03-03T08:50:00Z')];
    expect(times({ type, availability: hours('09:00-12:00'), busy: taken })).toEqual(['09:00', '11:00']);
  });

  test('a hold blocks its time until it expires', () => {
    const held = (expiresAt: number) => [busy('2026-03-03T08:00:00Z', '2026-03-03T08:30:00Z', { expiresAt })];
    expect(times({ availability: hours('09:00-10:00'), busy: held(NOW + 1) })).toEqual(['09:30']);
    expect(times({ availability: hours('09:00-10:00'), busy: held(NOW) })).toEqual(['09:00', '09:30']);
  });

  test('notice counts from now, to the millisecond', () => {
    const type = appointmentType({ minimumNoticeMinutes: 60 });
    const today = { availability: hours('08:00-10:00'), type, from: date('2026-03-02'), to: date('2026-03-02') };
    expect(times({ ...today, now: at('2026-03-02T07:00:00Z') })).toEqual(['09:00', '09:30']);
    expect(times({ ...today, now: at('2026-03-02T07:00:00Z') + 1 })).toEqual(['09:30']);
  });

  test('the horizon counts local dates after today', () => {
    const type = appointmentType({ horizonDays: 2 });
    const all = availableSlots(
      query({ type, availability: hours('09:00-09:30'), from: date('2026-03-01'), to: date('2026-04-01') }),
    );
    expect(all.map((slot) => slot.date)).toEqual(['2026-03-02', '2026-03-03', '2026-03-04']);
  });

  test('a full date has no slots: appointments of the type and live holds count, others do not', () => {
    const type = appointmentType({ dailyLimit: 2 });
    const first = busy('2026-03-03T08:00:00Z', '2026-03-03T08:30:00Z');
    const second = busy('2026-03-03T09:00:00Z', '2026-03-03T09:30:00Z');
    const both = { type, from: date('2026-03-03'), to: date('2026-03-04'), availability: hours('09:00-11:00') };
    expect(times({ ...both, busy: [first, second] })).toEqual(['09:00', '09:30', '10:00', '10:30']);
    const other = { ...second, appointmentTypeId: id<'appointment_type'>('other') };
    expect(times({ ...both, busy: [first, other] })).toHaveLength(6);
    expect(times({ ...both, busy: [first, { ...second, expiresAt: NOW }] })).toHaveLength(7);
  });

  test('a slot of overnight hours belongs to the local date it starts on', () => {
    const night = { availability: hours('23:00-00:45'), type: appointmentType({ slotIntervalMinutes: 15 }) };
    expect(times({ ...night, from: date('2026-03-03'), to: date('2026-03-03') })).toEqual([
      '00:00',
      '00:15',
      '23:00',
      '23:15',
      '23:30',
      '23:45',
    ]);
  });

  test('an inactive type has none', () => {
    expect(times({ type: appointmentType({ active: false }) })).toEqual([]);
  });

  test('an empty range of dates has none', () => {
    expect(times({ from: date('2026-03-04'), to: date('2026-03-03') })).toEqual([]);
  });

  test('R41 clocks set forward: the gap has no slots, and the grid continues by the wall clock', () => {
    const day = { from: date('2026-03-29'), to: date('2026-03-29'), availability: hours('01:00-04:00') };
    expect(times(day)).toEqual(['01:00', '01:30', '03:00', '03:30']);
    expect(times({ ...day, type: appointmentType({ slotIntervalMinutes: 45 }) })).toEqual(['01:00', '01:45', '03:15']);
  });

  test('R41 clocks set back: the hour that occurs twice has slots twice', () => {
    const day = {
      from: date('2026-10-25'),
      to: date('2026-10-25'),
      availability: hours('01:30-03:30'),
      now: at('2026-10-24T00:00:00Z'),
    };
    expect(times(day)).toEqual(['01:30', '02:00', '02:30', '02:00', '02:30', '03:00']);
  });

  test('R41 a half-hour change', () => {
    const lordHowe = availability({ timezone: zone('Australia/Lord_Howe'), weekly: daily('01:00-03:00') });
    const day = {
      from: date('2026-10-04'),
      to: date('2026-10-04'),
      availability: lordHowe,
      now: at('2026-10-01T00:00:00Z'),
    };
    expect(times({ ...day, type: appointmentType({ slotIntervalMinutes: 60 }) }, 'Australia/Lord_Howe')).toEqual([
      '01:00',
    ]);
    expect(times(day, 'Australia/Lord_Howe')).toEqual(['01:00', '01:30', '02:30']);
  });

  test('can be computed one at a time', () => {
    const taken = [];
    for (const slot of slotsOf(query({ from: date('2026-03-03'), to: date('2026-05-01') }))) {
      taken.push(slot);
      if (taken.length === 3) break;
    }
    expect(localTimes(taken)).toEqual(['09:00', '09:30', '10:00']);
  });
});

describe('the earliest over many doctors', () => {
  const of = (name: string, timezone: string, ...ranges: string[]) =>
    query({
      availability: availability({
        doctorId: id<'user'>(name) as UserId,
        timezone: zone(timezone),
        weekly: daily(...ranges),
      }),
      to: date('2026-03-31'),
    });

  test('are ordered by start, then by the order of the queries', () => {
    const queries = [
      of('berlin', 'Europe/Berlin', '09:00-10:00'),
      of('tokyo', 'Asia/Tokyo', '09:00-10:00'),
      of('paris', 'Europe/Paris', '09:00-10:00'),
    ];
    expect(earliestSlots(queries, 6).map((slot) => slot.doctorId)).toEqual([
      'tokyo',
      'tokyo',
      'berlin',
      'paris',
      'berlin',
      'paris',
    ]);
    expect(earliestSlots(queries, 0)).toEqual([]);
    expect(earliestSlots([], 5)).toEqual([]);
  });

  test('include the hours of the night before', () => {
    const night = of('night', 'Europe/Berlin', '22:00-06:00');
    const queries = [of('day', 'Europe/Berlin', '05:00-06:00'), night];
    expect(earliestSlots(queries, 1).map((slot) => slot.doctorId)).toEqual(['night']);
  });

  test('do not expand the hours of doctors who cannot be earlier', () => {
    let looked = 0;
    const late = { ...of('late', 'Europe/Berlin', '15:00-16:00') };
    const watched = new Proxy(late, {
      get(target, key, receiver) {
        if (key === 'busy') looked++;
        return Reflect.get(target, key, receiver);
      },
    });
    expect(earliestSlots([watched, of('early', 'Europe/Berlin', '09:00-10:00')], 2)).toHaveLength(2);
    expect(looked).toBe(0);
  });

  test('end when all doctors’ slots do', () => {
    const one = { ...of('a', 'Europe/Berlin', '09:00-10:00'), to: date('2026-03-03') };
    expect([...mergedSlots([one, { ...one, type: appointmentType({ id: TYPE_ID, active: false }) }])]).toHaveLength(2);
  });
});
