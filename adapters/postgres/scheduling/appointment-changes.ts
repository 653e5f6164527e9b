/** Changes of appointments and of their series as SQL. */
import type { KeyedAppointmentChange } from '../../../domain/changes.ts';
import type { Accompanied, Appointment, Joining } from '../../../domain/scheduling/appointment.ts';
import type { Intake } from '../../../domain/scheduling/intake-question.ts';
import type { SeriesChange } from '../../../domain/scheduling/series.ts';
import type { DataKey, FieldCipher } from '../../../domain/shared/ports.ts';
import { localDateAt, localTimeAt } from '../../../domain/shared/zone.ts';
import type { ChangeWriters } from '../commit/change-writer.ts';
import { at, atOrNull, guarded, type Sql, sql } from '../driver/sql.ts';
import { sealingRow } from '../sealed/sealed-row.ts';
import { clearExpired, joinOccupancies, range, withinDailyLimit, withinPatientLimits } from './occupied-time.ts';
import { idsTakingThoseOf, leaveParticipants, takeDoctors, takeResources } from './resource-state.ts';
import { namedIn } from './steps.ts';

export const appointmentWriters: ChangeWriters<KeyedAppointmentChange | SeriesChange> = {
  'appointment.booked': (change, cipher) => {
    const { appointment: a, patientKey: key } = change;
    const sealed = sealingRow(cipher, key, 'appointments', a.id);
    return [
      ...clearExpired(a, a.createdAt, change.takings),
      ...withinDailyLimit(a, change.dailyLimit, a.createdAt),
      ...withinPatientLimits(a, change.patientLimits),
      ...joinAll(change),
      namedIn(change.origin),
      sql`INSERT INTO appointments (id, patient_id, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy,
            occupancy, lane, location_id, visit_mode, status, outside_rules, exception_reason, reason, symptoms, notes, intake,
            series_id, age_band, new_patient, cancel_notice_minutes, reschedule_notice_minutes, clinic_only,
            created_by, created_at, updated_at, local_date, local_time, local_version)
          VALUES (${a.id}::uuid, ${a.patientId}::uuid, ${a.doctorId}::uuid, ${a.appointmentTypeId}::uuid, ${at(a.start)},
            ${at(a.end)}, ${a.timezone}, ${range(a.busy)}, ${a.place.occupancy}::uuid, ${a.place.lane}::smallint, ${a.locationId}::uuid, ${a.visitMode},
            ${a.status}, ${a.outsideRules}::boolean,
            ${sealed.optional('exception_reason', a.exceptionReason)}::bytea, ${sealed.optional('reason', a.reason)}::bytea,
            ${sealed.optional('symptoms', a.symptoms)}::bytea,
            ${sealed.optional('notes', a.notes)}::bytea, ${sealed.optional('intake', textOf(a.intake))}::bytea,
            ${a.seriesId}::uuid, ${change.facts.ageBand}, ${change.facts.isNewPatient}::boolean,
            ${a.selfService.cancelNoticeMinutes}::int, ${a.selfService.rescheduleNoticeMinutes}::int, ${a.selfService.clinicOnly}::boolean,
            ${a.createdBy}::uuid, ${at(a.createdAt)}, ${at(a.updatedAt)},
            ${localDateAt(a.timezone, a.start)}::date, ${localTimeAt(a.timezone, a.start)}, ${a.version}::int)`,
      ...takeResources(a.id, range(a.busy), change.takings, sql`${a.id}::uuid`),
      ...takeDoctors(a.id, range(a.busy), change.doctors, sql`${a.id}::uuid`),
    ];
  },
  'appointment.rescheduled': (change, cipher) => {
    const { appointment: a } = change;
    return [
      ...clearExpired(a, a.updatedAt, change.takings),
      ...withinDailyLimit(a, change.dailyLimit, a.updatedAt),
      ...withinPatientLimits(a, change.patientLimits),
      ...joinAll(change),
      leaveParticipants(a.id),
      namedIn(change.origin),
      updated(change, cipher, placed(a)),
      ...takeResources(a.id, range(a.busy), change.takings, sql`gen_random_uuid()`),
      ...takeDoctors(a.id, range(a.busy), change.doctors, sql`gen_random_uuid()`),
    ];
  },
  'appointment.restored': (change, cipher) => [
    ...clearExpired(change.appointment, change.appointment.updatedAt, change.takings),
    namedIn(change.origin),
    updated(change, cipher, sameWallClock(change)),
  ],
  // Rooms, devices and additional doctors, whose rows follow the appointment's, stay with it.
  'appointment.wall_clock_kept': (change, cipher) => {
    const { appointment: a } = change;
    return [
      ...clearExpired(a, a.updatedAt, [], [idsTakingThoseOf(a.id, range(a.busy))]),
      updated(change, cipher, wallClock(a)),
    ];
  },
  'appointment.edited': (change, cipher) => [updated(change, cipher, sameWallClock(change))],
  'appointment.cancelled': (change, cipher) => [namedIn(change.origin), updated(change, cipher, sameWallClock(change))],
  'appointment.status_changed': (change, cipher) => [
    namedIn(change.origin),
    updated(change, cipher, sameWallClock(change)),
  ],
  'series.created': ({ series: s }) => [
    sql`INSERT INTO appointment_series (id, patient_id, doctor_id, appointment_type_id, frequency, every, occurrences, weekdays, last_date,
          first_date, start_time, created_at)
        VALUES (${s.id}::uuid, ${s.patientId}::uuid, ${s.doctorId}::uuid, ${s.appointmentTypeId}::uuid,
          ${s.recurrence.frequency}, ${s.recurrence.interval}::int, ${s.occurrences}::int,
          ${s.recurrence.weekdays === null ? null : [...s.recurrence.weekdays]}::smallint[], ${s.recurrence.until}::date, ${s.firstDate}::date,
          ${s.startTime}, ${at(s.createdAt)})`,
  ],
};

/** For each doctor. */
function joinAll({
  appointment,
  joins,
  doctors,
}: Joining & Accompanied & { readonly appointment: Appointment }): Sql[] {
  return [
    ...joinOccupancies(appointment, joins),
    ...doctors.flatMap(({ doctor, place, joins: its }) => joinOccupancies({ doctorId: doctor.id, place }, its)),
  ];
}

/**
 * The place and the wall clock of a moved appointment. Others may have joined the occupancy that it leaves, which can have its id, so it gets a
 * new one. Other updates leave the place as it is, because an overbooking changes it without a new version.
 */
function placed(appointment: Appointment): Sql {
  const { place, locationId } = appointment;
  return sql`, location_id = ${locationId}::uuid, occupancy = coalesce(${place.occupancy}::uuid, gen_random_uuid()),
    lane = ${place.lane}::smallint${wallClock(appointment)}`;
}

function textOf(intake: Intake | null): string | null {
  return intake === null ? null : JSON.stringify(intake);
}

function wallClock({ timezone, start, version }: Appointment): Sql {
  return sql`, local_date = ${localDateAt(timezone, start)}::date, local_time = ${localTimeAt(timezone, start)},
    local_version = ${version}::int`;
}

/** Keeps the wall clock of an appointment that does not move, if the row has one: it is what was agreed on (ADR 0172). */
function sameWallClock({ appointment, expectedVersion }: { appointment: Appointment; expectedVersion: number }): Sql {
  return sql`, local_version = CASE WHEN local_version = ${expectedVersion}::int THEN ${appointment.version}::int END`;
}

/** Updates the appointment, if it still has the version it was decided on. */
function updated(
  {
    appointment: a,
    expectedVersion,
    patientKey: key,
  }: { readonly appointment: Appointment; readonly expectedVersion: number; readonly patientKey: DataKey },
  cipher: FieldCipher,
  also: Sql,
): Sql {
  const { cancellation } = a;
  const sealed = sealingRow(cipher, key, 'appointments', a.id);
  return guarded(
    sql`UPDATE appointments SET doctor_id = ${a.doctorId}::uuid, starts_at = ${at(a.start)}, ends_at = ${at(a.end)},
          timezone = ${a.timezone}, busy = ${range(a.busy)}, status = ${a.status}, outside_rules = ${a.outsideRules}::boolean${also},
          exception_reason = ${sealed.update('exception_reason', a.exceptionReason, a.damaged)},
          reason = ${sealed.update('reason', a.reason, a.damaged)},
          symptoms = ${sealed.update('symptoms', a.symptoms, a.damaged)},
          notes = ${sealed.update('notes', a.notes, a.damaged)},
          intake = ${sealed.update('intake', textOf(a.intake), a.damaged)},
          reschedule_count = ${a.rescheduleCount}::int,
          cancelled_by = ${cancellation?.by ?? null}::uuid, cancelled_by_kind = ${cancellation?.byKind ?? null},
          cancelled_at = ${atOrNull(cancellation?.at ?? null)},
          cancellation_reason = ${sealed.update('cancellation_reason', cancellation?.reason ?? null, a.damaged)},
          updated_at = ${at(a.updatedAt)}, version = ${a.version}::int
        WHERE id = ${a.id}::uuid AND version = ${expectedVersion}::int RETURNING 1`,
    'appointment',
  );
}
