import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type BookingRequest, book } from '../../../domain/scheduling/booking.ts';
import { ALONE } from '../../../domain/scheduling/places.ts';
import { DEFAULT_POLICY } from '../../../domain/scheduling/policy.ts';
import type { BookingState } from '../../../domain/scheduling/slot-check.ts';
import { availableSlots } from '../../../domain/scheduling/slots.ts';
import type { LocalDate } from '../../../domain/shared/time.ts';
import { sized } from '../../support/size.ts';
import { by, MINUTE, reasons, request } from './booking-builders.ts';
import {
  appointmentType,
  at,
  availability,
  busy,
  DOCTOR_ID,
  daily,
  date,
  doctor,
  id,
  localTimes,
  NOW,
  PATIENT_ID,
  refusal,
  rule,
  STAFF,
  state,
  TYPE_ID,
  time,
  value,
  zone,
} from './builders.ts';

const DAY = 86_400_000;

const minute = fc.integer({ min: -60, max: 5 * 1440 });
/** The doctor's hours, taken times and the rules of the type, around a day on which clocks may change. */
const anyDay = fc.record({
  timezone: fc.constantFrom('Europe/Berlin', 'Australia/Lord_Howe', 'America/New_York', 'Asia/Kathmandu'),
  from: fc.constantFrom('2026-03-08', '2026-03-29', '2026-04-05', '2026-10-04', '2026-10-25', '2026-11-01'),
  hours: fc.constantFrom(['00:00-24:00'], ['01:30-03:45'], ['22:30-02:45', '09:00-12:10'], ['12:00-12:00']),
  taken: fc.array(minute, { maxLength: 8 }),
  type: fc.record({
    durationMinutes: fc.constantFrom(10, 30, 50),
    slotIntervalMinutes: fc.constantFrom(10, 15, 45),
    bufferAfterMinutes: fc.constantFrom(0, 15),
    minimumNoticeMinutes: fc.constantFrom(0, 120),
    horizonDays: fc.constantFrom(1, 2, 30),
    dailyLimit: fc.constantFrom(null, 2),
    sameDayFrom: fc.constantFrom(null, null, time('00:00'), time('09:30'), time('23:00')),
    doctorIds: fc.constantFrom(null, null, null, [DOCTOR_ID], [PATIENT_ID]),
  }),
});

type AnyDay = typeof anyDay extends fc.Arbitrary<infer T> ? T : never;

/** @returns the state to book in, the midnight before the day, and ten hours later as now */
function dayOf(any: AnyDay) {
  const midnight = Date.parse(any.from) - DAY;
  const given = state({
    type: appointmentType(any.type),
    availability: availability({ timezone: zone(any.timezone), weekly: daily(...any.hours) }),
    loaded: { from: date(any.from), to: date(any.from) },
    busy: any.taken.map((from) => ({
      ...busy('2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'),
      start: midnight + from * MINUTE,
      end: midnight + (from + 25) * MINUTE,
      startsAt: midnight + from * MINUTE,
    })),
  });
  return { given, midnight, now: midnight + 600 * MINUTE };
}

/** The starts of all free slots of the five days from midnight on. */
function offeredStarts(
  { availability, type, busy, resources }: ReturnType<typeof state>,
  midnight: number,
  now: number,
) {
  const dateOf = (instant: number) => new Date(instant).toISOString().slice(0, 10) as LocalDate;
  const dates = { from: dateOf(midnight), to: dateOf(midnight + 5 * DAY) };
  return new Set(availableSlots({ availability, type, ...dates, now, busy, resources }).map(({ start }) => start));
}

describe('booking', () => {
  test('creates the appointment with busy range, zone and text', () => {
    const type = appointmentType({ bufferBeforeMinutes: 5, bufferAfterMinutes: 10 });
    const words = { reason: 'Check', symptoms: 'Cough', notes: null };
    const start = at('2026-03-03T08:30:00Z');
    const expected = {
      id: 'new',
      patientId: PATIENT_ID,
      doctorId: DOCTOR_ID,
      additionalDoctorIds: [],
      appointmentTypeId: TYPE_ID,
      start,
      end: start + 30 * MINUTE,
      timezone: 'Europe/Berlin',
      busy: { start: start - 5 * MINUTE, end: start + 40 * MINUTE },
      status: 'scheduled',
      statusAt: NOW,
      ...words,
      intake: null,
      seriesId: null,
      place: ALONE,
      outsideRules: false,
      exceptionReason: null,
      rescheduleCount: 0,
      selfService: { cancelNoticeMinutes: null, rescheduleNoticeMinutes: null, clinicOnly: false },
      cancellation: null,
      locationId: null,
      visitMode: 'in_person',
      createdBy: PATIENT_ID,
      createdAt: NOW,
      updatedAt: NOW,
      version: 1,
    };
    const facts = { ageBand: null, isNewPatient: true };
    const booking = value(
      book(state({ type }), request('2026-03-03', '09:30', { ...words, endTime: time('10:00') }), null, by()),
    );
    expect(booking).toEqual({
      appointment: expected,
      changes: [{ type: 'appointment.booked', appointment: expected, facts, joins: [], takings: [], doctors: [] }],
    });
  });

  test('an end at midnight may be written as 24:00 or 00:00', () => {
    const late = state({ availability: availability({ weekly: daily('20:00-24:00') }) });
    for (const endTime of ['24:00', '00:00']) {
      expect(book(late, request('2026-03-03', '23:30', { endTime: time(endTime) }), null, by()).ok).toBe(true);
    }
    expect(reasons(late, request('2026-03-03', '23:30', { endTime: time('23:59') }))).toEqual(['invalid_duration']);
  });
});

describe('R39 reasons of a refusal', () => {
  test.each<[string, Partial<BookingState>, BookingRequest]>([
    ['outside_availability', {}, request('2026-03-03', '08:30')],
    ['outside_availability', {}, request('2026-03-03', '16:45')],
    ['not_on_grid', {}, request('2026-03-03', '09:10')],
    ['too_soon', { type: appointmentType({ minimumNoticeMinutes: 90 }) }, request('2026-03-02', '09:00')],
    ['beyond_horizon', { type: appointmentType({ horizonDays: 1 }) }, request('2026-03-04', '09:00')],
    ['doctor_inactive', { doctor: doctor({ active: false }) }, request('2026-03-03', '09:00')],
    ['doctor_inactive', { doctor: doctor({ acceptingPatients: false }) }, request('2026-03-03', '09:00')],
    ['type_not_offered', { type: appointmentType({ active: false }) }, request('2026-03-03', '09:00')],
    [
      'type_not_offered',
      { availability: availability({ weekly: [rule(2, '09:00-17:00', { appointmentTypeIds: [id('other')] })] }) },
      request('2026-03-03', '09:00'),
    ],
    ['invalid_duration', {}, request('2026-03-03', '09:00', { endTime: time('10:00') })],
    [
      'daily_limit',
      {
        type: appointmentType({ dailyLimit: 1 }),
        busy: [busy('2026-03-03T12:00:00Z', '2026-03-03T12:30:00Z')],
      },
      request('2026-03-03', '09:00'),
    ],
    [
      'patient_conflict',
      { patientBusy: [{ ...busy('2026-03-03T08:15:00Z', '2026-03-03T08:20:00Z') }] },
      request('2026-03-03', '09:00'),
    ],
    ['slot_taken', { busy: [busy('2026-03-03T08:15:00Z', '2026-03-03T08:20:00Z')] }, request('2026-03-03', '09:00')],
  ])('%s', (code, fields, wanted) => expect(reasons(state(fields), wanted)).toEqual([code]));

  test('a past time is also too soon', () => {
    expect(reasons(state(), request('2026-03-01', '09:00'))).toEqual(['in_the_past', 'too_soon']);
  });

  test('lists all reasons at once', () => {
    const given = state({
      doctor: doctor({ active: false }),
      type: appointmentType({ dailyLimit: 1, horizonDays: 1, minimumNoticeMinutes: 4320 }),
      busy: [busy('2026-03-04T16:30:00Z', '2026-03-04T17:00:00Z')],
      patientBusy: [busy('2026-03-04T16:00:00Z', '2026-03-04T17:00:00Z')],
    });
    expect(reasons(given, request('2026-03-04', '17:15', { endTime: time('19:00') }))).toEqual([
      'doctor_inactive',
      'invalid_duration',
      'too_soon',
      'beyond_horizon',
      'outside_availability',
      'daily_limit',
      'slot_taken',
      'patient_conflict',
    ]);
  });

  test('reasons carry what the client needs to choose another time', () => {
    const type = appointmentType({ minimumNoticeMinutes: 90, horizonDays: 1, dailyLimit: 1 });
    const said = refusal(book(state({ type }), request('2026-03-02', '09:00'), null, by()));
    expect(said).toMatchObject({ reasons: [{ code: 'too_soon', earliest: NOW + 90 * MINUTE }] });
    const far = refusal(book(state({ type }), request('2026-03-05', '09:00'), null, by()));
    expect(far).toMatchObject({ reasons: [{ code: 'beyond_horizon', lastDate: '2026-03-03' }] });
  });

  test('R41 a nonexistent local time is refused with its other reasons', () => {
    const spring = state({
      availability: availability({ weekly: daily('01:00-05:00') }),
      loaded: { from: date('2026-03-28'), to: date('2026-03-30') },
    });
    const refused = refusal(book(spring, request('2026-03-29', '02:30'), null, by()));
    expect(refused).toMatchObject({
      code: 'slot_unavailable',
      reasons: [{ code: 'nonexistent_local_time', resumesAt: at('2026-03-29T01:00:00Z') }],
    });
    expect(localTimes('alternatives' in refused ? refused.alternatives : [])).toContain('03:00');
  });

  test('R41 a local time that occurs twice means the first, or the second when only that can be booked', () => {
    const autumn = (taken: BookingState['busy']) =>
      state({
        availability: availability({ weekly: daily('01:00-05:00') }),
        busy: taken,
        type: appointmentType({ horizonDays: 700 }),
        loaded: { from: date('2026-10-24'), to: date('2026-10-26') },
      });
    const start = (taken: BookingState['busy']) =>
      value(book(autumn(taken), request('2026-10-25', '02:30'), null, by())).appointment.start;
    const first = busy('2026-10-25T00:30:00Z', '2026-10-25T01:00:00Z');
    const second = busy('2026-10-25T01:30:00Z', '2026-10-25T02:00:00Z');
    expect(start([])).toBe(at('2026-10-25T00:30:00Z'));
    expect(start([first])).toBe(at('2026-10-25T01:30:00Z'));
    expect(reasons(autumn([first, second]), request('2026-10-25', '02:30'))).toEqual(['slot_taken']);
  });

  test('slot_taken when that is the only reason; an expired hold does not count', () => {
    const expired = busy('2026-03-03T08:00:00Z', '2026-03-03T08:30:00Z', { expiresAt: NOW });
    expect(
      book(state({ busy: [expired], patientBusy: [expired] }), request('2026-03-03', '09:00'), null, by()).ok,
    ).toBe(true);
    const live = { ...expired, expiresAt: NOW + 1 };
    expect(refusal(book(state({ busy: [live] }), request('2026-03-03', '09:00'), null, by())).code).toBe('slot_taken');
  });

  test('proposes the nearest free slots in order, none at which the patient is busy', () => {
    const given = state({
      busy: [busy('2026-03-03T09:00:00Z', '2026-03-03T09:30:00Z')],
      patientBusy: [busy('2026-03-03T09:30:00Z', '2026-03-03T10:00:00Z')],
    });
    const refused = refusal(book(given, request('2026-03-03', '10:00'), null, by()));
    if (!('alternatives' in refused)) throw new Error('no alternatives');
    expect(localTimes(refused.alternatives)).toEqual(['09:00', '09:30', '11:00', '11:30', '12:00']);
    // Of two that are equally near, the earlier one.
    const single = by({ policy: { ...DEFAULT_POLICY, alternatives: 1 } });
    const nearest = refusal(book({ ...given, patientBusy: [] }, request('2026-03-03', '10:00'), null, single));
    expect(localTimes('alternatives' in nearest ? nearest.alternatives : [])).toEqual(['09:30']);
    const none = book(state({ doctor: doctor({ active: false }) }), request('2026-03-03', '10:00'), null, by());
    expect(refusal(none)).toMatchObject({ alternatives: [] });
  });

  test('staff may book a doctor who accepts no patients', () => {
    const given = state({ doctor: doctor({ acceptingPatients: false }) });
    expect(book(given, request('2026-03-03', '09:00'), null, by({ actor: STAFF })).ok).toBe(true);
  });

  test('exactly the proposed slots can be booked', () => {
    fc.assert(
      fc.property(anyDay, fc.array(minute, { minLength: 20, maxLength: 20 }), (any, tries) => {
        const { given, midnight, now } = dayOf(any);
        const starts = offeredStarts(given, midnight, now);
        const ctx = by({ now, policy: { ...DEFAULT_POLICY, alternatives: 0 } });
        const bookable = (instant: number) =>
          book(given, request('', '', { start: { kind: 'instant', instant } }), null, ctx).ok;
        for (const start of [...starts].slice(0, 30)) expect(bookable(start)).toBe(true);
        for (const from of tries) {
          const instant = midnight + Math.max(0, from) * MINUTE;
          if (instant < midnight + 4 * DAY) expect(bookable(instant)).toBe(starts.has(instant));
        }
      }),
      { seed: 20_261_120, numRuns: sized(1000) },
    );
  });
});
