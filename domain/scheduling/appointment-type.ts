/** Types of appointment: duration, buffers, notice, horizon, grid and daily limit. */
import type { AppointmentTypeId, UserId } from '../shared/ids.ts';
import type { Interval } from '../shared/interval.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import { type Instant, type LocalTime, MILLISECONDS_PER_MINUTE } from '../shared/time.ts';
import { localDateAt, periodsOf, type ZoneId } from '../shared/zone.ts';
import type { FieldError, InvalidFields } from './field-errors.ts';
import { type IntakeQuestion, questionErrors } from './intake-question.ts';
import type { PatientLimitSettings } from './patient-limits.ts';
import type { ResourceKind } from './resource.ts';
import type { VisitMode } from './visit-mode.ts';

/** Who may book a type: patients and the clinic, or the clinic only. */
export const BOOKABLE_BY = ['everyone', 'clinic'] as const;
export type BookableBy = (typeof BOOKABLE_BY)[number];

export interface AppointmentTypeSettings extends PatientLimitSettings {
  /** Lower-case letters, digits and `_`, 2 to 40 characters; unique. */
  readonly code: string;
  /** 1 to 100 characters. */
  readonly name: string;
  /** 1 to 480. */
  readonly durationMinutes: number;
  /** Kept free before and after, for the doctor only; 0 to 240. Buffers may lie outside the doctor's hours. */
  readonly bufferBeforeMinutes: number;
  readonly bufferAfterMinutes: number;
  /** How long before its start a slot can last be booked; 0 to 43,200 (30 days). */
  readonly minimumNoticeMinutes: number;
  /** How many local dates after today can be booked; 1 to 730. */
  readonly horizonDays: number;
  /** From the start of one slot to the start of the next; 1 to 480. */
  readonly slotIntervalMinutes: number;
  /** How many appointments of this type a doctor may have on one local date, 1 to 500; `null` for no limit. */
  readonly dailyLimit: number | null;
  /** How many patients one session can have, 1 to 500. More than 1 makes it a group session. */
  readonly capacity: number;
  /** The kinds of resource that an appointment takes one of each, at the location of the hours. */
  readonly requires: readonly ResourceKind[];
  /** How an appointment may take place: one at least, the first by default. */
  readonly visitModes: readonly VisitMode[];
  readonly bookableBy: BookableBy;
  /** Whether the clinic approves what patients book. */
  readonly requiresApproval: boolean;
  /** What patients are asked before the visit: 20 at most, in this order. */
  readonly questions: readonly IntakeQuestion[];
  /** The doctors who offer it, 100 at most; `null` for all. Weekly hours may leave it out too. */
  readonly doctorIds: readonly UserId[] | null;
  /** The time on the doctor's clock at which the day itself opens: nothing is booked earlier or ahead. `null`: by the horizon. */
  readonly sameDayFrom: LocalTime | null;
  /** Until how long before the start patients may cancel, 0 to 43,200; `null` for the clinic's policy. */
  readonly cancelNoticeMinutes: number | null;
  /** Until how long before the start patients may move, 0 to 43,200; `null` for the clinic's policy. */
  readonly rescheduleNoticeMinutes: number | null;
  /** Whether it can be booked. */
  readonly active: boolean;
}

export interface AppointmentType extends AppointmentTypeSettings {
  readonly id: AppointmentTypeId;
  readonly version: number;
}

export type AppointmentTypeChange =
  | { readonly type: 'appointment_type.created'; readonly appointmentType: AppointmentType }
  | {
      readonly type: 'appointment_type.changed';
      readonly appointmentType: AppointmentType;
      readonly expectedVersion: number;
    };

export type AppointmentTypeNotFound = { readonly code: 'appointment_type_not_found' };
export type AppointmentTypeExists = { readonly code: 'appointment_type_exists' };

/** A limit and the periods in which the doctor's clocks show the date that it counts. */
export interface DailyLimit {
  readonly atMost: number;
  readonly during: readonly Interval[];
}

/** Guarded: the batch fails when the doctor already has this many of the type on that local date. Absent: no limit. */
export interface DailyLimited {
  readonly dailyLimit?: DailyLimit;
}

/** The code of the type that staff may book outside the rules. */
export const EMERGENCY_CODE = 'emergency';

/** Inclusive bounds of the fields that must be given, all whole numbers. */
const BOUNDS = {
  durationMinutes: [1, 480],
  bufferBeforeMinutes: [0, 240],
  bufferAfterMinutes: [0, 240],
  minimumNoticeMinutes: [0, 43_200],
  horizonDays: [1, 730],
  slotIntervalMinutes: [1, 480],
  capacity: [1, 500],
} as const;

/** Inclusive bounds of the fields that may be `null`. */
const OPTIONAL_BOUNDS = {
  dailyLimit: [1, 500],
  patientOpenLimit: [1, 100],
  patientDailyLimit: [1, 50],
  patientGapDays: [1, 365],
  cancelNoticeMinutes: [0, 43_200],
  rescheduleNoticeMinutes: [0, 43_200],
} as const;

const CODE = /^[a-z][a-z0-9_]{1,39}$/;
const MAXIMUM_NAME_LENGTH = 100;
export const MAXIMUM_DOCTORS = 100;

/**
 * Returns every error at once, each with its pointer. Trims the name.
 * @param doctors the doctors whom the type may name
 */
export function validateAppointmentType(
  settings: AppointmentTypeSettings,
  doctors: readonly UserId[],
): Result<AppointmentTypeSettings, InvalidFields> {
  const errors: FieldError[] = [];
  const name = settings.name.trim();
  if (!CODE.test(settings.code)) {
    errors.push({ pointer: '/code', code: 'invalid', message: 'use 2 to 40 of a-z, 0-9 and _, a letter first' });
  }
  if (name.length < 1 || name.length > MAXIMUM_NAME_LENGTH) {
    errors.push({ pointer: '/name', code: 'out_of_range', message: `use 1 to ${MAXIMUM_NAME_LENGTH} characters` });
  }
  for (const [field, [least, most]] of Object.entries(BOUNDS)) {
    const value = settings[field as keyof typeof BOUNDS];
    if (!isWithin(value, least, most)) errors.push(outOfRange(`/${field}`, least, most));
  }
  for (const [field, [least, most]] of Object.entries(OPTIONAL_BOUNDS)) {
    const value = settings[field as keyof typeof OPTIONAL_BOUNDS];
    if (value !== null && !isWithin(value, least, most)) errors.push(outOfRange(`/${field}`, least, most));
  }
  if (settings.doctorIds !== null && (settings.doctorIds.length === 0 || settings.doctorIds.length > MAXIMUM_DOCTORS)) {
    const message = `must name 1 to ${MAXIMUM_DOCTORS} doctors, or be null for all`;
    errors.push({ pointer: '/doctorIds', code: 'out_of_range', message });
  }
  for (const [index, doctorId] of (settings.doctorIds ?? []).entries()) {
    if (doctors.includes(doctorId)) continue;
    errors.push({ pointer: `/doctorIds/${index}`, code: 'unknown_doctor', message: 'expected the id of a doctor' });
  }
  if (settings.visitModes.length === 0) {
    errors.push({ pointer: '/visitModes', code: 'out_of_range', message: 'must name at least one mode' });
  }
  errors.push(...questionErrors(settings.questions));
  return errors.length > 0
    ? refuse({ code: 'invalid_fields', errors })
    : ok({
        ...settings,
        name,
        requires: [...new Set(settings.requires)],
        visitModes: [...new Set(settings.visitModes)],
        doctorIds: settings.doctorIds === null ? null : [...new Set(settings.doctorIds)],
      });
}

/** Whether the doctor offers the type, as far as the type says. */
export function isOfferedBy({ active, doctorIds }: AppointmentTypeSettings, doctorId: UserId): boolean {
  return active && (doctorIds === null || doctorIds.includes(doctorId));
}

/** The time in which the doctor is occupied by an appointment of this type that starts at `start`, with its buffers. */
export function busyRange(type: AppointmentTypeSettings, start: Instant): Interval {
  return {
    start: start - type.bufferBeforeMinutes * MILLISECONDS_PER_MINUTE,
    end: start + (type.durationMinutes + type.bufferAfterMinutes) * MILLISECONDS_PER_MINUTE,
  };
}

export function endOf(type: AppointmentTypeSettings, start: Instant): Instant {
  return start + type.durationMinutes * MILLISECONDS_PER_MINUTE;
}

/** The limit as part of a change: the commit counts again, because others may book at the same time. */
export function dailyLimitOf(
  type: Pick<AppointmentType, 'dailyLimit'>,
  { timezone, start }: { readonly timezone: ZoneId; readonly start: Instant },
  outsideRules: boolean,
): DailyLimited {
  if (type.dailyLimit === null || outsideRules) return {};
  return { dailyLimit: { atMost: type.dailyLimit, during: periodsOf(timezone, localDateAt(timezone, start)) } };
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function outOfRange(pointer: string, least: number, most: number): FieldError {
  return { pointer, code: 'out_of_range', message: `must be a whole number from ${least} to ${most}` };
}
