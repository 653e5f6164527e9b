/** The clinical records that the clinic keeps (R76). */
import type { ClinicalEntry, ClinicalRecord, ClinicalRecordRead, PrivacyLoads } from '../../../domain/privacy/ports.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { FieldCipher } from '../../../domain/shared/ports.ts';
import type { Row } from '../driver/driver.ts';
import { raw, readDataKey, row, rows, type SqlRecordedLoad, sql } from '../driver/sql.ts';
import { doctorName } from '../scheduling/rows.ts';
import { damageOf, sealedRow } from '../sealed/sealed-row.ts';

const RECORDS = raw(`clinical_keys c JOIN data_keys k ON k.owner_id = c.key_id`);
const COLUMNS = raw(`c.*, k.owner_id AS key_owner, k.ring_key_id, k.wrapped, coalesce(
  (SELECT max(a.ends_at) FROM appointments a WHERE a.patient_id = c.patient_id), c.created_at) AS last_treated_at`);

type ClinicalLoads = Pick<PrivacyLoads, 'clinicalRecordsRead' | 'clinicalRecordRead' | 'clinicalRecord'>;

export function createClinicalLoads(cipher: FieldCipher): ClinicalLoads {
  const record = (found: Row) => readRecord(found, cipher);
  return {
    clinicalRecordsRead: (after, limit): SqlRecordedLoad<ClinicalRecord[]> => ({
      load: rows(
        sql`SELECT ${COLUMNS} FROM ${RECORDS} WHERE (c.erased_at IS NOT NULL OR c.held_at IS NOT NULL)
              AND ${after === null ? sql`true` : sql`c.patient_id > ${after}::uuid`}
            ORDER BY c.patient_id LIMIT ${limit + 1}::int`,
        record,
      ),
      streams: sql`SELECT 'system' AS stream`,
    }),
    clinicalRecordRead: (patientId): SqlRecordedLoad<ClinicalRecordRead | undefined> => ({
      load: {
        statements: [
          sql`SELECT ${COLUMNS} FROM ${RECORDS} WHERE c.patient_id = ${patientId}::uuid`,
          sql`SELECT a.id, a.doctor_id, a.starts_at, a.ends_at, a.status, a.notes, t.code AS type_code,
                d.first_name AS doctor_first_name, d.last_name AS doctor_last_name,
                k.owner_id AS key_owner, k.ring_key_id, k.wrapped
              FROM ${RECORDS} JOIN appointments a ON a.patient_id = c.patient_id
                JOIN appointment_types t ON t.id = a.appointment_type_id JOIN doctors d ON d.user_id = a.doctor_id
              WHERE c.patient_id = ${patientId}::uuid AND a.status <> 'held' ORDER BY a.starts_at, a.id`,
        ],
        read: ([records = [], entries = []]) => {
          const [found] = records;
          if (found === undefined) return undefined;
          return { record: record(found), entries: entries.map((entry) => readEntry(entry, cipher)) };
        },
      },
      streams: sql`SELECT c.patient_id AS stream FROM ${RECORDS} WHERE c.patient_id = ${patientId}::uuid`,
    }),
    clinicalRecord: (patientId) =>
      row(sql`SELECT ${COLUMNS} FROM ${RECORDS} WHERE c.patient_id = ${patientId}::uuid`, record),
  };
}

function readRecord(found: Row, cipher: FieldCipher): ClinicalRecord {
  const key = readDataKey(found);
  const sealed = sealedRow(cipher, key, 'clinical_keys', found.patient_id as string);
  const record = {
    patientId: found.patient_id as UserId,
    key,
    name: sealed.optional('name', found.name),
    dateOfBirth: sealed.optional('date_of_birth', found.date_of_birth),
    erasedAt: found.erased_at as number | null,
    lastTreatedAt: found.last_treated_at as number,
    hold:
      found.held_at === null
        ? null
        : {
            at: found.held_at as number,
            by: found.held_by as UserId,
            reason: sealed.text('hold_reason', found.hold_reason),
          },
  };
  return { ...record, ...damageOf(sealed) };
}

/** Decrypted with the clinical key, because the person's own key may be destroyed. */
function readEntry(found: Row, cipher: FieldCipher): ClinicalEntry {
  const sealed = sealedRow(cipher, readDataKey(found), 'appointments', found.id as string);
  const entry = {
    appointmentId: found.id as string,
    doctorId: found.doctor_id as UserId,
    doctorName: doctorName(found, 'doctor_'),
    type: found.type_code as string,
    start: found.starts_at as number,
    end: found.ends_at as number,
    status: found.status as string,
    notes: sealed.optional('notes', found.notes),
  };
  return { ...entry, ...damageOf(sealed) };
}
