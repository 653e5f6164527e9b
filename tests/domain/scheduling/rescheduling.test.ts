import { describe, expect, test } from 'vitest';
import { reschedule } from '../../../domain/scheduling/booking.ts';
import { DEFAULT_POLICY } from '../../../domain/scheduling/policy.ts';
import { MINUTE } from './booking-builders.ts';
import {
  appointment,
  appointmentType,
  at,
  availability,
  busy,
  context,
  DOCTOR_ID,
  date,
  doctor,
  id,
  NOW,
  PATIENT,
  refusal,
  state,
  time,
  value,
} from './builders.ts';

describe('rescheduling', () => {
  const booked = appointment({ status: 'confirmed', start: at('2026-03-03T09:00:00Z') });
  const own = { ...busy('2026-03-03T09:00:00Z', '2026-03-03T09:30:00Z'), sourceId: booked.id };
  const given = state({ busy: [own], patientBusy: [own] });
  const to = (clock: string, day = '2026-03-03') => ({
    start: { kind: 'local', date: date(day), time: time(clock) } as const,
    endTime: null,
    exception: null,
  });

  test('moves in one change and resets the status to scheduled', () => {
    const moved = value(reschedule(given, booked, to('11:00'), context({ actor: PATIENT, expectedVersion: 3 })));
    expect(moved.changes).toEqual([
      {
        type: 'appointment.rescheduled',
        takings: [],
        doctors: [],
        appointment: {
          ...booked,
          start: at('2026-03-03T10:00:00Z'),
          end: at('2026-03-03T10:30:00Z'),
          busy: { start: at('2026-03-03T10:00:00Z'), end: at('2026-03-03T10:30:00Z') },
          status: 'scheduled',
          statusAt: NOW,
          rescheduleCount: 1,
          updatedAt: NOW,
          version: 4,
        },
        expectedVersion: 3,
        joins: [],
        previous: { doctorId: DOCTOR_ID, start: booked.start, end: booked.end, busy: booked.busy },
      },
    ]);
  });

  test('may overlap the appointment’s old time, and may change the doctor', () => {
    const half = state({ ...given, type: appointmentType({ slotIntervalMinutes: 15 }) });
    expect(reschedule(half, booked, to('10:15'), context({ actor: PATIENT })).ok).toBe(true);
    const other = state({ doctor: doctor({ id: id('other') }), patientBusy: [own] });
    expect(value(reschedule(other, booked, to('10:00'), context())).appointment.doctorId).toBe('other');
  });

  test('to the time it has changes nothing, whatever the rules say now', () => {
    const closed = state({ ...given, availability: availability({ weekly: [] }) });
    expect(value(reschedule(closed, booked, to('10:00'), context({ actor: PATIENT })))).toEqual({
      appointment: booked,
      changes: [],
    });
  });

  test('keeps the duration and the buffers it was booked with', () => {
    const long = state({ ...given, type: appointmentType({ durationMinutes: 60, bufferAfterMinutes: 15 }) });
    const moved = value(reschedule(long, booked, to('11:00'), context())).appointment;
    expect(moved).toMatchObject({ end: moved.start + 30 * 60_000, busy: { start: moved.start, end: moved.end } });
  });

  test('is refused with all reasons', () => {
    const refused = refusal(reschedule(given, booked, to('08:00', '2026-03-01'), context({ actor: PATIENT })));
    expect(refused).toMatchObject({
      reasons: [{ code: 'in_the_past' }, { code: 'too_soon' }, { code: 'outside_availability' }],
    });
  });

  test('staff may move an emergency outside the rules', () => {
    const emergency = state({ type: appointmentType({ code: 'emergency' }) });
    const moved = value(reschedule(emergency, booked, to('20:00'), context()));
    expect(moved.appointment.outsideRules).toBe(true);
  });

  test('the reason for an exception ends with a move to a time within the rules', () => {
    const stays = { ...booked, outsideRules: true, exceptionReason: 'Doctor stays longer' };
    const exception = { acknowledged: ['outside_availability'], overbook: false, reason: null } as const;
    const late = { ...to('20:00'), exception };
    expect(value(reschedule(given, stays, late, context())).appointment).toMatchObject({
      outsideRules: true,
      exceptionReason: 'Doctor stays longer',
    });
    expect(value(reschedule(given, stays, to('11:00'), context())).appointment).toMatchObject({
      outsideRules: false,
      exceptionReason: null,
    });
  });

  test('is limited for patients in number and notice, and to open appointments', () => {
    const policy = { ...DEFAULT_POLICY, rescheduleNoticeMinutes: 60, maximumReschedules: 2 };
    const refused = (fields: Partial<typeof booked>, ctx = context({ actor: PATIENT, policy })) =>
      refusal(reschedule(given, { ...booked, ...fields }, to('11:00'), ctx));
    expect(refused({ rescheduleCount: 2 })).toEqual({ code: 'too_many_reschedules', limit: 2 });
    expect(refused({ start: NOW + MINUTE })).toEqual({ code: 'too_late_to_reschedule', until: NOW - 59 * MINUTE });
    expect(refused({ status: 'completed' })).toEqual({ code: 'appointment_closed', currentStatus: 'completed' });
    expect(refused({}, context({ expectedVersion: 1 }))).toEqual({ code: 'stale_version', version: 3 });
    expect(reschedule(given, { ...booked, rescheduleCount: 9 }, to('11:00'), context({ policy })).ok).toBe(true);
  });
});
