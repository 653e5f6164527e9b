/** The appointment, its changes, and who acts on it. `transitions.ts` and `booking.ts` make the changes. */
import type { AppointmentId, AppointmentTypeId, UserId } from '../shared/ids.ts';
import type { Interval } from '../shared/interval.ts';
import type { Role } from '../shared/permissions.ts';
import type { Instant } from '../shared/time.ts';
import type { ZoneId } from '../shared/zone.ts';
import type { DailyLimited } from './appointment-type.ts';
import type { SeriesId } from './ids.ts';

export const APPOINTMENT_STATUSES = [
  'scheduled',
  'confirmed',
  'in_progress',
  'completed',
  'cancelled',
  'no_show',
] as const;
export type AppointmentStatus = (typeof APPOINTMENT_STATUSES)[number];

export type ActorKind = Role | 'system';

export interface SchedulingActor {
  readonly kind: ActorKind;
  /** `null` for the portal itself. */
  readonly userId: UserId | null;
}

export interface Cancellation {
  readonly at: Instant;
  readonly by: UserId | null;
  readonly byKind: ActorKind;
  readonly reason: string | null;
}

export interface Appointment {
  readonly id: AppointmentId;
  readonly patientId: UserId;
  readonly doctorId: UserId;
  readonly appointmentTypeId: AppointmentTypeId;
  readonly start: Instant;
  readonly end: Instant;
  /** The doctor's zone when it was booked or last moved; the local date and time are told in it. */
  readonly timezone: ZoneId;
  /** `[start, end)` and the buffers around it: what the doctor is occupied with. */
  readonly busy: Interval;
  readonly status: AppointmentStatus;
  /** The patient's words. */
  readonly reason: string | null;
  readonly symptoms: string | null;
  /** The clinic's words, never shown to the patient. */
  readonly notes: string | null;
  readonly seriesId: SeriesId | null;
  /** Placed by staff where the rules would not have allowed it. */
  readonly outsideRules: boolean;
  readonly rescheduleCount: number;
  readonly cancellation: Cancellation | null;
  readonly createdBy: UserId | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  /** From 1, one more with every change. */
  readonly version: number;
  /** What is stored but cannot be opened. It reads as null. */
  readonly damaged?: readonly string[];
}

export type AppointmentChange =
  | ({ readonly type: 'appointment.booked'; readonly appointment: Appointment } & DailyLimited)
  | { readonly type: 'appointment.cancelled'; readonly appointment: Appointment; readonly expectedVersion: number }
  | ({
      readonly type: 'appointment.rescheduled';
      readonly appointment: Appointment;
      readonly expectedVersion: number;
      /** What was freed by it. */
      readonly previous: {
        readonly doctorId: UserId;
        readonly start: Instant;
        readonly end: Instant;
        readonly busy: Interval;
      };
    } & DailyLimited)
  | {
      readonly type: 'appointment.status_changed';
      readonly appointment: Appointment;
      readonly expectedVersion: number;
      readonly previousStatus: AppointmentStatus;
    }
  | {
      readonly type: 'appointment.edited';
      readonly appointment: Appointment;
      readonly expectedVersion: number;
      readonly changed: readonly ('reason' | 'symptoms' | 'notes')[];
    };

/** Whether it can still be cancelled or moved at all. */
export function isOpen(appointment: Pick<Appointment, 'status'>): boolean {
  return appointment.status === 'scheduled' || appointment.status === 'confirmed';
}

/** The appointment with some fields changed, as its next version. */
export function nextVersion(appointment: Appointment, now: Instant, fields: Partial<Appointment>): Appointment {
  return { ...appointment, ...fields, updatedAt: now, version: appointment.version + 1 };
}
