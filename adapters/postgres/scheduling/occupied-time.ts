/** The time that an appointment or a hold occupies: its range, the expired holds on it, and the daily limit of its type. */
import type { Appointment } from '../../../domain/scheduling/appointment.ts';
import type { DailyLimit } from '../../../domain/scheduling/appointment-type.ts';
import type { PatientLimit } from '../../../domain/scheduling/patient-limits.ts';
import type { Taking } from '../../../domain/scheduling/resource-choice.ts';
import type { Interval } from '../../../domain/shared/interval.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { at, guarded, join, type Sql, sql } from '../driver/sql.ts';
import { ACTIVE, standing } from './busy-statements.ts';
import { idsTakingResources } from './resource-state.ts';

export function range({ start, end }: Interval): Sql {
  return sql`tstzrange(${at(start)}::timestamptz, ${at(end)}::timestamptz)`;
}

/**
 * Deletes expired holds that overlap the wanted time, because the exclusion constraints still count them.
 * @param alsoTaken queries for the ids of appointments and holds that overlap it elsewhere
 */
export function clearExpired(
  of: Pick<Appointment, 'doctorId' | 'busy' | 'start' | 'end'> &
    Partial<Pick<Appointment, 'additionalDoctorIds'>> & { patientId: string | null },
  now: Instant,
  takings: readonly Taking[],
  alsoTaken: readonly Sql[] = [],
): Sql[] {
  const taken = [
    ...alsoTaken,
    ...(takings.length === 0 ? [] : [idsTakingResources(takings, range(of.busy))]),
    sql`SELECT p.appointment_id FROM appointment_participants p
        WHERE ${busyDoctor(of)} AND p.busy && ${range(of.busy)} AND p.active AND p.role <> 'patient'`,
    ...(of.patientId === null
      ? []
      : [
          sql`SELECT p.appointment_id FROM appointment_participants p
              WHERE p.participant_id = ${of.patientId}::uuid AND p.busy && ${range(of)} AND p.active AND p.role = 'patient'`,
        ]),
  ];
  return taken.map(
    (overlapping) => sql`DELETE FROM appointments
      WHERE status = 'held' AND hold_expires_at <= ${at(now)} AND id IN (${overlapping})`,
  );
}

/** As an index condition of `=` where there is one doctor. */
function busyDoctor({
  doctorId,
  additionalDoctorIds = [],
}: {
  doctorId: string;
  additionalDoctorIds?: readonly string[];
}) {
  return additionalDoctorIds.length === 0
    ? sql`p.participant_id = ${doctorId}::uuid`
    : sql`p.participant_id = ANY(${[doctorId, ...additionalDoctorIds]}::uuid[])`;
}

/** Makes one occupancy of several of a doctor, so that an overbooking may overlap all of them. */
export function joinOccupancies(
  { place, doctorId }: Pick<Appointment, 'place' | 'doctorId'>,
  joins: readonly string[],
): Sql[] {
  if (joins.length === 0) return [];
  return [
    // Where the doctor is an additional one, the occupancy is that of the row: the appointment's is the leading doctor's.
    sql`UPDATE appointment_participants SET occupancy = ${place.occupancy}::uuid
        WHERE participant_id = ${doctorId}::uuid AND additional AND active AND occupancy = ANY(${[...joins]}::uuid[])`,
    sql`UPDATE appointments SET occupancy = ${place.occupancy}::uuid
        WHERE doctor_id = ${doctorId}::uuid AND coalesce(occupancy, id) = ANY(${[...joins]}::uuid[])
          AND (occupancy = ANY(${[...joins]}::uuid[]) OR id = ANY(${[...joins]}::uuid[]))
          AND status NOT IN ('cancelled', 'no_show')`,
  ];
}

/** Counts appointments and live holds of the type that start on the doctor's local date, under the lock on the doctor's row. */
export function withinDailyLimit(
  of: Pick<Appointment, 'doctorId' | 'appointmentTypeId' | 'start'> & { readonly id: string },
  limit: DailyLimit | undefined,
  now: Instant,
): Sql[] {
  if (limit === undefined) return [];
  const start = sql`${at(of.start)}::timestamptz`;
  // The overlap condition lets PostgreSQL use the index on busy times.
  const around = sql`tstzrange(${start} - interval '36 hours', ${start} + interval '36 hours')`;
  return [
    guarded(
      sql`SELECT 1 FROM doctors d WHERE d.user_id = ${of.doctorId}::uuid AND ${limit.atMost}::int > (
            SELECT count(*) FROM appointments a
            WHERE a.doctor_id = ${of.doctorId}::uuid AND a.busy && ${around} AND ${standing(now)}
              AND a.appointment_type_id = ${of.appointmentTypeId}::uuid AND a.id <> ${of.id}::uuid
              AND (${startsWithin(limit.during)}))`,
      'daily_limit',
    ),
  ];
}

/** Counts the patient's other appointments of the type in the periods of each limit, under the lock on the patient's row. */
export function withinPatientLimits(
  of: Pick<Appointment, 'id' | 'patientId' | 'appointmentTypeId'>,
  limits: readonly PatientLimit[] = [],
): Sql[] {
  return limits.map(({ atMost, during }) =>
    guarded(
      sql`SELECT 1 WHERE ${atMost}::int > (SELECT count(*) FROM appointments a WHERE ${startsOf(sql`${of.patientId}::uuid`)}
            AND a.appointment_type_id = ${of.appointmentTypeId}::uuid AND a.id <> ${of.id}::uuid
            AND (${startsWithin(during)}))`,
      'patient_limit',
    ),
  );
}

/** The appointments that count for a patient's limits. Holds do not. */
export function startsOf(patient: Sql): Sql {
  return sql`a.patient_id = ${patient} AND a.status <> 'held' AND ${ACTIVE}`;
}

function startsWithin(periods: readonly Interval[]): Sql {
  return join(
    periods.map(
      ({ start, end }) => sql`a.starts_at >= ${at(start)}::timestamptz AND a.starts_at < ${at(end)}::timestamptz`,
    ),
    ' OR ',
  );
}
