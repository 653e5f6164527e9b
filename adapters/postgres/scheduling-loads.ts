/** What the scheduling context reads. */
import type {
  AppointmentFilter,
  DateRange,
  DoctorFilter,
  DoctorSchedule,
  SchedulingLoads,
  Viewer,
} from '../../domain/scheduling/ports.ts';
import type { BookingState } from '../../domain/scheduling/slot-check.ts';
import type { FieldCipher } from '../../domain/shared/ports.ts';
import { addDays } from '../../domain/shared/time.ts';
import type { Row } from './driver.ts';
import {
  APPOINTMENT_COLUMNS,
  BUSY_COLUMNS,
  DOCTOR_COLUMNS,
  readAppointmentRecord,
  readAvailability,
  readBusy,
  readDoctor,
  readHold,
  readPatientBusy,
  readType,
  TYPE_COLUMNS,
} from './scheduling-rows.ts';
import {
  at,
  atOrNull,
  DATA_KEY_COLUMNS,
  raw,
  row,
  rows,
  type Sql,
  type SqlLoad,
  type SqlRecordedLoad,
  sql,
} from './sql.ts';

/** Part of the exclusion constraints' predicate, word for word, so that their indexes serve. */
const ACTIVE = raw(`a.status NOT IN ('cancelled', 'no_show')`);

const DOCTORS = raw(`doctors d JOIN users u ON u.id = d.user_id`);
const OPEN_DOCTOR = raw(`u.deleted_at IS NULL AND u.status <> 'closed' AND u.role = 'doctor'`);

/** Zones differ by up to a day and overnight hours reach into the next: a day more on both sides. */
function instants({ from, to }: DateRange): Sql {
  return sql`tstzrange(${addDays(from, -2)}::timestamptz, ${addDays(to, 3)}::timestamptz)`;
}

function doctorCondition(filter: DoctorFilter): Sql {
  const pattern = filter.text === null ? null : `%${filter.text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  return sql`${OPEN_DOCTOR}
    AND (${filter.specialty}::text IS NULL OR lower(d.specialty) = lower(${filter.specialty}))
    AND (${filter.doctorIds === null ? null : [...filter.doctorIds]}::uuid[] IS NULL
      OR d.user_id = ANY(${filter.doctorIds === null ? null : [...filter.doctorIds]}::uuid[]))
    AND (${pattern}::text IS NULL OR lower(u.first_name || ' ' || u.last_name) LIKE ${pattern}
      OR lower(d.specialty) LIKE ${pattern} OR EXISTS (SELECT 1 FROM unnest(d.languages) l WHERE lower(l) LIKE ${pattern}))`;
}

/** Doctors with their hours, in five statements, whatever their number. */
function hoursStatements(condition: Sql, dates: DateRange): Sql[] {
  const ids = sql`(SELECT d.user_id FROM ${DOCTORS} WHERE ${condition})`;
  return [
    sql`SELECT ${DOCTOR_COLUMNS} FROM ${DOCTORS} WHERE ${condition} ORDER BY d.user_id`,
    sql`SELECT * FROM availability_rules WHERE doctor_id IN ${ids} ORDER BY doctor_id, position`,
    sql`SELECT * FROM availability_overrides WHERE doctor_id IN ${ids}
          AND date BETWEEN ${addDays(dates.from, -2)}::date AND ${addDays(dates.to, 2)}::date ORDER BY date`,
    sql`SELECT * FROM time_off WHERE doctor_id IN ${ids}
          AND first_date <= ${addDays(dates.to, 2)}::date AND last_date >= ${addDays(dates.from, -2)}::date ORDER BY first_date`,
    sql`SELECT * FROM clinic_holidays
        WHERE first_date <= ${addDays(dates.to, 2)}::date AND last_date >= ${addDays(dates.from, -2)}::date
        ORDER BY first_date`,
  ];
}

function readHours([
  doctors = [],
  rules = [],
  overrides = [],
  timeOff = [],
  holidays = [],
]: readonly (readonly Row[])[]) {
  const parts = { rules, overrides, timeOff, holidays };
  return doctors.map((found) => ({
    doctor: readDoctor(found),
    name: `${found.first_name} ${found.last_name}`,
    availability: readAvailability(found, parts),
  }));
}

const RECORD_COLUMNS = sql`${APPOINTMENT_COLUMNS}, t.code AS type_code, du.first_name AS doctor_first_name,
  du.last_name AS doctor_last_name, ${DATA_KEY_COLUMNS}`;
const RECORD_TABLES = raw(`appointments a JOIN appointment_types t ON t.id = a.appointment_type_id
  JOIN users du ON du.id = a.doctor_id JOIN data_keys k ON k.owner_id = a.patient_id`);

/** Own appointments; a doctor's also those of own patients; everybody's for staff and administrators (R28). */
function visibleTo(viewer: Viewer): Sql {
  switch (viewer.kind) {
    case 'patient':
      return sql`a.patient_id = ${viewer.userId}::uuid`;
    case 'doctor':
      return sql`(a.doctor_id = ${viewer.userId}::uuid OR a.patient_id = ${viewer.userId}::uuid OR EXISTS (
        SELECT 1 FROM appointments r
        WHERE r.patient_id = a.patient_id AND r.doctor_id = ${viewer.userId}::uuid AND r.status <> 'held'))`;
    default:
      return sql`true`;
  }
}

function matching(filter: AppointmentFilter): Sql {
  return sql`a.status <> 'held'
    AND (${filter.patientId}::uuid IS NULL OR a.patient_id = ${filter.patientId}::uuid)
    AND (${filter.doctorId}::uuid IS NULL OR a.doctor_id = ${filter.doctorId}::uuid)
    AND (${atOrNull(filter.from)}::timestamptz IS NULL OR a.starts_at >= ${atOrNull(filter.from)}::timestamptz)
    AND (${atOrNull(filter.to)}::timestamptz IS NULL OR a.starts_at < ${atOrNull(filter.to)}::timestamptz)
    AND (${filter.statuses === null ? null : [...filter.statuses]}::text[] IS NULL
      OR a.status = ANY(${filter.statuses === null ? null : [...filter.statuses]}::text[]))`;
}

export function createSchedulingLoads(cipher: FieldCipher): SchedulingLoads {
  const record = (found: Row) => readAppointmentRecord(found, cipher);
  return {
    doctor: (id) =>
      row(sql`SELECT ${DOCTOR_COLUMNS} FROM ${DOCTORS} WHERE d.user_id = ${id}::uuid AND ${OPEN_DOCTOR}`, (found) => ({
        doctor: readDoctor(found),
        name: `${found.first_name} ${found.last_name}`,
      })),
    doctors: (filter, { after, limit }) =>
      rows(
        sql`SELECT ${DOCTOR_COLUMNS} FROM ${DOCTORS}
            WHERE ${doctorCondition(filter)} AND (${after}::uuid IS NULL OR d.user_id > ${after}::uuid)
            ORDER BY d.user_id LIMIT ${limit + 1}::int`,
        (found) => ({ doctor: readDoctor(found), name: `${found.first_name} ${found.last_name}` }),
      ),
    appointmentTypes: () => rows(sql`SELECT ${TYPE_COLUMNS} FROM appointment_types t ORDER BY t.code`, readType),
    availability: (doctorId, dates): SqlLoad<ReturnType<typeof readAvailability> | undefined> => ({
      statements: hoursStatements(sql`d.user_id = ${doctorId}::uuid AND ${OPEN_DOCTOR}`, dates),
      read: (results) => readHours(results)[0]?.availability,
    }),
    schedules: (filter, dates, now): SqlLoad<DoctorSchedule[]> => {
      const condition = sql`${doctorCondition(filter)} AND d.accepting_patients`;
      const busy = sql`SELECT ${BUSY_COLUMNS} FROM appointments a
        WHERE a.doctor_id IN (SELECT d.user_id FROM ${DOCTORS} WHERE ${condition}) AND a.busy && ${instants(dates)}
          AND ${ACTIVE} AND (a.hold_expires_at IS NULL OR a.hold_expires_at > ${at(now)})`;
      return {
        statements: [...hoursStatements(condition, dates), busy],
        read: (results: readonly (readonly Row[])[]) => {
          const busyRows = Map.groupBy(results[5] ?? [], ({ doctor_id }) => doctor_id);
          return readHours(results).map(({ doctor, name, availability }) => ({
            doctor,
            name,
            availability,
            busy: (busyRows.get(doctor.id) ?? []).map(readBusy),
          }));
        },
      };
    },
    bookingState: ({
      doctorId,
      appointmentType,
      patientId,
      dates,
      now,
    }): SqlLoad<(BookingState & { readonly doctorName: string }) | undefined> => {
      const type =
        'code' in appointmentType ? sql`t.code = ${appointmentType.code}` : sql`t.id = ${appointmentType.id}::uuid`;
      const live = sql`(a.hold_expires_at IS NULL OR a.hold_expires_at > ${at(now)})`;
      return {
        statements: [
          ...hoursStatements(sql`d.user_id = ${doctorId}::uuid`, dates),
          sql`SELECT ${TYPE_COLUMNS} FROM appointment_types t WHERE ${type}`,
          sql`SELECT ${BUSY_COLUMNS} FROM appointments a
              WHERE a.doctor_id = ${doctorId}::uuid AND a.busy && ${instants(dates)} AND ${ACTIVE} AND ${live}`,
          sql`SELECT ${BUSY_COLUMNS} FROM appointments a
              WHERE a.patient_id = ${patientId}::uuid AND tstzrange(a.starts_at, a.ends_at) && ${instants(dates)}
                AND ${ACTIVE} AND ${live}`,
        ],
        read: (results: readonly (readonly Row[])[]) => {
          const [hours] = readHours(results);
          const [type] = results[5] ?? [];
          if (hours === undefined || type === undefined) return undefined;
          return {
            doctor: hours.doctor,
            doctorName: hours.name,
            type: readType(type),
            availability: hours.availability,
            loaded: dates,
            busy: (results[6] ?? []).map(readBusy),
            patientBusy: (results[7] ?? []).map(readPatientBusy),
          };
        },
      };
    },
    hold: (id) =>
      row(
        sql`SELECT ${APPOINTMENT_COLUMNS} FROM appointments a WHERE a.id = ${id}::uuid AND a.status = 'held'`,
        readHold,
      ),
    liveHolds: (holderId, now): SqlLoad<number> => ({
      statements: [
        sql`SELECT count(*) AS live FROM appointments
            WHERE held_by = ${holderId}::uuid AND status = 'held' AND hold_expires_at > ${at(now)}`,
      ],
      read: ([found]) => (found?.[0]?.live as number | undefined) ?? 0,
    }),
    appointment: (id, viewer) =>
      row(
        sql`SELECT ${RECORD_COLUMNS} FROM ${RECORD_TABLES}
            WHERE a.id = ${id}::uuid AND a.status <> 'held' AND ${visibleTo(viewer)}`,
        record,
      ),
    appointmentRead: (id, viewer): SqlRecordedLoad<ReturnType<typeof record> | undefined> => {
      const visible = sql`a.id = ${id}::uuid AND a.status <> 'held' AND ${visibleTo(viewer)}`;
      return {
        load: row(sql`SELECT ${RECORD_COLUMNS} FROM ${RECORD_TABLES} WHERE ${visible}`, record),
        streams: sql`SELECT a.patient_id AS stream FROM appointments a WHERE ${visible}`,
      };
    },
    appointmentsRead: (filter, viewer, { after, limit }): SqlRecordedLoad<ReturnType<typeof record>[]> => {
      const visible = sql`${matching(filter)} AND ${visibleTo(viewer)}
        AND (${atOrNull(after?.start ?? null)}::timestamptz IS NULL
          OR (a.starts_at, a.id) > (${atOrNull(after?.start ?? null)}::timestamptz, ${after?.id ?? null}::uuid))`;
      const shown = sql`SELECT a.id, a.patient_id, a.starts_at FROM appointments a WHERE ${visible}
        ORDER BY a.starts_at, a.id LIMIT ${limit + 1}::int`;
      return {
        load: rows(
          sql`SELECT ${RECORD_COLUMNS} FROM ${RECORD_TABLES} WHERE ${visible}
              ORDER BY a.starts_at, a.id LIMIT ${limit + 1}::int`,
          record,
        ),
        streams: sql`SELECT s.patient_id AS stream FROM (${shown}) s`,
      };
    },
  };
}
