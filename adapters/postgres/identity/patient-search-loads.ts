/** The loads of the patient search. */
import type { FoundPage, FoundPatient, PatientSearchLoads } from '../../../domain/identity/patient-search-ports.ts';
import type { User } from '../../../domain/identity/user.ts';
import type { AppointmentId, UserId } from '../../../domain/shared/ids.ts';
import type { BlindIndex, FieldCipher } from '../../../domain/shared/ports.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { Row } from '../driver/driver.ts';
import { at, DATA_KEY_COLUMNS, join, rows, type Sql, type SqlLoad, type SqlRecordedLoad, sql } from '../driver/sql.ts';
import { isOneOf } from '../sealed/person-search.ts';
import { emailIndexes } from '../sealed/sealed-row.ts';
import { visibleTo } from './loads.ts';
import { candidates } from './patient-candidates.ts';
import { readUser, USER_COLUMNS } from './user-rows.ts';

const CANDIDATES = 200;
const NOBODY: SqlLoad<User[]> = { statements: [], read: () => [] };

export function createPatientSearchLoads(cipher: FieldCipher, index: BlindIndex): PatientSearchLoads {
  /** @param found a statement that returns the ids of those who are shown */
  const shown = (found: Sql, now: Instant): SqlRecordedLoad<FoundPatient[]> => {
    return {
      load: rows(
        sql`SELECT ${USER_COLUMNS}, ${DATA_KEY_COLUMNS}, n.* FROM (${found}) f JOIN users u ON u.id = f.id
            JOIN data_keys k ON k.owner_id = u.id
            LEFT JOIN LATERAL (
              SELECT a.id AS next_id, a.starts_at AS next_start, a.doctor_id AS next_doctor_id, t.code AS next_type,
                d.first_name || ' ' || d.last_name AS next_doctor
              FROM appointments a JOIN appointment_types t ON t.id = a.appointment_type_id
                JOIN doctors d ON d.user_id = a.doctor_id
              WHERE a.patient_id = u.id AND a.status IN ('scheduled', 'confirmed') AND a.starts_at >= ${at(now)}::timestamptz
              ORDER BY a.starts_at LIMIT 1
            ) n ON true
          ORDER BY u.id`,
        (row) => ({ user: readUser(row, cipher), next: readNext(row) }),
      ),
      streams: sql`SELECT f.id AS stream FROM (${found}) f`,
    };
  };

  return {
    patientsFound: ({ lookups, now }, viewer, page): SqlRecordedLoad<FoundPage> => {
      const { found, further } = candidates(lookups, index, viewer, page);
      const { load, streams } = shown(found, now);
      return {
        load: {
          statements: [...load.statements, further],
          read: ([people = [], left = []]) => ({
            found: load.read([people]),
            further: (left[0]?.further as UserId | null | undefined) ?? null,
          }),
        },
        streams,
      };
    },
    duplicateCandidates: ({ terms, email }, viewer) => {
      const having = [
        ...(terms.length === 0
          ? []
          : [sql`SELECT s.user_id FROM person_search s WHERE ${isOneOf(sql`s.token`, index, terms)}`]),
        ...(email === null ? [] : [sql`SELECT e.id FROM users e WHERE e.email_index ${emailIndexes(index, email)}`]),
      ];
      if (having.length === 0) return NOBODY;
      return rows(
        sql`SELECT ${USER_COLUMNS}, ${DATA_KEY_COLUMNS} FROM users u JOIN data_keys k ON k.owner_id = u.id
            WHERE u.id IN (${join(having, ' UNION ')}) AND u.role = 'patient' AND u.deleted_at IS NULL
              AND ${visibleTo(viewer)} ORDER BY u.id LIMIT ${CANDIDATES}::int`,
        (found) => readUser(found, cipher),
      );
    },
    patientsRead: (ids, viewer, now): SqlRecordedLoad<FoundPatient[]> =>
      shown(
        sql`SELECT u.id FROM users u WHERE u.id = ANY(${[...ids]}::uuid[]) AND u.role = 'patient'
          AND u.deleted_at IS NULL AND ${visibleTo(viewer)}`,
        now,
      ),
    notIndexed: (limit) =>
      rows(
        sql`SELECT ${USER_COLUMNS}, ${DATA_KEY_COLUMNS} FROM person_search_pending q JOIN users u ON u.id = q.user_id
              JOIN data_keys k ON k.owner_id = u.id
            WHERE u.deleted_at IS NULL ORDER BY q.user_id LIMIT ${limit}::int`,
        (found) => readUser(found, cipher),
      ),
  };
}

function readNext(found: Row): FoundPatient['next'] {
  if (found.next_id === null) return null;
  return {
    id: found.next_id as AppointmentId,
    start: found.next_start as number,
    doctorId: found.next_doctor_id as UserId,
    doctorName: found.next_doctor as string,
    typeCode: found.next_type as string,
  };
}
