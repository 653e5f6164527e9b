/** The appointment, its changes, and who acts on it. `transitions.ts` and `booking.ts` make the changes. */
import type { AppointmentId, AppointmentTypeId, UserId } from '../shared/ids.ts';
import type { Interval } from '../shared/interval.ts';
import { ROLES, type Role } from '../shared/permissions.ts';
import type { Instant } from '../shared/time.ts';
import type { ZoneId } from '../shared/zone.ts';
import type { DailyLimited } from './appointment-type.ts';
import type { BookingFacts } from './booking-facts.ts';
import type { OccupancyId } from './busy-time.ts';
import type { SeriesId } from './ids.ts';
import type { Intake } from './intake-question.ts';
import type { LocationId } from './location.ts';
import type { PatientLimited } from './patient-limits.ts';
import type { Place } from './places.ts';
import type { Taking } from './resource-choice.ts';
import type { VisitMode } from './visit-mode.ts';

export const APPOINTMENT_STATUSES = [
  'requested',
  'scheduled',
  'confirmed',
  'arrived',
  'roomed',
  'in_progress',
  'completed',
  'left_without_being_seen',
  'cancelled',
  'no_show',
] as const;
export type AppointmentStatus = (typeof APPOINTMENT_STATUSES)[number];

export type ActorKind = Role | 'system';

export interface SchedulingActor {
  readonly kind: ActorKind;
  /** `null` when the portal itself acts. */
  readonly userId: UserId | null;
}

/** As whom somebody changes an appointment. `proxy`: a patient who acts for its patient. */
export const MAKER_KINDS = [...ROLES, 'proxy', 'system'] as const;
export type MakerKind = (typeof MAKER_KINDS)[number];

export function makerOf({ kind, userId }: SchedulingActor, patientId: UserId): MakerKind {
  if (userId === patientId) return 'patient';
  return kind === 'patient' ? 'proxy' : kind;
}

export interface Cancellation {
  readonly at: Instant;
  readonly by: UserId | null;
  readonly byKind: MakerKind;
  readonly reason: string | null;
}

export interface SelfService {
  /** Until how long before the start the patient may cancel; `null` for the clinic's policy. */
  readonly cancelNoticeMinutes: number | null;
  /** Until how long before the start the patient may move it; `null` for the clinic's policy. */
  readonly rescheduleNoticeMinutes: number | null;
  /** Whether it is of a type that only the clinic books: then the patient cannot move it. */
  readonly clinicOnly: boolean;
}

export interface Appointment {
  readonly id: AppointmentId;
  readonly patientId: UserId;
  /** The doctor who leads the visit. */
  readonly doctorId: UserId;
  /** Who takes part besides the leading doctor, for the same time. */
  readonly additionalDoctorIds: readonly UserId[];
  readonly appointmentTypeId: AppointmentTypeId;
  readonly start: Instant;
  readonly end: Instant;
  /** The doctor's zone when it was booked or last moved. Its local date and time are shown in this zone. */
  readonly timezone: ZoneId;
  /** `[start, end)` with the buffers around it: the time in which the doctor is occupied. */
  readonly busy: Interval;
  readonly status: AppointmentStatus;
  /** When it got this status. */
  readonly statusAt: Instant;
  /** Written by the patient, or by the clinic for the patient. */
  readonly reason: string | null;
  readonly symptoms: string | null;
  /** Written by the clinic, never shown to the patient. */
  readonly notes: string | null;
  /** What the type asks before the visit, with the answers; `null` if it asked nothing. */
  readonly intake: Intake | null;
  readonly seriesId: SeriesId | null;
  readonly place: Place;
  /** Where it takes place; `null` when that is not known. */
  readonly locationId: LocationId | null;
  readonly visitMode: VisitMode;
  /** Placed by the clinic although rules stood against it. */
  readonly outsideRules: boolean;
  /** Why the clinic placed it outside the rules or over taken time, in the clinic's words; `null` within the rules. */
  readonly exceptionReason: string | null;
  readonly rescheduleCount: number;
  /** What its patient may do alone, as the type said when it was booked. */
  readonly selfService: SelfService;
  readonly cancellation: Cancellation | null;
  readonly createdBy: UserId | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  /** Starts at 1 and increases by 1 with every change. */
  readonly version: number;
  /** Fields whose stored ciphertext cannot be decrypted. They read as `null`. */
  readonly damaged?: readonly string[];
}

/** The occupancies that an overbooking joins to the one of its place, before it takes its time. */
export interface Joining {
  readonly joins: readonly OccupancyId[];
}

/** The rooms and devices that are taken, in place of those that were. */
export interface Equipping {
  readonly takings: readonly Taking[];
}

/** Time of an additional doctor that an appointment takes. */
export interface DoctorTaking extends Joining {
  readonly doctor: { readonly id: UserId; readonly name: string };
  readonly place: Place;
}

/** The time of all additional doctors, in place of what was taken. */
export interface Accompanied {
  readonly doctors: readonly DoctorTaking[];
}

/** Everybody who is to be free for it. */
export function doctorsOf({ doctorId, additionalDoctorIds }: Pick<Appointment, 'doctorId' | 'additionalDoctorIds'>) {
  return [doctorId, ...additionalDoctorIds];
}

export type AppointmentChange =
  | ({
      readonly type: 'appointment.booked';
      readonly appointment: Appointment;
      readonly facts: BookingFacts;
    } & DailyLimited &
      PatientLimited &
      Joining &
      Equipping &
      Accompanied)
  | { readonly type: 'appointment.cancelled'; readonly appointment: Appointment; readonly expectedVersion: number }
  | ({
      readonly type: 'appointment.rescheduled';
      readonly appointment: Appointment;
      readonly expectedVersion: number;
      /** The time that the move freed. */
      readonly previous: {
        readonly doctorId: UserId;
        readonly start: Instant;
        readonly end: Instant;
        readonly busy: Interval;
      };
    } & DailyLimited &
      PatientLimited &
      Joining &
      Equipping &
      Accompanied)
  | {
      readonly type: 'appointment.status_changed';
      readonly appointment: Appointment;
      readonly expectedVersion: number;
      readonly previousStatus: AppointmentStatus;
    }
  /** A cancellation or a no-show is undone: the appointment takes its time again. */
  | {
      readonly type: 'appointment.restored';
      readonly appointment: Appointment;
      readonly expectedVersion: number;
      /** What the appointment took, and takes again. */
      readonly takings: readonly Taking[];
    }
  /** Moved to the instant of its wall clock, with all that it takes. */
  | {
      readonly type: 'appointment.wall_clock_kept';
      readonly appointment: Appointment;
      readonly expectedVersion: number;
    }
  | {
      readonly type: 'appointment.edited';
      readonly appointment: Appointment;
      readonly expectedVersion: number;
      readonly changed: readonly ('reason' | 'symptoms' | 'notes' | 'intake')[];
    };

/** Booked, or requested, and not begun. */
export const OPEN = ['requested', 'scheduled', 'confirmed'] as const satisfies readonly AppointmentStatus[];

/** Whether the status still allows cancelling and moving. */
export function isOpen(appointment: Pick<Appointment, 'status'>): boolean {
  return OPEN.some((status) => status === appointment.status);
}

/** The appointment with some fields changed, as its next version. */
export function nextVersion(appointment: Appointment, now: Instant, fields: Partial<Appointment>): Appointment {
  const changesStatus = fields.status !== undefined && fields.status !== appointment.status;
  const statusAt = changesStatus ? now : appointment.statusAt;
  return { ...appointment, ...fields, statusAt, updatedAt: now, version: appointment.version + 1 };
}
