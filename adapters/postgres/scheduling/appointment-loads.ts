/** The loads of appointments. Each returns only those that the viewer may see. */
import type { AppointmentFile, AppointmentLoads, AppointmentRecord } from '../../../domain/scheduling/ports.ts';
import type { AppointmentStep } from '../../../domain/scheduling/steps.ts';
import type { AppointmentId } from '../../../domain/shared/ids.ts';
import type { BlindIndex, FieldCipher } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { Viewer } from '../../../domain/shared/viewer.ts';
import { proxiesColumn } from '../access/proxies-of.ts';
import { knownPatient } from '../access/record-access.ts';
import type { Row } from '../driver/driver.ts';
import {
  DATA_KEY_COLUMNS,
  PERSONAL_KEY_COLUMNS,
  raw,
  readDataKey,
  row,
  rows,
  type Sql,
  type SqlLoad,
  type SqlRecordedLoad,
  sql,
  together,
} from '../driver/sql.ts';
import { openLanguage, sealedRow } from '../sealed/sealed-row.ts';
import { pageStatements, visibleTo } from './appointment-pages.ts';
import { CLINIC_LIMITS, clinicLoads } from './clinic-settings.ts';
import { confirmationLoads } from './confirmations.ts';
import { remindedLoads } from './reminded.ts';
import { APPOINTMENT_COLUMNS, readAppointmentRecord, readToldAppointment } from './rows.ts';
import { readStep, stepsOf } from './steps.ts';

export const RECORD_COLUMNS = sql`${APPOINTMENT_COLUMNS}, t.code AS type_code, du.first_name AS doctor_first_name,
  du.last_name AS doctor_last_name, ${CLINIC_LIMITS}, ${DATA_KEY_COLUMNS}`;
export const RECORD_TABLES = raw(`appointments a JOIN appointment_types t ON t.id = a.appointment_type_id
  JOIN doctors du ON du.user_id = a.doctor_id JOIN data_keys k ON k.owner_id = a.patient_id`);
/** For reading: an erased patient has no data key, but the appointments remain, without reason, symptoms and notes. */
export const READ_TABLES = raw(`appointments a JOIN appointment_types t ON t.id = a.appointment_type_id
  JOIN doctors du ON du.user_id = a.doctor_id LEFT JOIN data_keys k ON k.owner_id = a.patient_id`);
/** {@link RECORD_COLUMNS} for a decision about the appointment. */
export function toldColumns(now: Instant): Sql {
  return sql`${RECORD_COLUMNS}, ${proxiesColumn(sql`a.patient_id`, now)}`;
}
const RECORDS = sql`${RECORD_COLUMNS} FROM ${READ_TABLES}`;

/** Of the viewer's profile, BCP 47. */
function languageOf({ userId }: Viewer, cipher: FieldCipher): SqlLoad<string | undefined> {
  return row(
    sql`SELECT u.language, ${PERSONAL_KEY_COLUMNS} FROM users u JOIN data_keys k ON k.owner_id = u.id WHERE u.id = ${userId}::uuid`,
    (found) => openLanguage(sealedRow(cipher, readDataKey(found), 'users', userId), found.language),
  );
}

export function createAppointmentLoads(cipher: FieldCipher, index: BlindIndex): AppointmentLoads {
  const record = (found: Row) => readAppointmentRecord(found, cipher);
  const told = (found: Row) => readToldAppointment(found, cipher);
  const one = (condition: Sql, now: Instant) =>
    row(sql`SELECT ${toldColumns(now)} FROM ${RECORD_TABLES} WHERE ${condition}`, told);
  const appointmentRead = (id: AppointmentId, viewer: Viewer): SqlRecordedLoad<AppointmentRecord | undefined> => {
    const visible = sql`a.id = ${id}::uuid AND a.status <> 'held' AND ${visibleTo(viewer)}`;
    return {
      load: row(sql`SELECT ${RECORD_COLUMNS} FROM ${READ_TABLES} WHERE ${visible}`, record),
      streams: sql`SELECT a.patient_id AS stream FROM appointments a WHERE ${visible}`,
    };
  };
  return {
    seriesOf: (id, viewer, now) =>
      rows(
        sql`SELECT ${toldColumns(now)} FROM ${RECORD_TABLES}
            WHERE (a.id = ${id}::uuid OR a.series_id = (SELECT s.series_id FROM appointments s WHERE s.id = ${id}::uuid))
              AND a.status <> 'held' AND ${visibleTo(viewer)} ORDER BY a.starts_at`,
        told,
      ),
    appointment: (id, viewer, now) => one(sql`a.id = ${id}::uuid AND a.status <> 'held' AND ${visibleTo(viewer)}`, now),
    request: (id, now) => one(sql`a.id = ${id}::uuid AND a.status = 'requested'`, now),
    ...remindedLoads(one),
    ...confirmationLoads(one, cipher, index),
    appointmentRead,
    appointmentFileRead(id, viewer): SqlRecordedLoad<AppointmentFile | undefined> {
      const { load, streams } = appointmentRead(id, viewer);
      const parts = together({ record: load, clinic: clinicLoads.clinic(), language: languageOf(viewer, cipher) });
      return {
        load: {
          statements: parts.statements,
          read(results) {
            const { record: found, clinic, language: read = 'en' } = parts.read(results);
            return found === undefined ? undefined : { record: found, clinic, language: read };
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
      const { statement, shown } = pageStatements(filter, viewer, page, RECORDS);
      return { load: rows(statement, record), streams: sql`SELECT s.patient_id AS stream FROM (${shown}) s` };
    },
    patientAppointmentsRead: (patientId, filter, viewer, page): SqlRecordedLoad<AppointmentRecord[] | undefined> => {
      const { statement } = pageStatements({ ...filter, patientId }, viewer, page, RECORDS);
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
