import { describe, expect, test } from 'vitest';
import { dayOf } from '../../../domain/scheduling/day-sheet.ts';
import type { DoctorSchedule } from '../../../domain/scheduling/ports.ts';
import { NO_RESOURCES } from '../../../domain/scheduling/resource-choice.ts';
import { appointmentType, at, availability, busy, daily, date, doctor, id, NOW, range, time } from './builders.ts';
import { entry } from './waitlist-builders.ts';

const TUESDAY = date('2026-03-03');
const consultation = appointmentType();
const checkup = appointmentType({ id: id('checkup'), code: 'checkup', durationMinutes: 60, slotIntervalMinutes: 60 });

function schedule(fields: Partial<DoctorSchedule> = {}): DoctorSchedule {
  return { doctor: doctor(), name: 'Chidi Okafor', availability: availability(), busy: [], ...fields };
}

const day = (fields: Partial<DoctorSchedule> = {}, context: Partial<Parameters<typeof dayOf>[1]> = {}) =>
  dayOf(schedule(fields), {
    date: TUESDAY,
    now: NOW,
    types: [consultation, checkup],
    waiting: [],
    resources: NO_RESOURCES,
    ...context,
  });

const span = (start: string, end: string) => ({ start: at(`2026-03-03T${start}Z`), end: at(`2026-03-03T${end}Z`) });

describe('the day of a doctor', () => {
  test('free time is the hours without what is taken, from now on', () => {
    const taken = [
      busy('2026-03-03T08:30:00Z', '2026-03-03T09:00:00Z'),
      busy('2026-03-03T15:00:00Z', '2026-03-03T17:00:00Z'),
    ];
    const { hours, free } = day({ busy: taken });
    expect(hours).toEqual([span('08:00:00', '16:00:00')]);
    expect(free).toEqual([span('08:00:00', '08:30:00'), span('09:00:00', '15:00:00')]);
    expect(day({ busy: taken }, { now: at('2026-03-03T12:00:00Z') }).free).toEqual([span('12:00:00', '15:00:00')]);
  });

  test('taken time is what appointments and live holds take, without saying of which', () => {
    const hold = { ...busy('2026-03-03T10:00:00Z', '2026-03-03T10:30:00Z'), expiresAt: NOW + 1 };
    const expired = { ...busy('2026-03-03T11:00:00Z', '2026-03-03T11:30:00Z'), expiresAt: NOW };
    const times = [
      busy('2026-03-02T22:30:00Z', '2026-03-02T23:30:00Z'),
      busy('2026-03-03T08:30:00Z', '2026-03-03T09:00:00Z'),
      busy('2026-03-03T09:00:00Z', '2026-03-03T09:30:00Z'),
      hold,
      expired,
      busy('2026-03-03T23:30:00Z', '2026-03-04T00:30:00Z'),
    ];
    const midnight = { start: at('2026-03-02T23:00:00Z'), end: at('2026-03-02T23:30:00Z') };
    const shift = availability({ weekly: daily('22:00-02:00') });
    const morning = [midnight, span('08:30:00', '09:30:00'), span('10:00:00', '10:30:00')];
    expect(day({ busy: times }).taken).toEqual(morning);
    const night = { start: at('2026-03-03T23:30:00Z'), end: at('2026-03-04T00:30:00Z') };
    expect(day({ busy: times, availability: shift }).taken).toEqual([...morning, night]);
  });

  test('each type says how many slots are free and when the first one starts', () => {
    const { types } = day({
      availability: availability({ weekly: daily('09:00-11:00') }),
      busy: [busy('2026-03-03T08:30:00Z', '2026-03-03T09:00:00Z')],
    });
    expect(types.map(({ type, freeSlots, firstSlot }) => [type.code, freeSlots, firstSlot])).toEqual([
      ['consultation', 3, at('2026-03-03T08:00:00Z')],
      ['checkup', 1, at('2026-03-03T09:00:00Z')],
    ]);
  });

  test('a hint counts the entries that a free slot of their type fits', () => {
    const waiting = [
      entry('any'),
      entry('this doctor', { doctorId: doctor().id }),
      entry('other doctor', { doctorId: id('other') }),
      entry('evening', { dailyWindow: range('18:00-20:00') }),
      entry('later', { from: date('2026-03-04') }),
      entry('other specialty', { specialty: 'Dermatology' }),
      entry('checkup', { appointmentTypeId: checkup.id }),
    ];
    expect(day({}, { waiting }).types.map(({ waiting: count }) => count)).toEqual([2, 1]);
    const full = [busy('2026-03-03T08:00:00Z', '2026-03-03T16:00:00Z')];
    expect(day({ busy: full }, { waiting }).types.map(({ waiting: count }) => count)).toEqual([0, 0]);
  });

  test('live holds are listed without their buffers, expired ones take no time', () => {
    const held = (expires: string) => ({
      ...busy('2026-03-03T08:50:00Z', '2026-03-03T09:40:00Z'),
      sourceId: id<'hold'>(expires),
      startsAt: at('2026-03-03T09:00:00Z'),
      expiresAt: at(expires),
    });
    const live = held('2026-03-03T00:00:00Z');
    expect(day({ busy: [live] }).holds).toEqual([
      {
        id: live.sourceId,
        appointmentTypeId: consultation.id,
        ...span('09:00:00', '09:30:00'),
        expiresAt: live.expiresAt,
      },
    ]);
    const expired = day({ busy: [held('2026-03-01T00:00:00Z')] });
    expect(expired.holds).toEqual([]);
    expect(expired.free).toEqual([span('08:00:00', '16:00:00')]);
  });

  test('time off, overrides and holidays of the date are named, and a closed day has neither hours nor types', () => {
    const closed = availability({
      timeOff: [
        {
          id: id('off'),
          from: date('2026-03-02'),
          until: TUESDAY,
          startTime: time('18:00'),
          endTime: null,
          reason: 'private',
        },
      ],
      overrides: [{ id: id('override'), date: TUESDAY, available: [range('09:00-10:00')], endsNightBefore: false }],
      holidays: [
        { id: id('holiday'), from: TUESDAY, until: TUESDAY, name: 'Carnival' },
        { id: id('other'), from: date('2026-03-04'), until: date('2026-03-04'), name: 'Later' },
      ],
    });
    const sheet = day({ availability: closed });
    expect(sheet.absences).toEqual([
      { kind: 'time_off', from: '2026-03-02', until: '2026-03-03', startTime: '18:00', endTime: null },
      { kind: 'override', from: '2026-03-03', until: '2026-03-03' },
      { kind: 'holiday', from: '2026-03-03', until: '2026-03-03', name: 'Carnival' },
    ]);
    expect([sheet.hours, sheet.free, sheet.types]).toEqual([[], [], []]);
  });
});
