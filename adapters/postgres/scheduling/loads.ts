/** The loads of the scheduling context. */
import type {
  AppointmentFilter,
  AppointmentRecord,
  DateRange,
  DoctorFilter,
  DoctorSchedule,
  Page,
  SchedulingLoads,
} from '../../../domain/scheduling/ports.ts';
import type { AppointmentId, UserId } from '../../../domain/shared/ids.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { Viewer } from '../../../domain/shared/viewer.ts';
import { isPatientOf, isReachable, knownPatient } from '../access/record-access.ts';
import type { Row } from '../driver/driver.ts';
import {
  atOrNull,
  DATA_KEY_COLUMNS,
  raw,
  readDataKey,
  row,
  rows,
  type Sql,
  type SqlLoad,
  type SqlRecordedLoad,
  sql,
} from '../driver/sql.ts';
import { sealedRow } from '../sealed/sealed-row.ts';
import {
  bookingStateLoad,
  DOCTORS,
  HOURS_STATEMENTS,
  hoursStatements,
  instants,
  liveHoldsOf,
  OPEN_DOCTOR,
  readHours,
  sqlDates,
  standing,
} from './booking-state.ts';
import { offboardingLoad } from './offboarding-loads.ts';
import {
  APPOINTMENT_COLUMNS,
  BUSY_COLUMNS,
  DOCTOR_COLUMNS,
  doctorName,
  readAppointmentRecord,
  readBusy,
  readDoctor,
  readHold,
  readHoliday,
  readType,
  TYPE_COLUMNS,
} from './rows.ts';

function doctorCondition(filter: DoctorFilter): Sql {
  const pattern = filter.text === null ? null : `%${filter.text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  return sql`${OPEN_DOCTOR}
    AND (${filter.specialty}::text IS NULL OR lower(d.specialty) = lower(${filter.specialty}))
    AND (${filter.doctorIds === null ? null : [...filter.doctorIds]}::uuid[] IS NULL
      OR d.user_id = ANY(${filter.doctorIds === null ? null : [...filter.doctorIds]}::uuid[]))
    AND (${pattern}::text IS NULL OR lower(d.first_name || ' ' || d.last_name) LIKE ${pattern}
      OR lower(d.specialty) LIKE ${pattern} OR EXISTS (SELECT 1 FROM unnest(d.languages) l WHERE lower(l) LIKE ${pattern}))`;
}

const RECORD_COLUMNS = sql`${APPOINTMENT_COLUMNS}, t.code AS type_code, du.first_name AS doctor_first_name,
  du.last_name AS doctor_last_name, ${DATA_KEY_COLUMNS}`;
const RECORD_TABLES = raw(`appointments a JOIN appointment_types t ON t.id = a.appointment_type_id
  JOIN doctors du ON du.user_id = a.doctor_id JOIN data_keys k ON k.owner_id = a.patient_id`);
/** For reading: an erased patient has no data key, but the appointments remain, without reason, symptoms and notes. */
const READ_TABLES = raw(`appointments a JOIN appointment_types t ON t.id = a.appointment_type_id
  JOIN doctors du ON du.user_id = a.doctor_id LEFT JOIN data_keys k ON k.owner_id = a.patient_id`);

/**
 * The appointments a viewer may see (R28): own ones, which for a doctor include those with patients. If the viewer may read
 * patients' records, a doctor also sees other appointments of own patients, staff and administrators see all.
 */
function visibleTo(viewer: Viewer): Sql {
  const { userId, role, ofPatients } = viewer;
  const patient = sql`a.patient_id`;
  const asPatient = sql`${patient} = ${userId}::uuid`;
  if (role === 'patient' || (role !== 'doctor' && !ofPatients)) return asPatient;
  const withDoctor = sql`a.doctor_id = ${userId}::uuid`;
  const others =
    role !== 'doctor' ? sql`true` : ofPatients ? sql`(${withDoctor} OR ${isPatientOf(patient, viewer)})` : withDoctor;
  return sql`(${asPatient} OR (${others} AND ${isReachable(patient, viewer)}))`;
}

const LOCAL_DATE = raw('(a.starts_at AT TIME ZONE a.timezone)::date');

// A local date begins and ends less than a day from the UTC date: the first condition uses the index, the second decides.
function startsFrom(from: AppointmentFilter['from']): Sql {
  return typeof from === 'string'
    ? sql`a.starts_at >= (${from}::date - 1)::timestamp AT TIME ZONE 'UTC' AND ${LOCAL_DATE} >= ${from}::date`
    : sql`(${atOrNull(from)}::timestamptz IS NULL OR a.starts_at >= ${atOrNull(from)}::timestamptz)`;
}

function startsUntil(to: AppointmentFilter['to']): Sql {
  return typeof to === 'string'
    ? sql`a.starts_at < (${to}::date + 2)::timestamp AT TIME ZONE 'UTC' AND ${LOCAL_DATE} <= ${to}::date`
    : sql`(${atOrNull(to)}::timestamptz IS NULL OR a.starts_at < ${atOrNull(to)}::timestamptz)`;
}

function matching(filter: AppointmentFilter): Sql {
  return sql`a.status <> 'held'
    AND (${filter.patientId}::uuid IS NULL OR a.patient_id = ${filter.patientId}::uuid)
    AND (${filter.doctorId}::uuid IS NULL OR a.doctor_id = ${filter.doctorId}::uuid)
    AND ${startsFrom(filter.from)} AND ${startsUntil(filter.to)}
    AND (${filter.statuses === null ? null : [...filter.statuses]}::text[] IS NULL
      OR a.status = ANY(${filter.statuses === null ? null : [...filter.statuses]}::text[]))`;
}

export function createSchedulingLoads(cipher: FieldCipher): SchedulingLoads {
  const record = (found: Row) => readAppointmentRecord(found, cipher);
  const availability = (
    doctorId: UserId,
    dates: DateRange,
  ): SqlLoad<ReturnType<typeof readHours>[number]['availability'] | undefined> => ({
    statements: [
      ...hoursStatements(sql`d.user_id = ${doctorId}::uuid AND ${OPEN_DOCTOR}`, sqlDates(dates)),
      sql`SELECT ${DATA_KEY_COLUMNS} FROM data_keys k WHERE k.owner_id = ${doctorId}::uuid`,
    ],
    read: (results) => {
      const key = results[HOURS_STATEMENTS]?.[0];
      const reason = (found: Row) =>
        key === undefined
          ? null
          : sealedRow(cipher, readDataKey(key), 'time_off', found.id as string).optional('reason', found.reason);
      return readHours(results, reason)[0]?.availability;
    },
  });
  return {
    doctor: (id) =>
      row(sql`SELECT ${DOCTOR_COLUMNS} FROM ${DOCTORS} WHERE d.user_id = ${id}::uuid AND ${OPEN_DOCTOR}`, (found) => ({
        doctor: readDoctor(found),
        name: doctorName(found),
      })),
    doctors: (filter, { after, limit }) =>
      rows(
        sql`SELECT ${DOCTOR_COLUMNS} FROM ${DOCTORS}
            WHERE ${doctorCondition(filter)} AND (${after}::uuid IS NULL OR d.user_id > ${after}::uuid)
            ORDER BY d.user_id LIMIT ${limit + 1}::int`,
        (found) => ({ doctor: readDoctor(found), name: doctorName(found) }),
      ),
    appointmentTypes: () => rows(sql`SELECT ${TYPE_COLUMNS} FROM appointment_types t ORDER BY t.code`, readType),
    availability,
    availabilityRead: (
      doctorId,
      dates,
    ): SqlRecordedLoad<ReturnType<typeof readHours>[number]['availability'] | undefined> => ({
      load: availability(doctorId, dates),
      streams: sql`SELECT d.user_id::text AS stream FROM doctors d WHERE d.user_id = ${doctorId}::uuid`,
    }),
    holidays: ({ from, to }) =>
      rows(
        sql`SELECT * FROM clinic_holidays WHERE first_date <= ${to}::date AND last_date >= ${from}::date
            ORDER BY first_date, id`,
        readHoliday,
      ),
    offboarding: (person, now) => offboardingLoad(person, now, cipher),
    schedules: (filter, dates, now): SqlLoad<DoctorSchedule[]> => {
      const condition = sql`${doctorCondition(filter)} AND d.accepting_patients`;
      const busy = sql`SELECT ${BUSY_COLUMNS} FROM appointments a
        WHERE a.doctor_id IN (SELECT d.user_id FROM ${DOCTORS} WHERE ${condition})
          AND a.busy && ${instants(sqlDates(dates))} AND ${standing(now)}`;
      return {
        statements: [...hoursStatements(condition, sqlDates(dates)), busy],
        read: (results: readonly (readonly Row[])[]) => {
          const busyRows = Map.groupBy(results[HOURS_STATEMENTS] ?? [], ({ doctor_id }) => doctor_id);
          return readHours(results).map(({ doctor, name, availability }) => ({
            doctor,
            name,
            availability,
            busy: (busyRows.get(doctor.id) ?? []).map(readBusy),
          }));
        },
      };
    },
    bookingState: ({ doctorId, appointmentType, patientId, dates, now }) =>
      bookingStateLoad({
        doctor: sql`${doctorId}::uuid`,
        type:
          'code' in appointmentType ? sql`t.code = ${appointmentType.code}` : sql`t.id = ${appointmentType.id}::uuid`,
        patient: sql`${patientId}::uuid`,
        dates: sqlDates(dates),
        now,
      }),
    moveState: ({ appointmentId, doctorId, dates, now }) => {
      const its = (column: string) =>
        sql`(SELECT m.${raw(column)} FROM appointments m WHERE m.id = ${appointmentId}::uuid AND m.status <> 'held')`;
      return bookingStateLoad({
        doctor: sql`coalesce(${doctorId}::uuid, ${its('doctor_id')})`,
        type: sql`t.id = ${its('appointment_type_id')}`,
        patient: its('patient_id'),
        dates: sqlDates(dates),
        now,
      });
    },
    hold: (id) =>
      row(
        sql`SELECT ${APPOINTMENT_COLUMNS} FROM appointments a WHERE a.id = ${id}::uuid AND a.status = 'held'`,
        readHold,
      ),
    liveHolds: (holderId, now): SqlLoad<number> => ({
      statements: [sql`SELECT ${liveHoldsOf(holderId, now)} AS live`],
      read: ([found]) => (found?.[0]?.live as number | undefined) ?? 0,
    }),
    mayActFor: (viewer, patientId): SqlLoad<boolean> => {
      const patient = sql`${patientId}::uuid`;
      const isTheirs =
        viewer.role === 'doctor' ? isPatientOf(patient, viewer) : sql`${viewer.role !== 'patient'}::boolean`;
      return {
        statements: [
          sql`SELECT (${patient} = ${viewer.userId}::uuid OR (${isTheirs} AND ${isReachable(patient, viewer)})) AS may`,
        ],
        read: ([found]) => found?.[0]?.may === true,
      };
    },
    seriesOf: (id, viewer) =>
      rows(
        sql`SELECT ${RECORD_COLUMNS} FROM ${RECORD_TABLES}
            WHERE (a.id = ${id}::uuid OR a.series_id = (SELECT s.series_id FROM appointments s WHERE s.id = ${id}::uuid))
              AND a.status <> 'held' AND ${visibleTo(viewer)} ORDER BY a.starts_at`,
        record,
      ),
    appointment: (id, viewer) =>
      row(
        sql`SELECT ${RECORD_COLUMNS} FROM ${RECORD_TABLES}
            WHERE a.id = ${id}::uuid AND a.status <> 'held' AND ${visibleTo(viewer)}`,
        record,
      ),
    appointmentRead: (id, viewer): SqlRecordedLoad<ReturnType<typeof record> | undefined> => {
      const visible = sql`a.id = ${id}::uuid AND a.status <> 'held' AND ${visibleTo(viewer)}`;
      return {
        load: row(sql`SELECT ${RECORD_COLUMNS} FROM ${READ_TABLES} WHERE ${visible}`, record),
        streams: sql`SELECT a.patient_id AS stream FROM appointments a WHERE ${visible}`,
      };
    },
    appointmentsRead: (filter, viewer, page): SqlRecordedLoad<AppointmentRecord[]> => {
      const { statement, shown } = pageStatements(filter, viewer, page);
      return { load: rows(statement, record), streams: sql`SELECT s.patient_id AS stream FROM (${shown}) s` };
    },
    patientAppointmentsRead: (patientId, filter, viewer, page): SqlRecordedLoad<AppointmentRecord[] | undefined> => {
      const { statement } = pageStatements({ ...filter, patientId }, viewer, page);
      const known = knownPatient(patientId, viewer);
      return {
        load: {
          statements: [known, statement],
          read: ([patient, found]) => (patient?.[0] === undefined ? undefined : (found ?? []).map(record)),
        },
        streams: known,
      };
    },
  };
}

/** A page of appointments, and the same page with only id, patient and start. */
function pageStatements(
  filter: AppointmentFilter,
  viewer: Viewer,
  { after, limit }: Page<{ readonly start: Instant; readonly id: AppointmentId }>,
): { readonly statement: Sql; readonly shown: Sql } {
  const place = sql`(${atOrNull(after?.start ?? null)}::timestamptz IS NULL
    OR (a.starts_at, a.id) > (${atOrNull(after?.start ?? null)}::timestamptz, ${after?.id ?? null}::uuid))`;
  const visible = sql`${matching(filter)} AND ${visibleTo(viewer)} AND ${place}`;
  const ordered = sql`ORDER BY a.starts_at, a.id LIMIT ${limit + 1}::int`;
  return {
    statement: sql`SELECT ${RECORD_COLUMNS} FROM ${READ_TABLES} WHERE ${visible} ${ordered}`,
    shown: sql`SELECT a.id, a.patient_id, a.starts_at FROM appointments a WHERE ${visible} ${ordered}`,
  };
}
