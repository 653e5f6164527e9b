/** Builders of scheduling values with defaults, so that a test names only what it is about. */
import type { Appointment, SchedulingActor } from '../../../domain/scheduling/appointment.ts';
import type { AppointmentType } from '../../../domain/scheduling/appointment-type.ts';
import {
  type Availability,
  type OverrideRange,
  type WeeklyRule,
  weekOf,
} from '../../../domain/scheduling/availability.ts';
import type { BusyTime } from '../../../domain/scheduling/busy-time.ts';
import type { Doctor } from '../../../domain/scheduling/doctor.ts';
import { NO_PATIENT_LIMITS } from '../../../domain/scheduling/patient-limits.ts';
import { ALONE } from '../../../domain/scheduling/places.ts';
import { DEFAULT_POLICY } from '../../../domain/scheduling/policy.ts';
import { NO_RESOURCES } from '../../../domain/scheduling/resource-choice.ts';
import type { BookingState } from '../../../domain/scheduling/slot-check.ts';
import type { SlotQuery } from '../../../domain/scheduling/slots.ts';
import type { TransitionContext } from '../../../domain/scheduling/transitions.ts';
import type { AppointmentId, AppointmentTypeId, Id, UserId } from '../../../domain/shared/ids.ts';
import { type LocalDate, type LocalTime, parseInstant, type Weekday } from '../../../domain/shared/time.ts';
import { localTimeAt, type ZoneId } from '../../../domain/shared/zone.ts';

export function id<K extends string>(text: string): Id<K> {
  return text as Id<K>;
}

export function date(text: string): LocalDate {
  return text as LocalDate;
}

export function time(text: string): LocalTime {
  return text as LocalTime;
}

export function zone(text: string): ZoneId {
  return text as ZoneId;
}

export function at(text: string): number {
  const instant = parseInstant(text);
  if (instant === undefined) throw new Error(`${text} is no instant`);
  return instant;
}

export function range(text: string): OverrideRange {
  const [start = '', end = ''] = text.split('-');
  return { start: time(start), end: time(end), locationId: null, appointmentTypeIds: null };
}

export const DOCTOR_ID = id<'user'>('doctor') as UserId;
export const PATIENT_ID = id<'user'>('patient') as UserId;
export const TYPE_ID = id<'appointment_type'>('consultation') as AppointmentTypeId;

export const PATIENT: SchedulingActor & { userId: UserId } = { kind: 'patient', userId: PATIENT_ID };
export const STAFF: SchedulingActor & { userId: UserId } = { kind: 'staff', userId: id<'user'>('staff') };

export function rule(weekday: number, hours: string, fields: Partial<WeeklyRule> = {}): WeeklyRule {
  return {
    weekday: weekday as Weekday,
    ...range(hours),
    appointmentTypeIds: null,
    validFrom: null,
    validUntil: null,
    ...fields,
  };
}

/** The same hours on every day of the week. */
export function daily(...hours: string[]): WeeklyRule[] {
  return [1, 2, 3, 4, 5, 6, 7].flatMap((weekday) => hours.map((range) => rule(weekday, range)));
}

export function availability({
  weekly = daily('09:00-17:00'),
  ...fields
}: Partial<Omit<Availability, 'weekly'>> & { readonly weekly?: readonly WeeklyRule[] } = {}): Availability {
  return {
    doctorId: DOCTOR_ID,
    timezone: zone('Europe/Berlin'),
    weekly: weekOf(weekly),
    overrides: [],
    timeOff: [],
    holidays: [],
    version: 1,
    ...fields,
  };
}

export function appointmentType(fields: Partial<AppointmentType> = {}): AppointmentType {
  return {
    id: TYPE_ID,
    code: 'consultation',
    name: 'Consultation',
    durationMinutes: 30,
    bufferBeforeMinutes: 0,
    bufferAfterMinutes: 0,
    minimumNoticeMinutes: 0,
    horizonDays: 90,
    slotIntervalMinutes: 30,
    dailyLimit: null,
    capacity: 1,
    requires: [],
    visitModes: ['in_person'],
    bookableBy: 'everyone',
    requiresApproval: false,
    questions: [],
    doctorIds: null,
    sameDayFrom: null,
    ...NO_PATIENT_LIMITS,
    cancelNoticeMinutes: null,
    rescheduleNoticeMinutes: null,
    active: true,
    version: 1,
    ...fields,
  };
}

export function doctor(fields: Partial<Doctor> = {}): Doctor {
  return {
    id: DOCTOR_ID,
    specialty: 'Cardiology',
    languages: ['en'],
    timezone: zone('Europe/Berlin'),
    acceptingPatients: true,
    active: true,
    bio: null,
    videoLink: null,
    version: 1,
    ...fields,
  };
}

/** Monday, 2 March 2026, 08:00 in Berlin. */
export const NOW = at('2026-03-02T07:00:00Z');

export function query(fields: Partial<SlotQuery> = {}): SlotQuery {
  return {
    availability: availability(),
    type: appointmentType(),
    from: date('2026-03-03'),
    to: date('2026-03-03'),
    now: NOW,
    busy: [],
    resources: NO_RESOURCES,
    ...fields,
  };
}

export function state(fields: Partial<BookingState> = {}): BookingState {
  return {
    doctor: doctor(),
    type: appointmentType(),
    availability: availability(),
    loaded: { from: date('2026-03-02'), to: date('2026-03-05') },
    busy: [],
    patientBusy: [],
    patientStarts: [],
    isKnownPatient: false,
    needsBirthDate: false,
    resources: NO_RESOURCES,
    additional: [],
    ...fields,
  };
}

export function busy(start: string, end: string, fields: Partial<BusyTime> = {}): BusyTime {
  return {
    start: at(start),
    end: at(end),
    sourceId: id<'appointment'>(`booked ${start}`) as AppointmentId,
    appointmentTypeId: TYPE_ID,
    startsAt: at(start),
    expiresAt: null,
    occupancy: id<'occupancy'>(`booked ${start}`),
    lane: 0,
    ...fields,
  };
}

export function appointment(fields: Partial<Appointment> = {}): Appointment {
  const start = fields.start ?? at('2026-03-03T09:00:00Z');
  const end = fields.end ?? start + 30 * 60_000;
  return {
    id: id('appointment'),
    patientId: PATIENT_ID,
    doctorId: DOCTOR_ID,
    additionalDoctorIds: [],
    appointmentTypeId: TYPE_ID,
    start,
    end,
    timezone: zone('Europe/Berlin'),
    busy: { start, end },
    place: ALONE,
    locationId: null,
    visitMode: 'in_person',
    status: 'scheduled',
    statusAt: NOW - 1000,
    reason: null,
    symptoms: null,
    notes: null,
    intake: null,
    seriesId: null,
    outsideRules: false,
    exceptionReason: null,
    rescheduleCount: 0,
    selfService: { cancelNoticeMinutes: null, rescheduleNoticeMinutes: null, clinicOnly: false },
    cancellation: null,
    createdBy: PATIENT_ID,
    createdAt: NOW - 1000,
    updatedAt: NOW - 1000,
    version: 3,
    ...fields,
  };
}

export function context(fields: Partial<TransitionContext> = {}): TransitionContext {
  return { actor: STAFF, now: NOW, policy: DEFAULT_POLICY, expectedVersion: null, ...fields };
}

/** The starts of slots as local times, for reading. */
export function localTimes(slots: readonly { readonly start: number }[], timezone = 'Europe/Berlin'): string[] {
  return slots.map(({ start }) => localTimeAt(zone(timezone), start));
}

/** The value of a result that must be ok. */
export function value<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false; error: unknown }): T {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
}

/** The refusal of a result that must be refused. */
export function refusal<E>(result: { readonly ok: true } | { readonly ok: false; readonly error: E }): E {
  if (result.ok) throw new Error('not refused');
  return result.error;
}
