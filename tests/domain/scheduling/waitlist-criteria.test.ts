/** Entries of the waitlist that could never be served are refused, with the field to change. */
import { describe, expect, test } from 'vitest';
import { criteriaErrors, type Servers, type WaitlistCriteria } from '../../../domain/scheduling/waitlist-criteria.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { appointmentType, at, DOCTOR_ID, date, id, NOW, range, time, zone } from './builders.ts';
import { WISHES } from './waitlist-builders.ts';

const BERLIN = zone('Europe/Berlin');
const NAMED = { id: DOCTOR_ID, acceptingPatients: true, specialty: 'Cardiology' };

function errors(wish: Partial<WaitlistCriteria>, servers: Partial<Servers> = {}, now: Instant = NOW) {
  const asked = { type: appointmentType(), doctor: null, zones: [BERLIN], ...servers };
  return criteriaErrors({ ...WISHES, ...wish }, asked, now).map(({ pointer, code }) => `${pointer} ${code}`);
}

describe('who could serve the entry', () => {
  test('is the named doctor, who must offer the type and have the specialty', () => {
    const named = (doctorIds: Servers['type']['doctorIds'], specialty: string | null) =>
      errors({ doctorId: DOCTOR_ID, specialty }, { type: appointmentType({ doctorIds }), doctor: NAMED });
    expect(named(null, null)).toEqual([]);
    expect(named([DOCTOR_ID], 'cardiology')).toEqual([]);
    expect(named([id('another')], null)).toEqual(['/doctorId conflict']);
    expect(named(null, 'Neurology')).toEqual(['/specialty conflict']);
  });

  test('is a doctor of the specialty, or any who offers the type', () => {
    expect(errors({ specialty: 'Nope' }, { zones: [] })).toEqual(['/specialty conflict']);
    expect(errors({}, { zones: [] })).toEqual(['/type conflict']);
  });
});

describe('the time of day', () => {
  const type = appointmentType({ durationMinutes: 60, minimumNoticeMinutes: 0 });
  test('must hold the appointment, also over midnight', () => {
    expect(errors({ dailyWindow: range('10:00-10:59') }, { type })).toEqual(['/dailyWindow out_of_range']);
    expect(errors({ dailyWindow: range('10:00-11:00') }, { type })).toEqual([]);
    expect(errors({ dailyWindow: range('23:30-00:30') }, { type })).toEqual([]);
    expect(errors({ dailyWindow: range('23:30-00:29') }, { type })).toEqual(['/dailyWindow out_of_range']);
  });

  test('must not be over when the day of a type that is booked on the day opens', () => {
    const sameDay = { type: { ...type, sameDayFrom: time('08:00'), minimumNoticeMinutes: 30 } };
    expect(errors({ dailyWindow: range('06:00-09:29') }, sameDay)).toEqual(['/dailyWindow out_of_range']);
    expect(errors({ dailyWindow: range('06:00-09:30') }, sameDay)).toEqual([]);
  });
});

describe('the last time that could be offered', () => {
  const to = date('2026-03-02');
  const from = to;
  const quick = appointmentType({ durationMinutes: 30, minimumNoticeMinutes: 0 });
  const noticed = { ...quick, minimumNoticeMinutes: 120 };

  test('must not be past on the clocks of all doctors who come into question', () => {
    const midnight = at('2026-03-02T23:00:00Z');
    expect(errors({ from, to }, { type: quick }, midnight)).toEqual(['/to out_of_range']);
    expect(errors({ from, to }, { type: quick }, midnight - 60_000)).toEqual([]);
    const zones = [BERLIN, zone('America/Los_Angeles')];
    expect(errors({ from, to }, { type: quick, zones }, midnight)).toEqual([]);
  });

  test('must leave the notice of the type, and lie in the time of day', () => {
    const asked = { from, to, dailyWindow: range('10:00-11:00') };
    expect(errors(asked, { type: noticed }, at('2026-03-02T07:30:00Z'))).toEqual([]);
    expect(errors(asked, { type: noticed }, at('2026-03-02T07:31:00Z'))).toEqual(['/to out_of_range']);
  });

  test('may lie beyond the horizon, which moves on with the days', () => {
    expect(
      errors({ from: date('2026-12-01'), to: date('2026-12-02') }, { type: { ...quick, horizonDays: 1 } }),
    ).toEqual([]);
  });
});
