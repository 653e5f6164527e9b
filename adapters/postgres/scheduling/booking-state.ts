/** Statements that read the booking state. Doctor, type, patient and dates are SQL expressions: parameters or subqueries. */
import type { PatientStart } from '../../../domain/scheduling/patient-limits.ts';
import type { BookingNames } from '../../../domain/scheduling/ports.ts';
import type { BookingState } from '../../../domain/scheduling/slot-check.ts';
import type { Instant, LocalDate } from '../../../domain/shared/time.ts';
import { proxiesColumn, readProxies } from '../access/proxies-of.ts';
import type { Row } from '../driver/driver.ts';
import { at, raw, type Sql, type SqlLoad, sql } from '../driver/sql.ts';
import { busyStatement, type SqlDates } from './busy-statements.ts';
import { CLINIC_LIMITS, CLINIC_VIDEO_LINK, readLimits } from './clinic-settings.ts';
import { holidaysIn } from './holiday-rows.ts';
import { startsOf } from './occupied-time.ts';
import { LOCATION_COLUMNS, readLocation } from './place-rows.ts';
import { kindsOf, locationsOf, readResources, resourceStatements } from './resource-state.ts';
import {
  DOCTOR_COLUMNS,
  doctorName,
  type OpenReason,
  readAvailabilities,
  readBusy,
  readDoctor,
  readPatientBusy,
} from './rows.ts';
import { readType, TYPE_COLUMNS } from './type-rows.ts';

export const DOCTORS = raw(`doctors d JOIN users u ON u.id = d.user_id`);
export const OPEN_DOCTOR = raw(`u.deleted_at IS NULL AND u.status <> 'closed' AND u.role = 'doctor'`);

/** Whether the patient has an appointment that the doctor leads or attends, neither cancelled nor missed, past or to come. */
export function isKnownTo(doctor: Sql, patient: Sql): Sql {
  const counts = raw(`k.status NOT IN ('held', 'cancelled', 'no_show')`);
  return sql`(EXISTS (SELECT FROM appointments k WHERE k.patient_id = ${patient} AND k.doctor_id = ${doctor} AND ${counts})
    OR EXISTS (SELECT FROM appointment_participants x JOIN appointments k ON k.id = x.appointment_id
      WHERE x.participant_id = ${doctor} AND x.additional AND k.patient_id = ${patient} AND ${counts}))`;
}

/** Whether the patient has no birth date and has never had an appointment. */
function needsBirthDate(patient: Sql): Sql {
  return sql`EXISTS (SELECT FROM users b WHERE b.id = ${patient} AND b.date_of_birth IS NULL
    AND NOT EXISTS (SELECT FROM appointments f WHERE f.patient_id = b.id AND f.status <> 'held'))`;
}

/** How many live holds a holder has placed. The holds behind waitlist offers do not count: the portal placed them. */
export function liveHoldsOf(holderId: string, now: Instant): Sql {
  return sql`(SELECT count(*) FROM appointments h
    WHERE h.held_by = ${holderId}::uuid AND h.status = 'held' AND h.hold_expires_at > ${at(now)}::timestamptz
      AND h.id NOT IN (SELECT o.hold_id FROM waitlist_offers o WHERE o.patient_id = ${holderId}::uuid AND o.state = 'open'))`;
}

/** Doctors with their hours: five statements for any number of doctors. */
export function hoursStatements(condition: Sql, { from, to }: SqlDates): Sql[] {
  const ids = sql`(SELECT d.user_id FROM ${DOCTORS} WHERE ${condition})`;
  return [
    sql`SELECT ${DOCTOR_COLUMNS} FROM ${DOCTORS} WHERE ${condition} ORDER BY d.user_id`,
    sql`SELECT * FROM availability_rules WHERE doctor_id IN ${ids} ORDER BY doctor_id, position`,
    sql`SELECT * FROM availability_overrides WHERE doctor_id IN ${ids}
          AND date BETWEEN ${from} - 2 AND ${to} + 2 ORDER BY date`,
    sql`SELECT * FROM time_off WHERE doctor_id IN ${ids}
          AND first_date <= ${to} + 2 AND last_date >= ${from} - 2 ORDER BY first_date`,
    holidaysIn({ from: sql`(${from} - 2)`, to: sql`(${to} + 2)` }),
  ];
}

/** The number of statements that {@link hoursStatements} returns. */
export const HOURS_STATEMENTS = 5;

export function readHours(results: readonly (readonly Row[])[], reason: OpenReason = () => null) {
  const [doctors = [], rules = [], overrides = [], timeOff = [], holidays = []] = results;
  const availabilityOf = readAvailabilities({ rules, overrides, timeOff, holidays }, reason);
  return doctors.map((found) => ({
    doctor: readDoctor(found),
    name: doctorName(found),
    availability: availabilityOf(found),
  }));
}

/** The patient's appointments of the type, as far back as its limits can look; none if it has no limits. */
export function patientStartsStatement(type: Sql, patient: Sql, now: Instant): Sql {
  return sql`SELECT a.id, a.starts_at FROM appointments a
    WHERE ${startsOf(patient)} AND a.starts_at > ${at(now)}::timestamptz - interval '367 days'
      AND a.appointment_type_id = (SELECT t.id FROM appointment_types t WHERE ${type}
        AND num_nonnulls(t.patient_open_limit, t.patient_daily_limit, t.patient_gap_days) > 0)`;
}

export const readPatientStart = (found: Row): PatientStart => ({
  sourceId: found.id as string,
  start: found.starts_at as number,
});

export type LoadedState = BookingState & BookingNames;

/** @param of doctor and patient as `uuid` expressions, the type as a condition on `t` */
export function bookingStateLoad(of: {
  readonly doctor: Sql;
  readonly type: Sql;
  readonly patient: Sql;
  /** A query for the ids of additional doctors; `null` for none. */
  readonly additional: Sql | null;
  readonly dates: SqlDates;
  readonly now: Instant;
}): SqlLoad<LoadedState | undefined> {
  const { doctor, type, patient, additional, dates, now } = of;
  const isOne = (id: Sql) =>
    additional === null ? sql`${id} = ${doctor}` : sql`${id} IN (SELECT ${doctor} UNION ALL ${additional})`;
  return {
    statements: [
      ...hoursStatements(isOne(sql`d.user_id`), dates),
      sql`SELECT ${TYPE_COLUMNS} FROM appointment_types t WHERE ${type}`,
      busyStatement('provider', isOne, dates, now),
      busyStatement('patient', (participant) => sql`${participant} = ${patient}`, dates, now),
      ...resourceStatements(
        sql`r.kind IN ${kindsOf(type)} AND r.location_id IN ${locationsOf(doctor, dates)}`,
        type,
        dates,
        now,
      ),
      patientStartsStatement(type, patient, now),
      sql`SELECT ${LOCATION_COLUMNS} FROM locations l WHERE l.id IN ${locationsOf(doctor, dates)}`,
      sql`SELECT ${doctor} AS leading, ${dates.from} AS first_date, ${dates.to} AS last_date,
            ${CLINIC_LIMITS}, ${CLINIC_VIDEO_LINK} AS clinic_video_link, ${isKnownTo(doctor, patient)} AS is_known, ${needsBirthDate(patient)} AS needs_birth_date,
            ${proxiesColumn(patient, now)}`,
    ],
    read: (results) => {
      const [types, busy, patientBusy, resources, resourceBusy, starts, locations, loaded] =
        results.slice(HOURS_STATEMENTS);
      const [found] = types ?? [];
      const [dated] = loaded ?? [];
      const busyOf = Map.groupBy(busy ?? [], ({ participant_id }) => participant_id);
      const schedules = readHours(results).map((each) => ({
        ...each,
        busy: (busyOf.get(each.doctor.id) ?? []).map(readBusy),
      }));
      const hours = schedules.find((each) => each.doctor.id === dated?.leading);
      if (hours === undefined || found === undefined || dated === undefined) return undefined;
      return {
        doctor: hours.doctor,
        additional: schedules.filter((each) => each !== hours),
        doctorName: hours.name,
        videoLink: hours.doctor.videoLink ?? (dated.clinic_video_link as string | null),
        limits: readLimits(dated),
        type: readType(found),
        availability: hours.availability,
        loaded: { from: dated.first_date as LocalDate, to: dated.last_date as LocalDate },
        busy: hours.busy,
        patientBusy: (patientBusy ?? []).map(readPatientBusy),
        patientStarts: (starts ?? []).map(readPatientStart),
        isKnownPatient: dated.is_known as boolean,
        needsBirthDate: dated.needs_birth_date as boolean,
        resources: readResources([resources, resourceBusy]),
        locations: (locations ?? []).map(readLocation),
        proxies: readProxies(dated),
      };
    },
  };
}
