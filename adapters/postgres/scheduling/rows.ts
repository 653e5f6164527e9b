/** Reads rows of the scheduling tables into values of the domain. */
import type { Appointment, AppointmentStatus, MakerKind } from '../../../domain/scheduling/appointment.ts';
import {
  type Availability,
  type AvailabilityOverride,
  type LocalRange,
  type OverrideRange,
  type TimeOff,
  type WeeklyRule,
  weekOf,
} from '../../../domain/scheduling/availability.ts';
import type { BusyTime, OccupancyId } from '../../../domain/scheduling/busy-time.ts';
import type { Doctor } from '../../../domain/scheduling/doctor.ts';
import type { Hold } from '../../../domain/scheduling/hold.ts';
import type { SeriesId, TimeOffId } from '../../../domain/scheduling/ids.ts';
import type { Intake } from '../../../domain/scheduling/intake-question.ts';
import type { LocationId } from '../../../domain/scheduling/location.ts';
import type { AppointmentRecord, ToldAppointment, Venue } from '../../../domain/scheduling/ports.ts';
import type { ResourceId } from '../../../domain/scheduling/resource.ts';
import type { ResourceBusyTime } from '../../../domain/scheduling/resource-choice.ts';
import type { PatientBusyTime } from '../../../domain/scheduling/slot-check.ts';
import type { VisitMode } from '../../../domain/scheduling/visit-mode.ts';
import type {
  AppointmentId,
  AppointmentTypeId,
  AvailabilityOverrideId,
  HoldId,
  UserId,
} from '../../../domain/shared/ids.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { LocalDate, LocalTime, Weekday } from '../../../domain/shared/time.ts';
import type { ZoneId } from '../../../domain/shared/zone.ts';
import { readProxies } from '../access/proxies-of.ts';
import type { Row } from '../driver/driver.ts';
import { raw, readDataKey, sql } from '../driver/sql.ts';
import { damageOf, sealedRow } from '../sealed/sealed-row.ts';
import { CLINIC_VIDEO_LINK, readLimits } from './clinic-settings.ts';
import { readClosedDates } from './holiday-rows.ts';
import { readLocation } from './place-rows.ts';

export const DOCTOR_COLUMNS =
  raw(`d.user_id, d.specialty, d.languages, d.timezone, d.accepting_patients, d.bio, d.video_link, d.version,
  d.availability_version, d.first_name, d.last_name,
  u.status <> 'closed' AND u.deleted_at IS NULL AND u.role = 'doctor' AS active`);

/** Erasing a doctor's account clears the name; the appointments with patients remain. */
export function doctorName(found: Row, prefix = ''): string {
  return `${found[`${prefix}first_name`]} ${found[`${prefix}last_name`]}`.trim() || 'a former doctor';
}

export function readDoctor(found: Row): Doctor {
  return {
    id: found.user_id as UserId,
    specialty: found.specialty as string | null,
    languages: found.languages as string[],
    timezone: found.timezone as ZoneId,
    acceptingPatients: found.accepting_patients as boolean,
    active: found.active as boolean,
    bio: found.bio as string | null,
    videoLink: found.video_link as string | null,
    version: found.version as number,
  };
}

export function readRule(found: Row): WeeklyRule {
  return {
    weekday: found.weekday as Weekday,
    start: found.start_time as LocalTime,
    end: found.end_time as LocalTime,
    appointmentTypeIds: found.appointment_type_ids as AppointmentTypeId[] | null,
    locationId: found.location_id as LocationId | null,
    validFrom: found.valid_from as LocalDate | null,
    validUntil: found.valid_until as LocalDate | null,
  };
}

export function readOverride(found: Row): AvailabilityOverride {
  return {
    id: found.id as AvailabilityOverrideId,
    date: found.date as LocalDate,
    // Hours of versions before have no location, or name no types.
    available: (found.available as (LocalRange & Partial<OverrideRange>)[]).map((range) => ({
      ...range,
      locationId: range.locationId ?? null,
      appointmentTypeIds: range.appointmentTypeIds ?? null,
    })),
    endsNightBefore: found.ends_night_before as boolean,
  };
}

/** Decrypts the reason for time off. Loads that only need the dates pass a function that returns `null`. */
export type OpenReason = (found: Row) => string | null;

export function readTimeOff(found: Row, reason: OpenReason): TimeOff {
  return {
    id: found.id as TimeOffId,
    from: found.first_date as LocalDate,
    until: found.last_date as LocalDate,
    startTime: found.start_time as LocalTime | null,
    endTime: found.end_time as LocalTime | null,
    reason: reason(found),
  };
}

/** The hours of many doctors from the rows of all of them; each row is read once. */
export function readAvailabilities(
  parts: {
    readonly rules: readonly Row[];
    readonly overrides: readonly Row[];
    readonly timeOff: readonly Row[];
    readonly holidays: readonly Row[];
  },
  reason: OpenReason,
): (doctor: Row) => Availability {
  const byDoctor = (found: readonly Row[]) => Map.groupBy(found, ({ doctor_id }) => doctor_id);
  const [rules, overrides, timeOff] = [byDoctor(parts.rules), byDoctor(parts.overrides), byDoctor(parts.timeOff)];
  const holidays = parts.holidays.flatMap(readClosedDates);
  return ({ user_id: id, timezone, availability_version: version }) => ({
    doctorId: id as UserId,
    timezone: timezone as ZoneId,
    weekly: weekOf((rules.get(id) ?? []).map(readRule)),
    overrides: (overrides.get(id) ?? []).map(readOverride),
    timeOff: (timeOff.get(id) ?? []).map((found) => readTimeOff(found, reason)),
    holidays,
    version: version as number,
  });
}

export const BUSY_COLUMNS = raw(`a.id, p.participant_id, a.doctor_id, a.appointment_type_id, a.starts_at, a.ends_at,
  lower(p.busy) AS busy_start, upper(p.busy) AS busy_end, a.hold_expires_at, p.occupancy, p.lane`);

/** A time of a doctor. */
export function readBusy(found: Row): BusyTime {
  return { ...readOccupied(found), isAttended: found.participant_id !== found.doctor_id };
}

function readOccupied(found: Row): BusyTime {
  return {
    sourceId: found.id as AppointmentId | HoldId,
    appointmentTypeId: found.appointment_type_id as AppointmentTypeId,
    start: found.busy_start as number,
    end: found.busy_end as number,
    startsAt: found.starts_at as number,
    expiresAt: found.hold_expires_at as number | null,
    occupancy: found.occupancy as OccupancyId,
    lane: found.lane as number,
  };
}

export function readResourceBusy(found: Row): ResourceBusyTime {
  return {
    ...readOccupied(found),
    appointmentTypeId: found.appointment_type_id as AppointmentTypeId | null,
    occupancy: found.occupancy as OccupancyId | null,
    resourceId: found.participant_id as ResourceId,
    doctorId: found.doctor_id as UserId | null,
  };
}

export function readPatientBusy(found: Row): PatientBusyTime {
  return {
    sourceId: found.id as string,
    start: found.starts_at as number,
    end: found.ends_at as number,
    expiresAt: found.hold_expires_at as number | null,
  };
}

export const APPOINTMENT_COLUMNS = sql`a.id, a.patient_id, a.doctor_id, a.appointment_type_id, a.starts_at, a.ends_at,
  a.timezone, lower(a.busy) AS busy_start, upper(a.busy) AS busy_end, a.status, a.reason, a.symptoms, a.notes, a.intake, a.series_id,
  a.occupancy, a.lane, a.location_id, a.visit_mode, a.outside_rules, a.exception_reason, a.reschedule_count,
  a.cancel_notice_minutes, a.reschedule_notice_minutes, a.clinic_only, a.cancelled_by, a.cancelled_by_kind, a.cancelled_at, a.cancellation_reason,
  a.created_by, a.created_at, a.updated_at, a.version, a.hold_expires_at, a.held_by,
  coalesce((SELECT s.at FROM appointment_steps s WHERE s.appointment_id = a.id ORDER BY s.id DESC LIMIT 1), a.updated_at) AS status_at,
  (SELECT to_jsonb(l) FROM locations l WHERE l.id = a.location_id) AS venue_location,
  coalesce((SELECT v.video_link FROM doctors v WHERE v.user_id = a.doctor_id), ${CLINIC_VIDEO_LINK}) AS venue_video_link,
  (SELECT jsonb_agg(jsonb_build_object('id', r.id, 'kind', r.kind, 'name', r.name) ORDER BY r.kind, r.name)
    FROM appointment_participants p JOIN resources r ON r.id = p.resource_id WHERE p.appointment_id = a.id) AS venue_resources,
  (SELECT jsonb_agg(jsonb_build_object('id', v.user_id, 'first_name', v.first_name, 'last_name', v.last_name) ORDER BY v.user_id)
    FROM appointment_participants p JOIN doctors v ON v.user_id = p.user_id WHERE p.appointment_id = a.id AND p.additional)
    AS additional_doctors`;

/** Expects {@link APPOINTMENT_COLUMNS}. */
export function readVenue(found: Row): Venue {
  const location = found.venue_location as Row | null;
  return {
    location: location === null ? null : readLocation(location),
    videoLink: found.venue_video_link as string | null,
    resources: (found.venue_resources as Venue['resources'] | null) ?? [],
    additionalDoctors: readAdditionalDoctors(found),
  };
}

function readAdditionalDoctors({ additional_doctors: found }: Row): Venue['additionalDoctors'] {
  return ((found as Row[] | null) ?? []).map((doctor) => ({ id: doctor.id as UserId, name: doctorName(doctor) }));
}

/** Expects the patient's data key among the columns. If the key was destroyed, reason, symptoms and notes are `null` (R55). */
export function readAppointment(found: Row, cipher: FieldCipher): Appointment {
  if (found.key_owner === null) return readAppointmentWithoutText(found);
  const key = readDataKey(found);
  const sealed = sealedRow(cipher, key, 'appointments', found.id as string);
  const plain = readAppointmentWithoutText(found);
  return {
    ...plain,
    reason: sealed.optional('reason', found.reason),
    symptoms: sealed.optional('symptoms', found.symptoms),
    notes: sealed.optional('notes', found.notes),
    intake: sealed.json<Intake>('intake', found.intake),
    exceptionReason: sealed.optional('exception_reason', found.exception_reason),
    cancellation:
      plain.cancellation === null
        ? null
        : { ...plain.cancellation, reason: sealed.optional('cancellation_reason', found.cancellation_reason) },
    ...damageOf(sealed),
  };
}

/** Reads the columns that are not encrypted. Reason, symptoms and notes are always `null`. */
export function readAppointmentWithoutText(found: Row): Appointment {
  return {
    id: found.id as AppointmentId,
    patientId: found.patient_id as UserId,
    doctorId: found.doctor_id as UserId,
    additionalDoctorIds: readAdditionalDoctors(found).map(({ id }) => id),
    appointmentTypeId: found.appointment_type_id as AppointmentTypeId,
    start: found.starts_at as number,
    end: found.ends_at as number,
    timezone: found.timezone as ZoneId,
    busy: { start: found.busy_start as number, end: found.busy_end as number },
    place: { occupancy: found.occupancy as OccupancyId | null, lane: found.lane as number },
    locationId: found.location_id as LocationId | null,
    // Appointments of the version before name no mode.
    visitMode: (found.visit_mode as VisitMode | null) ?? 'in_person',
    status: found.status as AppointmentStatus,
    statusAt: found.status_at as number,
    reason: null,
    symptoms: null,
    notes: null,
    intake: null,
    seriesId: found.series_id as SeriesId | null,
    outsideRules: found.outside_rules as boolean,
    exceptionReason: null,
    rescheduleCount: found.reschedule_count as number,
    selfService: {
      cancelNoticeMinutes: found.cancel_notice_minutes as number | null,
      rescheduleNoticeMinutes: found.reschedule_notice_minutes as number | null,
      clinicOnly: found.clinic_only as boolean,
    },
    cancellation:
      found.cancelled_at === null
        ? null
        : {
            at: found.cancelled_at as number,
            by: found.cancelled_by as UserId | null,
            byKind: found.cancelled_by_kind as MakerKind,
            reason: null,
          },
    createdBy: found.created_by as UserId | null,
    createdAt: found.created_at as number,
    updatedAt: found.updated_at as number,
    version: found.version as number,
  };
}

/** Expects the type's code, the doctor's name, the clinic's limits and the patient's data key among the columns. */
export function readAppointmentRecord(found: Row, cipher: FieldCipher): AppointmentRecord {
  return {
    appointment: readAppointment(found, cipher),
    typeCode: found.type_code as string,
    doctorName: doctorName(found, 'doctor_'),
    venue: readVenue(found),
    limits: readLimits(found),
    patientKey: readDataKey(found),
  };
}

/** Expects the column `proxies` besides. */
export function readToldAppointment(found: Row, cipher: FieldCipher): ToldAppointment {
  return { ...readAppointmentRecord(found, cipher), proxies: readProxies(found) };
}

export function readHold(found: Row): Hold {
  return {
    id: found.id as HoldId,
    holderId: found.held_by as UserId,
    patientId: found.patient_id as UserId | null,
    doctorId: found.doctor_id as UserId,
    appointmentTypeId: found.appointment_type_id as AppointmentTypeId,
    start: found.starts_at as number,
    end: found.ends_at as number,
    busy: { start: found.busy_start as number, end: found.busy_end as number },
    // An overbooking may have joined the hold's own occupancy, which the appointment that consumes the hold takes over.
    place: { occupancy: (found.occupancy ?? found.id) as OccupancyId, lane: found.lane as number },
    locationId: found.location_id as LocationId | null,
    createdAt: found.created_at as number,
    expiresAt: found.hold_expires_at as number,
  };
}
