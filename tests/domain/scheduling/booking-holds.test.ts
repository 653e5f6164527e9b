import { describe, expect, test } from 'vitest';
import { type BookingRequest, book } from '../../../domain/scheduling/booking.ts';
import type { Hold } from '../../../domain/scheduling/hold.ts';
import type { LocalTime } from '../../../domain/shared/time.ts';
import { by, MINUTE, reasons, request } from './booking-builders.ts';
import {
  appointmentType,
  at,
  availability,
  busy,
  DOCTOR_ID,
  daily,
  date,
  id,
  NOW,
  PATIENT_ID,
  refusal,
  STAFF,
  state,
  TYPE_ID,
  time,
  value,
} from './builders.ts';

describe('an emergency', () => {
  const emergency = appointmentType({ code: 'emergency', dailyLimit: 1, minimumNoticeMinutes: 30, horizonDays: 1 });
  const now = request('2026-03-02', '08:00');

  test('may be booked by staff outside the rules, and is marked so', () => {
    const booking = value(book(state({ type: emergency }), now, null, by({ actor: STAFF, now: NOW + 40_000 })));
    expect(booking.appointment).toMatchObject({ outsideRules: true, start: NOW });
  });

  test('is not marked when it is within the rules', () => {
    const booking = value(book(state({ type: emergency }), request('2026-03-02', '09:00'), null, by({ actor: STAFF })));
    expect(booking.appointment.outsideRules).toBe(false);
  });

  test('is under the rules for a patient, like other types for staff', () => {
    expect(reasons(state({ type: emergency }), now)).toContain('outside_availability');
    expect(reasons(state(), now, by({ actor: STAFF }))).toEqual(['outside_availability']);
  });

  test('is refused more than 730 days ahead, like any date that is a typing error', () => {
    const staff = by({ actor: STAFF });
    expect(book(state({ type: emergency }), request('2028-02-29', '08:00'), null, staff).ok).toBe(true);
    const refused = refusal(book(state({ type: emergency }), request('2928-02-29', '08:00'), null, staff));
    expect(refused).toMatchObject({
      reasons: [{ code: 'beyond_horizon', acknowledgeable: false }, { code: 'outside_availability' }],
    });
  });

  test('is refused at a time that is taken, past or nonexistent', () => {
    const staff = by({ actor: STAFF });
    const taken = state({ type: emergency, busy: [busy('2026-03-02T07:00:00Z', '2026-03-02T07:10:00Z')] });
    expect(reasons(taken, now, staff)).toContain('slot_taken');
    expect(reasons(state({ type: emergency }), request('2026-03-02', '07:59'), staff)).toContain('in_the_past');
    expect(reasons(state({ type: emergency }), request('2026-03-29', '02:30'), staff)).toContain(
      'nonexistent_local_time',
    );
  });
});

describe('booking through a hold', () => {
  const start = at('2026-03-03T08:00:00Z');
  const hold: Hold = {
    id: id('hold'),
    holderId: PATIENT_ID,
    patientId: PATIENT_ID,
    doctorId: DOCTOR_ID,
    appointmentTypeId: TYPE_ID,
    start,
    end: start + 30 * MINUTE,
    busy: { start, end: start + 30 * MINUTE },
    place: { occupancy: id('hold'), lane: 0 },
    locationId: null,
    createdAt: NOW - MINUTE,
    expiresAt: NOW + MINUTE,
  };
  const held = {
    ...hold.busy,
    sourceId: hold.id,
    appointmentTypeId: TYPE_ID,
    startsAt: start,
    expiresAt: hold.expiresAt,
    occupancy: id<'occupancy'>('hold'),
    lane: 0,
  };
  const given = state({ busy: [held], patientBusy: [held], type: appointmentType({ dailyLimit: 1 }) });
  const wanted = request('2026-03-03', '09:00', { holdId: hold.id });

  test('the hold does not block its own booking', () => {
    expect(value(book(given, wanted, hold, by())).changes).toMatchObject([
      { type: 'hold.consumed', holdId: 'hold', holderId: PATIENT_ID, at: NOW },
      { type: 'appointment.booked', appointment: { start } },
    ]);
    expect(reasons(given, { ...wanted, holdId: null })).toEqual(['daily_limit', 'slot_taken', 'patient_conflict']);
  });

  test('notice counts from when the hold was placed', () => {
    const type = appointmentType({ minimumNoticeMinutes: (start - NOW) / MINUTE + 1 });
    expect(book(state({ type }), wanted, hold, by()).ok).toBe(true);
    expect(reasons(state({ type }), { ...wanted, holdId: null })).toEqual(['too_soon']);
  });

  test('another holder’s hold is answered like an absent one', () => {
    const refused = (stored: Hold | null, ctx = by()) => refusal(book(given, wanted, stored, ctx)).code;
    expect(refused(null)).toBe('hold_not_found');
    expect(refused({ ...hold, id: id('another') })).toBe('hold_not_found');
    expect(refused({ ...hold, holderId: id('somebody') })).toBe('hold_not_found');
    expect(refused(hold, by({ actor: STAFF }))).toBe('hold_not_found');
  });

  test('an expired hold is refused', () => {
    expect(refusal(book(given, wanted, hold, by({ now: hold.expiresAt })))).toEqual({
      code: 'hold_expired',
      expiredAt: hold.expiresAt,
    });
  });

  test('the hold must be for the same doctor, type, patient and start', () => {
    const mismatch = (fields: Partial<Hold>, other: Partial<BookingRequest> = {}) =>
      refusal(book(given, { ...wanted, ...other }, { ...hold, ...fields }, by())).code;
    expect(mismatch({ doctorId: id('another') })).toBe('hold_mismatch');
    expect(mismatch({ appointmentTypeId: id('another') })).toBe('hold_mismatch');
    expect(mismatch({ patientId: id('another') })).toBe('hold_mismatch');
    expect(mismatch({}, { start: { kind: 'instant', instant: start + 1 } })).toBe('hold_mismatch');
    expect(mismatch({}, { start: { kind: 'local', date: date('2026-03-29'), time: time('02:30') } })).toBe(
      'hold_mismatch',
    );
  });

  test('the hold decides which of two equal readings is meant', () => {
    const second = at('2026-10-25T01:30:00Z');
    const autumn = state({
      availability: availability({ weekly: daily('01:00-05:00') }),
      type: appointmentType({ horizonDays: 700 }),
    });
    const later = { ...hold, start: second };
    const booking = book(autumn, request('2026-10-25', '02:30' as LocalTime, { holdId: hold.id }), later, by());
    expect(value(booking).appointment.start).toBe(second);
  });
});
