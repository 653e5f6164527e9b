import { expect, test } from 'vitest';
import {
  busyRange,
  endOf,
  MAXIMUM_DOCTORS,
  validateAppointmentType,
} from '../../../domain/scheduling/appointment-type.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { appointmentType, at, DOCTOR_ID, id, refusal, value } from './builders.ts';

test('a type within the bounds is accepted, with its name trimmed', () => {
  const least = appointmentType({
    code: 'mri',
    name: ' MRI scan ',
    durationMinutes: 1,
    minimumNoticeMinutes: 0,
    horizonDays: 1,
    slotIntervalMinutes: 1,
    dailyLimit: 1,
  });
  expect(value(validateAppointmentType(least, [])).name).toBe('MRI scan');
  const most = appointmentType({
    durationMinutes: 480,
    bufferBeforeMinutes: 240,
    bufferAfterMinutes: 240,
    minimumNoticeMinutes: 43_200,
    horizonDays: 730,
    slotIntervalMinutes: 480,
    dailyLimit: 500,
  });
  expect(validateAppointmentType(most, []).ok).toBe(true);
});

test('every field out of bounds is reported with its pointer', () => {
  const { errors } = refusal(
    validateAppointmentType(
      appointmentType({
        code: 'MRI!',
        name: '  ',
        durationMinutes: 481,
        bufferBeforeMinutes: -1,
        bufferAfterMinutes: 241,
        minimumNoticeMinutes: 0.5,
        horizonDays: 0,
        slotIntervalMinutes: Number.NaN,
        dailyLimit: 0,
        patientOpenLimit: 101,
        patientDailyLimit: 51,
        patientGapDays: 366,
        cancelNoticeMinutes: -1,
        rescheduleNoticeMinutes: 43_201,
        doctorIds: [],
      }),
      [],
    ),
  );
  expect(errors.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([
    '/code invalid',
    '/name out_of_range',
    '/durationMinutes out_of_range',
    '/bufferBeforeMinutes out_of_range',
    '/bufferAfterMinutes out_of_range',
    '/minimumNoticeMinutes out_of_range',
    '/horizonDays out_of_range',
    '/slotIntervalMinutes out_of_range',
    '/dailyLimit out_of_range',
    '/patientOpenLimit out_of_range',
    '/patientDailyLimit out_of_range',
    '/patientGapDays out_of_range',
    '/cancelNoticeMinutes out_of_range',
    '/rescheduleNoticeMinutes out_of_range',
    '/doctorIds out_of_range',
  ]);
});

test('a doctor who is unknown is reported by the place in the list, and one who is named twice is named once', () => {
  const known = [DOCTOR_ID];
  const stranger = id<'user'>('stranger') as UserId;
  const wrong = appointmentType({ doctorIds: [DOCTOR_ID, stranger] });
  expect(refusal(validateAppointmentType(wrong, known)).errors).toMatchObject([
    { pointer: '/doctorIds/1', code: 'unknown_doctor' },
  ]);
  const twice = appointmentType({ doctorIds: [DOCTOR_ID, DOCTOR_ID] });
  expect(value(validateAppointmentType(twice, known)).doctorIds).toEqual([DOCTOR_ID]);
});

test('the busy range includes the buffers, the end does not', () => {
  const type = appointmentType({ bufferBeforeMinutes: 5, bufferAfterMinutes: 10 });
  const start = at('2026-03-03T09:00:00Z');
  expect(busyRange(type, start)).toEqual({ start: at('2026-03-03T08:55:00Z'), end: at('2026-03-03T09:40:00Z') });
  expect(endOf(type, start)).toBe(at('2026-03-03T09:30:00Z'));
});

test('a name has 1 to 100 characters, and a type names 1 to 100 doctors', () => {
  const pointers = (fields: Parameters<typeof appointmentType>[0]) => {
    const doctors = (fields?.doctorIds ?? []) as readonly UserId[];
    const result = validateAppointmentType(appointmentType(fields), doctors);
    return result.ok ? [] : result.error.errors.map(({ pointer }) => pointer);
  };
  expect([1, 100, 101].map((length) => pointers({ name: 'x'.repeat(length) }))).toEqual([[], [], ['/name']]);
  const doctors = Array.from({ length: MAXIMUM_DOCTORS + 1 }, (_, at) => id<'user'>(`doctor ${at}`) as UserId);
  expect(pointers({ doctorIds: doctors.slice(1) })).toEqual([]);
  expect(pointers({ doctorIds: doctors })).toEqual(['/doctorIds']);
});
