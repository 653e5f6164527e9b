/** The loads of appointments. Each returns only those that the viewer may see. */
import type {
  AppointmentFile,
  AppointmentFilter,
  AppointmentLoads,
  AppointmentRecord,
  Page,
} from '../../../domain/scheduling/ports.ts';
import type { AppointmentStep } from '../../../domain/scheduling/steps.ts';
import type { AppointmentId } from '../../../domain/shared/ids.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { Instant, LocalDate } from '../../../domain/shared/time.ts';
import type { Viewer } from '../../../domain/shared/viewer.ts';
import { isPatientOf, isProxyOf, isReachable, knownPatient } from '../access/record-access.ts';
import type { Row } from '../driver/driver.ts';
import {
  at,
  DATA_KEY_COLUMNS,
  join,
  raw,
  row,
  rows,
  type Sql,
  type SqlRecordedLoad,
  sql,
  together,
} from '../driver/sql.ts';
import { accompaniedBy } from './busy-statements.ts';
import { CLINIC_LIMITS, clinicLoads } from './clinic-settings.ts';
import { APPOINTMENT_COLUMNS, readAppointmentRecord } from './rows.ts';
import { readStep, stepsOf } from './steps.ts';

export const RECORD_COLUMNS = sql`${APPOINTMENT_COLUMNS}, t.code AS type_code, du.first_name AS doctor_first_name,
  du.last_name AS doctor_last_name, ${CLINIC_LIMITS}, ${DATA_KEY_COLUMNS}`;
export const RECORD_TABLES = raw(`appointments a JOIN appointment_types t ON t.id = a.appointment_type_id
  JOIN doctors du ON du.user_id = a.doctor_id JOIN data_keys k ON k.owner_id = a.patient_id`);
/** For reading: an erased patient has no data key, but the appointments remain, without reason, symptoms and notes. */
export const READ_TABLES = raw(`appointments a JOIN appointment_types t ON t.id = a.appointment_type_id
  JOIN doctors du ON du.user_id = a.doctor_id LEFT JOIN data_keys k ON k.owner_id = a.patient_id`);

/**
 * The appointments that a viewer may see (R28). A patient: their own, and those of patients for whom they are a proxy. A
 * doctor: those as a patient or as the doctor; with `ofPatients` also the others of their own patients. Staff and
 * administrators: their own; with `ofPatients` all. Restricted records are left out unless `isReachable`.
 */
export function visibleTo(viewer: Viewer): Sql {
  const { userId, role, ofPatients } = viewer;
  const patient = sql`a.patient_id`;
  const asPatient = sql`${patient} = ${userId}::uuid`;
  if (role === 'patient') return sql`(${asPatient} OR ${isProxyOf(patient, viewer)})`;
  if (role !== 'doctor' && !ofPatients) return asPatient;
  const withDoctor = withOneOf([userId]);
  const others =
    role !== 'doctor' ? sql`true` : ofPatients ? sql`(${withDoctor} OR ${isPatientOf(patient, viewer)})` : withDoctor;
  return sql`(${asPatient} OR (${others} AND ${isReachable(patient, viewer)}))`;
}

/** Led by one of these doctors, or with one of them as an additional doctor. */
export function withOneOf(doctorIds: readonly string[]): Sql {
  const isOne = (doctor: Sql) => sql`${doctor} = ANY(${[...doctorIds]}::uuid[])`;
  return sql`(${isOne(sql`a.doctor_id`)} OR ${accompaniedBy(isOne)})`;
}

/** For a few minutes after an upgrade, rows that the version before wrote have no local date yet: the date in UTC counts. */
const LOCAL_DATE = raw(
  `CASE WHEN a.local_version = a.version THEN a.local_date ELSE (a.starts_at AT TIME ZONE 'UTC')::date END`,
);

// A local date begins and ends less than a day from the UTC date: the first condition uses the index, the second decides.
function startsFrom(from: Instant | LocalDate): Sql {
  return typeof from === 'string'
    ? sql`a.starts_at >= (${from}::date - 1)::timestamp AT TIME ZONE 'UTC' AND ${LOCAL_DATE} >= ${from}::date`
    : sql`a.starts_at >= ${at(from)}::timestamptz`;
}

function startsUntil(to: Instant | LocalDate): Sql {
  return typeof to === 'string'
    ? sql`a.starts_at < (${to}::date + 2)::timestamp AT TIME ZONE 'UTC' AND ${LOCAL_DATE} <= ${to}::date`
    : sql`a.starts_at < ${at(to)}::timestamptz`;
}

/** A filter that is not asked for is no condition, so that the plan for any value suits those that are. */
export function matching(filter: AppointmentFilter): Sql {
  const { patientId, doctorIds, locationId, typeCode, from, to, statuses } = filter;
  return join(
    [
      sql`a.status <> 'held'`,
      ...(patientId === null ? [] : [sql`a.patient_id = ${patientId}::uuid`]),
      ...(doctorIds === null ? [] : [withOneOf(doctorIds)]),
      ...(locationId === null ? [] : [sql`a.location_id = ${locationId}::uuid`]),
      ...(typeCode === null
        ? []
        : [sql`a.appointment_type_id = (SELECT f.id FROM appointment_types f WHERE f.code = ${typeCode})`]),
      ...(from === null ? [] : [startsFrom(from)]),
      ...(to === null ? [] : [startsUntil(to)]),
      ...(statuses === null ? [] : [sql`a.status = ANY(${[...statuses]}::text[])`]),
    ],
    ' AND ',
  );
}

/**
 * A page of appointments, and the same page with only id, patient and start.
 * @param from columns and tables of the page; the default reads appointments without their patients
 */
export function pageStatements(
  filter: AppointmentFilter,
  viewer: Viewer,
  { after, limit }: Page<{ readonly start: Instant; readonly id: AppointmentId }>,
  from = sql`${RECORD_COLUMNS} FROM ${READ_TABLES}`,
): { readonly statement: Sql; readonly shown: Sql } {
  const place =
    after === null ? sql`true` : sql`(a.starts_at, a.id) > (${at(after.start)}::timestamptz, ${after.id}::uuid)`;
  const ordered = sql`ORDER BY a.starts_at, a.id LIMIT ${limit + 1}::int`;
  const ids = pageOf(filter, sql`${visibleTo(viewer)} AND ${place}`, limit + 1);
  const visible =
    ids === null ? sql`${matching(filter)} AND ${visibleTo(viewer)} AND ${place}` : sql`a.id = ANY(ARRAY(${ids}))`;
  return {
    statement: sql`SELECT ${from} WHERE ${visible} ${ordered}`,
    shown: sql`SELECT a.id, a.patient_id, a.starts_at FROM appointments a WHERE ${visible} ${ordered}`,
  };
}

/**
 * The ids of a page of several doctors or of several statuses: of each of them a page, in the order of its index. PostgreSQL would sort
 * all that they have, or read the appointments of everybody by time. `null` for other filters, for which an index has the order.
 */
function pageOf(filter: AppointmentFilter, condition: Sql, atMost: number): Sql | null {
  const { doctorIds, statuses } = filter;
  const page = (
    from: Sql,
    rest: AppointmentFilter,
  ) => sql`SELECT a.id, a.starts_at FROM ${from} AND ${matching(rest)} AND ${condition}
    ORDER BY a.starts_at, a.id LIMIT ${atMost}::int`;
  const first = (pages: Sql) => sql`SELECT c.id FROM (${pages}) c ORDER BY c.starts_at, c.id LIMIT ${atMost}::int`;
  if (doctorIds !== null) {
    const rest = { ...filter, doctorIds: null };
    const those = sql`${[...doctorIds]}::uuid[]`;
    const led = page(sql`appointments a WHERE a.doctor_id = d.id`, rest);
    const attended = page(
      sql`appointment_participants x JOIN appointments a ON a.id = x.appointment_id WHERE x.participant_id = ANY(${those}) AND x.additional`,
      rest,
    );
    return first(sql`SELECT p.* FROM unnest(${those}) d (id) CROSS JOIN LATERAL (${led}) p UNION (${attended})`);
  }
  if (statuses === null) return null;
  const each = page(sql`appointments a WHERE a.status = w.status`, { ...filter, statuses: null });
  return first(sql`SELECT p.* FROM unnest(${[...statuses]}::text[]) w (status) CROSS JOIN LATERAL (${each}) p`);
}

export function createAppointmentLoads(cipher: FieldCipher): AppointmentLoads {
  const record = (found: Row) => readAppointmentRecord(found, cipher);
  const one = (condition: Sql) => row(sql`SELECT ${RECORD_COLUMNS} FROM ${RECORD_TABLES} WHERE ${condition}`, record);
  const appointmentRead = (id: AppointmentId, viewer: Viewer): SqlRecordedLoad<AppointmentRecord | undefined> => {
    const visible = sql`a.id = ${id}::uuid AND a.status <> 'held' AND ${visibleTo(viewer)}`;
    return {
      load: row(sql`SELECT ${RECORD_COLUMNS} FROM ${READ_TABLES} WHERE ${visible}`, record),
      streams: sql`SELECT a.patient_id AS stream FROM appointments a WHERE ${visible}`,
    };
  };
  return {
    seriesOf: (id, viewer) =>
      rows(
        sql`SELECT ${RECORD_COLUMNS} FROM ${RECORD_TABLES}
            WHERE (a.id = ${id}::uuid OR a.series_id = (SELECT s.series_id FROM appointments s WHERE s.id = ${id}::uuid))
              AND a.status <> 'held' AND ${visibleTo(viewer)} ORDER BY a.starts_at`,
        record,
      ),
    appointment: (id, viewer) => one(sql`a.id = ${id}::uuid AND a.status <> 'held' AND ${visibleTo(viewer)}`),
    request: (id) => one(sql`a.id = ${id}::uuid AND a.status = 'requested'`),
    appointmentRead,
    appointmentFileRead(id, viewer): SqlRecordedLoad<AppointmentFile | undefined> {
      const { load, streams } = appointmentRead(id, viewer);
      const parts = together({ record: load, clinic: clinicLoads.clinic() });
      return {
        load: {
          statements: parts.statements,
          read(results) {
            const { record: found, clinic } = parts.read(results);
            return found === undefined ? undefined : { record: found, clinic };
          },
        },
        streams,
      };
    },
    steps: (id) => rows(stepsOf(id), readStep),
    stepsRead: (id, viewer): SqlRecordedLoad<AppointmentStep[] | undefined> => {
      const visible = sql`SELECT a.patient_id AS stream FROM appointments a
        WHERE a.id = ${id}::uuid AND a.status <> 'held' AND ${visibleTo(viewer)}`;
      return {
        load: {
          statements: [visible, stepsOf(id)],
          read: ([found, steps]) => (found?.[0] === undefined ? undefined : (steps ?? []).map(readStep)),
        },
        streams: visible,
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
