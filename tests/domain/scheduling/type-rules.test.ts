import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { book, reschedule } from '../../../domain/scheduling/booking.ts';
import type { Hold } from '../../../domain/scheduling/hold.ts';
import { DEFAULT_POLICY } from '../../../domain/scheduling/policy.ts';
import { bookSeries } from '../../../domain/scheduling/series.ts';
import { availableSlots } from '../../../domain/scheduling/slots.ts';
import { actions, cancel } from '../../../domain/scheduling/transitions.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { localDateAt } from '../../../domain/shared/zone.ts';
import { by, MINUTE, reasons, request } from './booking-builders.ts';
import {
  appointment,
  appointmentType,
  at,
  availability,
  context,
  daily,
  date,
  id,
  NOW,
  PATIENT,
  PATIENT_ID,
  query,
  refusal,
  STAFF,
  state,
  time,
  value,
} from './builders.ts';

const starts = (...texts: string[]) => texts.map((text) => ({ sourceId: text, start: at(text) }));
const none = { cancelNoticeMinutes: null, rescheduleNoticeMinutes: null, clinicOnly: false };

describe('a type that only the clinic books', () => {
  const type = appointmentType({ bookableBy: 'clinic' });

  test('is refused to patients, with no other times, and booked by the clinic', () => {
    const refused = refusal(book(state({ type }), request('2026-03-03', '09:00'), null, by()));
    expect(refused).toEqual({
      code: 'slot_unavailable',
      reasons: [{ code: 'clinic_only', acknowledgeable: false }],
      alternatives: [],
    });
    const booked = value(book(state({ type }), request('2026-03-03', '09:00'), null, by({ actor: STAFF })));
    expect(booked.appointment).toMatchObject({ outsideRules: false, selfService: { clinicOnly: true } });
  });

  test('is cancelled by its patient, but not moved, also when the type was opened to patients since', () => {
    const booked = appointment({ selfService: { ...none, clinicOnly: true } });
    const ctx = context({ actor: PATIENT });
    expect(actions(booked, 'patient', NOW, DEFAULT_POLICY)).toEqual(['edit', 'cancel', 'confirm']);
    const moved = reschedule(state(), booked, { ...request('2026-03-03', '11:00') }, ctx);
    expect(refusal(moved)).toEqual({ code: 'action_not_permitted' });
  });

  test('an appointment that was booked while patients could is moved by its patient', () => {
    const moved = reschedule(
      state({ type }),
      appointment(),
      request('2026-03-03', '11:00'),
      context({ actor: PATIENT }),
    );
    expect(moved.ok).toBe(true);
  });

  test('what was held for the patient can be booked: the waitlist offered it', () => {
    const start = at('2026-03-03T08:00:00Z');
    const given = state({ type });
    const hold: Hold = {
      id: id('hold'),
      holderId: PATIENT_ID,
      patientId: PATIENT_ID,
      doctorId: given.doctor.id,
      appointmentTypeId: type.id,
      start,
      end: start + 30 * MINUTE,
      busy: { start, end: start + 30 * MINUTE },
      place: { occupancy: null, lane: 0 },
      locationId: null,
      createdAt: NOW,
      expiresAt: NOW + MINUTE,
    };
    expect(book(given, request('2026-03-03', '09:00', { holdId: hold.id }), hold, by()).ok).toBe(true);
  });
});

describe('doctors of a type', () => {
  test('others do not offer it: no slots, and the reason says so', () => {
    const type = appointmentType({ doctorIds: [id<'user'>('somebody else') as UserId] });
    expect(availableSlots(query({ type }))).toEqual([]);
    expect(reasons(state({ type }), request('2026-03-03', '09:00'))).toEqual(['type_not_offered']);
    expect(book(state({ type }), request('2026-03-03', '09:00', { exception: null }), null, by()).ok).toBe(false);
  });
});

describe('booking on the day itself', () => {
  const type = appointmentType({ sameDayFrom: time('08:00') });
  const on = (now: string, day = '2026-03-02') =>
    availableSlots(query({ type, now: at(now), from: date(day), to: date(day) })).length;

  test('the day opens at the time on the doctor’s clock; the next day is not open', () => {
    expect(on('2026-03-02T06:59:00Z')).toBe(0);
    expect(on('2026-03-02T07:00:00Z')).toBe(16);
    expect(on('2026-03-02T07:00:00Z', '2026-03-03')).toBe(0);
  });

  test('the refusal says when the date opens, and the clinic may confirm it', () => {
    const wanted = request('2026-03-03', '09:00');
    expect(refusal(book(state({ type }), wanted, null, by({ actor: STAFF })))).toMatchObject({
      reasons: [{ code: 'same_day_only', opensAt: at('2026-03-03T07:00:00Z'), acknowledgeable: true }],
    });
    const exception = { acknowledged: ['same_day_only'], overbook: false, reason: null } as const;
    expect(book(state({ type }), { ...wanted, exception }, null, by({ actor: STAFF })).ok).toBe(true);
    expect(book(state({ type }), { ...wanted, exception }, null, by()).ok).toBe(false);
  });
});

describe('limits of one patient', () => {
  const wanted = request('2026-03-03', '09:00');
  const limited = (limits: object, ...patientStarts: string[]) =>
    state({ type: appointmentType(limits), patientStarts: starts(...patientStarts) });

  test.each([
    ['patient_open_limit', { patientOpenLimit: 2 }, ['2026-03-20T09:00:00Z', '2026-04-20T09:00:00Z']],
    ['patient_daily_limit', { patientDailyLimit: 1 }, ['2026-03-03T15:00:00Z']],
    ['patient_gap', { patientGapDays: 7 }, ['2026-02-25T09:00:00Z']],
    ['patient_gap', { patientGapDays: 7 }, ['2026-03-09T09:00:00Z']],
  ])('%s %j', (code, limits, before) => {
    const given = limited(limits, ...before);
    expect(reasons(given, wanted)).toEqual([code]);
    const exception = { acknowledged: [code as 'patient_gap'], overbook: false, reason: null };
    const placed = value(book(given, { ...wanted, exception }, null, by({ actor: STAFF })));
    expect(placed.changes[0]).not.toHaveProperty('patientLimits');
  });

  test.each([
    ['past ones are not open', { patientOpenLimit: 1 }, ['2026-03-01T09:00:00Z']],
    ['another date', { patientDailyLimit: 1 }, ['2026-03-04T09:00:00Z']],
    ['the same weekday of the next week', { patientGapDays: 7 }, ['2026-03-10T08:00:00Z', '2026-02-24T08:00:00Z']],
  ])('%s', (_, limits, before) => {
    const booked = value(book(limited(limits, ...before), wanted, null, by()));
    expect(booked.changes[0]).toMatchObject({ patientLimits: [{ atMost: 1 }] });
  });

  test('a move counts the appointment that moves only where it goes, and opens no further one', () => {
    const moving = appointment();
    const given = state({
      type: appointmentType({ patientOpenLimit: 1, patientDailyLimit: 1, patientGapDays: 7 }),
      patientStarts: [{ sourceId: moving.id, start: moving.start }, ...starts('2026-04-20T09:00:00Z')],
    });
    const ctx = context({ actor: PATIENT });
    expect(reschedule(given, moving, request('2026-03-04', '09:00'), ctx).ok).toBe(true);
    expect(refusal(reschedule(given, moving, request('2026-04-21', '09:00'), ctx))).toMatchObject({
      reasons: [{ code: 'patient_gap' }],
    });
  });

  test('the dates of a series count one after the other', () => {
    const series = bookSeries(
      limited({ patientOpenLimit: 2 }),
      {
        ...wanted,
        firstDate: date('2026-03-03'),
        startTime: time('09:00'),
        recurrence: { frequency: 'weekly', interval: 1, count: 4, weekdays: null, until: null },
        mode: 'free_ones',
      },
      { ...by(), seriesId: id('series'), appointmentIds: ['a', 'b', 'c', 'd'].map((text) => id(text)) },
    );
    const { appointments, skipped } = value(series);
    expect([appointments.length, skipped.map(({ reasons: [first] }) => first?.code)]).toEqual([
      2,
      ['patient_open_limit', 'patient_open_limit'],
    ]);
  });

  test('for any limits: exactly the free times that break none are booked, and the reasons name each that is broken', () => {
    const day = fc.integer({ min: -10, max: 14 });
    const orNone = (values: fc.Arbitrary<number>) => fc.option(values, { freq: 2, nil: null });
    const any = fc.record({
      open: orNone(fc.integer({ min: 1, max: 4 })),
      daily: orNone(fc.integer({ min: 1, max: 2 })),
      gap: orNone(fc.integer({ min: 1, max: 5 })),
      had: fc.array(fc.tuple(day, fc.integer({ min: 0, max: 23 })), { maxLength: 6 }),
      wanted: fc.integer({ min: 1, max: 8 }),
    });
    let refused = 0;
    fc.assert(
      fc.property(any, ({ open, daily: perDay, gap, had, wanted: ahead }) => {
        const zone = availability().timezone;
        const had_ = had.map(([days, hour], index) => ({
          sourceId: `${index}`,
          start: NOW + days * 86_400_000 + hour * 3_600_000,
        }));
        const given = state({
          type: appointmentType({ patientOpenLimit: open, patientDailyLimit: perDay, patientGapDays: gap }),
          availability: availability({ weekly: daily('00:00-24:00') }),
          patientStarts: had_,
        });
        const start = NOW + ahead * 86_400_000;
        const dayOf = (instant: number) => Date.parse(localDateAt(zone, instant)) / 86_400_000;
        const apart = had_.map((other) => Math.abs(dayOf(other.start) - dayOf(start)));
        const expected = [
          ...(open !== null && had_.filter((other) => other.start >= NOW).length >= open ? ['patient_open_limit'] : []),
          ...(perDay !== null && apart.filter((days) => days === 0).length >= perDay ? ['patient_daily_limit'] : []),
          ...(gap !== null && apart.some((days) => days < gap) ? ['patient_gap'] : []),
        ];
        const outcome = book(given, request('', '', { start: { kind: 'instant', instant: start } }), null, by());
        const found = outcome.ok || !('reasons' in outcome.error) ? [] : outcome.error.reasons.map(({ code }) => code);
        expect(found).toEqual(expected);
        refused += expected.length;
      }),
      { seed: 20_261_129, numRuns: 300 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  test('free times that a refusal proposes keep the limits', () => {
    const given = state({
      type: appointmentType({ patientDailyLimit: 1 }),
      loaded: { from: date('2026-03-03'), to: date('2026-03-04') },
      patientStarts: starts('2026-03-03T15:00:00Z'),
    });
    const refused = refusal(book(given, wanted, null, by()));
    if (!('alternatives' in refused)) throw new Error('no alternatives');
    expect(new Set(refused.alternatives.map((slot) => slot.date))).toEqual(new Set(['2026-03-04']));
  });
});

describe('until when patients cancel and move', () => {
  test('is what the type said at booking, before the clinic’s policy; the clinic is not bound', () => {
    const type = appointmentType({ cancelNoticeMinutes: 1440, rescheduleNoticeMinutes: 0 });
    const booked = value(book(state({ type }), request('2026-03-03', '09:00'), null, by())).appointment;
    const policy = { ...DEFAULT_POLICY, cancelNoticeMinutes: 0, rescheduleNoticeMinutes: 1440 };
    const late = booked.start - 1439 * MINUTE;
    expect(actions(booked, 'patient', late, policy)).toEqual(['edit', 'reschedule', 'confirm']);
    const ctx = context({ actor: PATIENT, now: late, policy });
    expect(refusal(cancel(booked, null, ctx))).toEqual({
      code: 'too_late_to_cancel',
      until: booked.start - 1440 * MINUTE,
    });
    expect(cancel(booked, null, { ...ctx, actor: STAFF }).ok).toBe(true);
  });

  test('is the clinic’s policy when the type says nothing', () => {
    const policy = { ...DEFAULT_POLICY, cancelNoticeMinutes: 1440 };
    const booked = appointment();
    expect(actions(booked, 'patient', booked.start - 1439 * MINUTE, policy)).toEqual(['edit', 'reschedule', 'confirm']);
  });
});
